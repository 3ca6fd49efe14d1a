"""Puts into a wheel what lies beside `lib_omost`: the page, its languages, the composer's lists of words.

Everything else of the package is in pyproject.toml.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
BESIDE = (
    "javascript/omost/*.mjs",
    "javascript/omost/*.css",
    "localizations/*.json",
    "style.css",
    "assets/composer/*.txt",
)
INSIDE = Path("lib_omost", "_shipped")  # where lib_omost/shipped.py looks


class BuildWithShipped(build_py):
    """An editable install is the checkout itself."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for source in (file for pattern in BESIDE for file in ROOT.glob(pattern)):
            target = Path(self.build_lib) / INSIDE / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)


setup(cmdclass={"build_py": BuildWithShipped})
