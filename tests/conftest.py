"""Tests run from the repository's root, where node_modules and site.toml are."""

import os
from pathlib import Path

os.chdir(Path(__file__).resolve().parents[1])
