"""Where the files that come with mlpages are: in a checkout, or in an installed package."""

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
ROOT = PACKAGE.parent
# A wheel carries templates and bundles inside the package; a checkout has them beside it.
INSTALLED = PACKAGE / "resources"
TEMPLATES = INSTALLED / "templates" if INSTALLED.is_dir() else ROOT / "templates"
BUNDLE = INSTALLED / "bundle"
NODE_MODULES = ROOT / "node_modules"
# axe-core (MPL-2.0), which `mlpages verify` runs in pages and no site contains.
AXE = INSTALLED / "axe" if INSTALLED.is_dir() else NODE_MODULES / "axe-core"
