# `make site` and `make test` set up everything that they need and are quick the second time.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: site test serve verify check bench fuzz audit sbom wheel setup lock clean
.DEFAULT_GOAL := site

# Of fuzzing, for each reader.
SECONDS ?= 300

site: setup
	$(BIN)/mlpages build

serve: setup
	$(BIN)/mlpages serve

# Open and use every page of the built site; stamp it for `mlpages publish`.
verify: setup
	$(BIN)/mlpages verify

# Two processes, each with files of tests in their order.
test: setup check
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

# Formatting, lint and types, Python and JavaScript, then the pure browser code in Node.
check: setup
	$(BIN)/ruff format --check generator tests benchmarks setup.py
	$(BIN)/ruff check generator tests benchmarks setup.py
	$(BIN)/mypy
	setup/node node_modules/typescript/bin/tsc
	setup/node tests/js/run.mjs

# After `make site`: all benchmarks, or those that ONLY names; writes docs/benchmarks.md.
bench: setup
	$(BIN)/python benchmarks/suite.py $(ONLY)

# Every reader of ours against inputs that coverage guides; READER=name for one of them.
fuzz: setup
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps $$(setup/versions fuzz)
	$(BIN)/python tests/fuzz/run.py --seconds $(SECONDS) $(READER)

# Known weaknesses of the locked packages; fails, too, when nobody can be asked.
audit: setup
	setup/audit

# What the project is made of: dist/mlpages-python.cdx.json and dist/mlpages-browser.cdx.json.
sbom: setup
	setup/sbom

# dist/mlpages-*.whl, with templates and ready browser scripts: sites are built without Node.js.
wheel: setup
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls dist/*.whl

setup: .venv/.installed node_modules/.installed
	@setup/browser

.venv/.installed: requirements.lock pyproject.toml setup/python
	PYTHON=$(PYTHON) setup/python
	@touch $@

node_modules/.installed: package.json package-lock.json setup/node .venv/.installed
	setup/node --npm ci --no-audit --no-fund --ignore-scripts
	@touch $@

# Renew requirements.lock from pyproject.toml, in a venv of its own.
lock:
	PYTHON=$(PYTHON) setup/lock

clean:
	find site -mindepth 1 -not -name .gitignore -delete
