"""The GitHub workflows cannot run here: they are read as YAML and held to a few rules."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

WORKFLOWS = sorted(Path(".github/workflows").glob("*.yml"))


def load(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text())


def steps(file: Path) -> list[dict[str, Any]]:
    return [step for job in load(file)["jobs"].values() for step in job["steps"]]


def test_there_is_one_for_ci_and_one_for_pages() -> None:
    assert [file.name for file in WORKFLOWS] == ["ci.yml", "pages.yml"]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_has_what_github_asks_for(file: Path) -> None:
    workflow = load(file)
    # YAML 1.1 reads the key `on` as true.
    assert workflow["name"] and workflow[True] and workflow["permissions"]
    for job in workflow["jobs"].values():
        assert job["runs-on"] and job["steps"]
        assert set(job.get("needs", "").split()) <= set(workflow["jobs"])
    for step in steps(file):
        assert ("uses" in step) != ("run" in step)
        if "uses" in step:
            assert re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"])


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_a_workflow_runs_what_is_there(file: Path) -> None:
    for step in steps(file):
        command = step.get("run", "")
        if command.startswith("make "):
            assert f"\n{command.split()[1]}:" in Path("Makefile").read_text()
        elif command:
            assert Path(command).stat().st_mode & 0o111


def test_pages_may_deploy_and_uploads_the_site() -> None:
    pages = load(Path(".github/workflows/pages.yml"))
    assert pages["permissions"] == {"contents": "read", "pages": "write", "id-token": "write"}
    done = [step.get("run") or step.get("with", {}).get("path") for step in steps(WORKFLOWS[1])]
    assert done.index("make site") < done.index("make verify") < done.index("site")
