"""Pictures for the page: one at a time, from checkpoints that are listed, told step by step."""

from __future__ import annotations

import contextlib
import json
import queue
import random
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lib_omost.app.web.infotext import KEY
from lib_omost.auto import AUTO
from lib_omost.canvas import Canvas, canvas_to_line
from lib_omost.data_folder import data_folder
from lib_omost.errors import BadInputError, OmostError
from lib_omost.methods.names import GLIGEN, INSTANCE_DIFFUSION, METHOD_NAMES, PLAIN, UNCHOSEN, UNET_METHODS, hint_for
from lib_omost.pictures.encoded import png_in_base64
from lib_omost.pictures.layer_files import NO_LAYERS, LayerFiles
from lib_omost.pictures.references import FOLDER, AdapterFiles, ReferencePictures
from lib_omost.prompts import PromptMixing, TagStyle
from lib_omost.settings.model import Settings

if TYPE_CHECKING:
    from lib_omost.hosts.diffusers.references import References
    from lib_omost.hosts.parts import Part

MINI = "mini"
RANDOM = -1  # a WebUI's word for a new seed
_LOOK = 1.0  # seconds between two looks for a stop while a picture waits
SUFFIXES = (".safetensors", ".ckpt")
Event = dict[str, Any]


@dataclass(frozen=True)
class Order:
    """What the panel asks for. `seed` None or -1 is a new one; sizes in pixels; `omost`: the accordion's settings.

    `old`: a finished picture's file, of which a part is drawn.
    """

    prompt: str
    negative: str
    width: int
    height: int
    steps: int
    cfg: float
    seed: int | None
    checkpoint: str
    omost: Settings
    old: bytes = b""


class _Stopped(Exception):
    """The user stopped the picture."""


class Painter:
    """Draws orders one after the other; the checkpoint of the last one stays loaded.

    pictures: those that regions refer to. adapter: what they are read with. gligen: a file of layers, which come into
    the SD1.x checkpoints among those in the folder; instances: InstanceDiffusion's, in place of those. layers:
    LayerDiffuse's two files, for those of SDXL.
    """

    def __init__(
        self,
        folder: Path,
        loras: Path | None = None,
        *,
        pictures: ReferencePictures | None = None,
        adapter: AdapterFiles | None = None,
        gligen: Path | None = None,
        instances: Path | None = None,
        layers: LayerFiles = NO_LAYERS,
    ) -> None:
        self._folder = folder
        self._gligen = gligen
        self._instances = instances
        self._layers = layers
        self._loras = loras
        self.pictures = pictures or ReferencePictures(data_folder() / FOLDER)
        self.adapter = adapter or AdapterFiles()
        self._references: References | None = None
        self._lock = threading.Lock()
        self._loaded: tuple[str, Any] | None = None

    def checkpoints(self) -> list[str]:
        """The mini checkpoint, and what lies in the folder: files of SD1.x and SDXL, and diffusers' folders."""
        found = [
            path.name
            for path in sorted(self._folder.glob("*"))
            if path.suffix in SUFFIXES or (path / "model_index.json").is_file()
        ]
        return [MINI, *found]

    def methods(self) -> dict[str, list[str]]:
        """Those that each checkpoint can do, its own first."""
        return {name: list(self._methods_of(name)) for name in self.checkpoints()}

    def refuse_method(self, checkpoint: str, method: str) -> None:
        """Raise BadInputError for a method that a checkpoint of the list cannot do."""
        can = self._methods_of(checkpoint) if checkpoint in self.checkpoints() else METHOD_NAMES
        if method not in (*UNCHOSEN, *can):
            raise BadInputError(f"the method {method} cannot steer {checkpoint}", hint=hint_for(method, can))

    def _methods_of(self, name: str) -> tuple[str, ...]:
        if name == MINI:
            return UNET_METHODS
        from lib_omost.app.web.listed import methods_of

        return methods_of(
            self._folder / name,
            gligen=self._gligen is not None,
            instances=self._instances is not None,
            layers=self._layers.are_there,
        )

    def why_no_references(self) -> str:
        """Why regions of the next picture cannot have references, and what to do; nothing where they can.

        Of a checkpoint that was not drawn with yet only that is known which all have in common.
        """
        if (loaded := self._loaded) is None:
            return self.adapter.why_not()
        from lib_omost.hosts.diffusers.families import family_of

        return "" if family_of(loaded[1]).references is not None else self.adapter.why_not()

    def loras(self) -> list[str]:
        """The names of the LoRA in their folder."""
        from lib_omost.hosts.diffusers.loras import LoraFolder

        return LoraFolder(self._loras).names()

    def draw(self, order: Order, should_stop: Callable[[], bool]) -> Generator[Event, None, None]:
        """Tell each step, then the picture as a PNG in base64 with its infotext, or why there is none."""
        events: queue.Queue[Event | None] = queue.Queue()

        def work() -> None:
            try:
                self._draw(order, should_stop, events.put)
            except _Stopped:
                events.put({"type": "stopped"})
            except OmostError as error:
                events.put({"type": "failed", "message": str(error), "hint": error.hint})
            except Exception as error:  # noqa: BLE001 (the page must hear of it, whatever it is)
                events.put({"type": "failed", "message": f"{type(error).__name__}: {error}", "hint": ""})
            finally:
                events.put(None)

        threading.Thread(target=work, name="omost-painter", daemon=True).start()
        return (event for event in iter(events.get, None))

    def _draw(self, order: Order, should_stop: Callable[[], bool], tell: Callable[[Event], None]) -> None:
        def progress(stage: str, done: int, total: int) -> None:
            if should_stop():
                raise _Stopped
            tell({"type": "progress", "stage": stage, "done": done, "total": total})

        with self._turn(progress):
            progress("loading the checkpoint", 0, 0)
            pipeline = self._pipeline(order.checkpoint)
            from lib_omost.hosts.diffusers.loras import LoraFolder
            from lib_omost.hosts.diffusers.references import References
            from lib_omost.hosts.diffusers.render import render

            loras = LoraFolder(self._loras)
            self._references = self._references or References(self.pictures, self.adapter)

            first = random.randrange(2**32) if order.seed in (None, RANDOM) else order.seed
            orders = single(order)
            for number, own in enumerate(orders):
                seed = first + number
                canvas, settings = request_of(own, seed)
                part = _part(own, canvas)
                rendered = render(
                    pipeline,
                    canvas,
                    settings,
                    progress,
                    loras,
                    references=self._references,
                    part=part,
                    layers=self._layers,
                    stopped=should_stop,
                )
                told = infotext(own, seed)
                png, notes = png_with(rendered.images[0], told), list(rendered.notes)
                picture = {"png": png, "seed": seed, "infotext": told, "notes": notes}
                tell({"type": "picture", "number": number, "of": len(orders), **picture})

    @contextlib.contextmanager
    def _turn(self, progress: Callable[[str, int, int], None]) -> Iterator[None]:
        """One picture after the other; what waits tells so, and hears its stop."""
        if not self._lock.acquire(blocking=False):
            progress("waiting for the picture before this one", 0, 0)
            while not self._lock.acquire(timeout=_LOOK):
                progress("waiting for the picture before this one", 0, 0)
        try:
            yield
        finally:
            self._lock.release()

    def _pipeline(self, name: str) -> Any:
        if name not in self.checkpoints():
            raise BadInputError(f"there is no checkpoint {name!r}", hint=f"put it into {self._folder}")
        if self._loaded is None or self._loaded[0] != name:
            from lib_omost.hosts.diffusers.checkpoint import load_checkpoint

            self._loaded = None  # the old one's memory is free before the new one is read
            path = None if name == MINI else self._folder / name
            can = self._methods_of(name)
            gligen = self._gligen if GLIGEN in can else None
            instances = self._instances if INSTANCE_DIFFUSION in can else None
            self._loaded = (name, load_checkpoint(path, gligen=gligen, instances=instances))
        return self._loaded[1]


def single(order: Order) -> list[Order]:
    """An order for each of its canvases, as a picture's infotext restores it. Raises CanvasError."""
    if not order.omost.enabled or not order.omost.variants.strip():
        return [order]
    if order.omost.is_part:
        return [replace(order, omost=replace(order.omost, variants=""))]
    further = [canvas_to_line(parsed.require_canvas()) for parsed in order.omost.read_variants()]
    texts = [order.omost.canvas, *further]
    return [replace(order, omost=replace(order.omost, canvas=text, variants="")) for text in texts]


def request_of(order: Order, seed: int) -> tuple[Canvas, Any]:
    """The canvas and the settings of `render`; without Omost, the prompt box alone."""
    from lib_omost.hosts.diffusers.settings import RenderSettings

    omost = order.omost
    is_redrawn = omost.enabled and omost.is_part and omost.old_place is None  # in the picture's own size
    shared: dict[str, Any] = {
        "width": None if is_redrawn else order.width,
        "height": None if is_redrawn else order.height,
        "steps": order.steps,
        "cfg": order.cfg,
        "seed": seed,
        "negative": order.negative,
    }
    if not omost.enabled:
        return Canvas(order.prompt), RenderSettings(**shared, method=PLAIN)
    return omost.read_canvas().require_canvas(), RenderSettings(
        **shared,
        method=omost.method,
        style=None if omost.style == AUTO else TagStyle(omost.style),
        checkpoint=Path(order.checkpoint).name,
        words=order.prompt,
        mixing=PromptMixing(omost.mixing),
        literal=omost.is_literal,
        denoise=omost.denoise if omost.place.strip() or (omost.draft and not omost.is_part) else None,
    )


def _part(order: Order, canvas: Canvas) -> Part | None:
    """What is drawn of the old picture, None for all of it. Raises BadInputError where there is none."""
    omost = order.omost
    if not omost.enabled or not omost.is_part:
        return None
    if not order.old:
        raise BadInputError("there is no finished picture of which a part could be drawn", hint="draw all of it first")
    from lib_omost.hosts.parts import opened, part_around, part_of

    picture, place = opened(order.old), omost.old_place
    if place is None:
        return part_of(canvas, omost.redraw, picture) if omost.redraw.strip() else None
    return part_around(canvas, picture, place, (order.width, order.height), omost.redraw)


def infotext(order: Order, seed: int) -> str:
    """What restores a picture's order, as JSON in the PNG."""
    told = {name: value for name, value in asdict(order).items() if name != "old"}
    return json.dumps(told | {"seed": seed}, ensure_ascii=False)


def png_with(image: Any, told: str) -> str:
    """The picture as a PNG in base64 with its infotext."""
    from PIL.PngImagePlugin import PngInfo

    chunks = PngInfo()
    chunks.add_itxt(KEY, told)
    return png_in_base64(image, chunks)
