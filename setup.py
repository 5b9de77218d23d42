"""What pyproject.toml cannot say: templates, ready browser scripts and axe go into the wheel."""

import shutil
import sys
import tempfile
from pathlib import Path

from setuptools import setup
from setuptools.command.build import build
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

ROOT = Path(__file__).resolve().parent


class Build(build):
    """Builds outside of the checkout: nothing of an earlier build gets in, nothing is left."""

    def initialize_options(self) -> None:
        super().initialize_options()
        self.work = tempfile.TemporaryDirectory(prefix="mlpages-wheel-")
        self.build_base = self.work.name


class BuildPython(build_py):
    """Adds `generator/resources/`, where generator/resources.py looks first.

    An editable install does without: it finds the checkout's own.
    """

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            self.add_resources(Path(self.build_lib) / "generator/resources")

    def add_resources(self, target: Path) -> None:
        """Copy the templates as they are, the bundle of all kinds of demos, and axe."""
        sys.path.insert(0, str(ROOT))
        from generator.bundle import find_bundle
        from generator.cache import DONE, Cache
        from generator.errors import BuildError
        from generator.resources import AXE, TEMPLATES

        try:
            bundle = find_bundle(Cache())
        except BuildError as error:
            raise SetupError(f"no wheel without the browser scripts: {error}") from error
        shutil.copytree(TEMPLATES, target / "templates")
        shutil.copytree(bundle, target / "bundle", ignore=shutil.ignore_patterns(DONE))
        (target / "axe").mkdir()
        for name in ("axe.min.js", "LICENSE"):
            shutil.copyfile(AXE / name, target / "axe" / name)


setup(cmdclass={"build": Build, "build_py": BuildPython})
