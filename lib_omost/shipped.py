"""Files that come with the program and are no Python: the page, its languages, word lists, models.

In a checkout and in an extension's folder they lie beside `lib_omost`, where a WebUI looks for some of them. A wheel
holds them within it (`setup.py`), all but the two models, which are of no use without the packages of
`requirements/data.txt`.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_IN_WHEEL = _PACKAGE / "_shipped"
CHECKOUT_ONLY = "it comes with a checkout of the project, not with what pip installs"


def is_installed() -> bool:
    """Whether this is what a wheel holds, in a Python's own folder."""
    return _IN_WHEEL.is_dir()


def shipped(*parts: str) -> Path:
    """The file or folder of that path from the checkout's root; it may be absent."""
    return (_IN_WHEEL if is_installed() else _PACKAGE.parent).joinpath(*parts)
