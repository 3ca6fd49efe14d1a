"""`bench regions --real`: everyday things on a checkpoint of the user's, judged by a model that they name."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from lib_omost import __version__
from lib_omost.app.commands.bench_drawing import open_checkpoint, settings_for
from lib_omost.app.commands.options import positive, size
from lib_omost.app.commands.outcome import tell
from lib_omost.app.console import ProgressLine, quiet_libraries, say
from lib_omost.app.files import require_writable, write_text
from lib_omost.bench.real.adopting import adopt, adoption
from lib_omost.bench.real.figures import Setup, report, table
from lib_omost.bench.real.layouts import RealLayout, real_layouts
from lib_omost.bench.real.run import Draw, Peak
from lib_omost.bench.real.run import run as run_bench
from lib_omost.errors import BadInputError
from lib_omost.methods.names import PLAIN, SCORE, SKETCH
from lib_omost.mini.scenes import Image

ROWS = (PLAIN, SCORE, SKETCH)
STEPS, CFG, SIZE = 25, 7.0, (512, 512)
THRESHOLD = 0.2


def add_real_arguments(parser: argparse.ArgumentParser) -> None:
    """--real, --judge, --threshold, --size, --steps, --cfg, --result and --adopt."""
    group = parser.add_argument_group("everyday things instead of coloured shapes")
    group.add_argument(
        "--real", action="store_true", help="forty layouts of things of COCO, for any checkpoint; needs --judge"
    )
    group.add_argument(
        "--judge", metavar="MODEL", help="a detector (OWLv2, Grounding DINO, DETR, YOLOS) or a CLIP: folder or hub name"
    )
    group.add_argument(
        "--threshold", type=float, default=THRESHOLD, help="least score of what a detector finds; default: %(default)s"
    )
    group.add_argument(
        "--size",
        type=size,
        metavar="WxH",
        help=f"in pixels; default: the checkpoint's own, {SIZE[0]}x{SIZE[1]} by --host",
    )
    group.add_argument("--steps", type=positive, default=STEPS, help="default: %(default)s")
    group.add_argument("--cfg", type=float, default=CFG, help="default: %(default)s")
    group.add_argument("--result", type=Path, metavar="JSON", help="also write a file of figures that can be sent back")
    group.add_argument(
        "--adopt",
        action="store_true",
        help="the row with most regions right becomes what suits this checkpoint, where it is ahead of what did by "
        "more than the error of the difference",
    )


def run_real(arguments: argparse.Namespace, rows: tuple[str, ...]) -> int:
    """Draw, judge, print. Raises BadInputError without a judge, ModelError for one that cannot judge."""
    from lib_omost.bench.real.models import open_judge, task_of
    from lib_omost.bench.sheet import REAL_NOTE, contact_sheet

    if arguments.result is not None:
        require_writable(arguments.result)
    if not arguments.judge:
        raise BadInputError(
            "--real has no judge", hint="name a detector or a CLIP with --judge, by its folder or its name on the hub"
        )
    if arguments.adopt and arguments.host:
        raise BadInputError("--adopt cannot tell what a WebUI's checkpoint is", hint="leave out --host or --adopt")
    with quiet_libraries():
        _, kind = task_of(arguments.judge)  # before hours of drawing
        opened = open_host(arguments) if arguments.host else open_here(arguments)
        asked = rows or opened.rows
        to_adopt = adoption(arguments.checkpoint, opened.kind, opened.methods, asked) if arguments.adopt else None
        with ProgressLine("drawing", "picture") as line:
            outcome = run_bench(
                opened.draw,
                lambda: open_judge(arguments.judge, arguments.threshold),
                real_layouts(arguments.layouts),
                asked,
                progress=line.update,
                peak=opened.peak,
            )
    height, width = next(iter(outcome.pictures.values()))[0].shape[:2]
    setup = Setup(
        omost=__version__,
        checkpoint=Path(arguments.checkpoint).name if arguments.checkpoint else "" if arguments.host else "mini",
        host=opened.host,
        device=opened.device,
        judge=f"{Path(arguments.judge).name} ({kind})",
        settings={
            "width": width,
            "height": height,
            "steps": arguments.steps,
            "cfg": arguments.cfg,
            "threshold": arguments.threshold,
        },
    )

    def keep_row() -> None:
        if to_adopt is not None:
            say(adopt(outcome, to_adopt, setup.judge))

    tell(
        outcome,
        arguments,
        sheet=lambda found: contact_sheet(found, REAL_NOTE),
        report=lambda found: report(found, setup),
        table=table,
        also=(lambda: _write_result(arguments.result, report(outcome, setup)), keep_row),
    )
    return 0


def _write_result(file: Path | None, figures: object) -> None:
    if file is None:
        return
    write_text(file, json.dumps(figures, indent=1) + "\n")
    say(
        f"result: {file}: figures, settings and the names of checkpoint, judge and graphics card; no picture, path or "
        "address"
    )


@dataclass(frozen=True)
class Opened:
    """How to draw, the rows by default, what draws by name, its card and its memory; of what kind the model is, and its
    methods, its own first, where that is known.
    """

    draw: Draw
    rows: tuple[str, ...]
    host: str
    device: str
    peak: Peak
    kind: str = ""
    methods: tuple[str, ...] = ()


def open_host(arguments: argparse.Namespace) -> Opened:
    """A WebUI's pictures. Raises ModelError when it does not answer."""
    from lib_omost.bench.webui import WebUI

    width, height = arguments.size or SIZE
    webui = WebUI(arguments.host, arguments.checkpoint, arguments.steps, arguments.cfg, width, height)
    return Opened(webui.draw, webui.methods(), "WebUI", webui.device(), lambda: None)


def open_here(arguments: argparse.Namespace) -> Opened:
    """Pictures as `render` draws them."""
    import torch

    from lib_omost.hosts.diffusers.checkpoint import best_device
    from lib_omost.hosts.diffusers.families import family_of
    from lib_omost.hosts.diffusers.settings import RenderSettings

    pipeline, drawn = open_checkpoint(arguments.checkpoint)
    family = family_of(pipeline)
    width, height = arguments.size or (None, None)
    on_cuda = best_device().type == "cuda"

    def draw(layout: RealLayout, way: str) -> Image:
        settings = RenderSettings(width, height, arguments.steps, arguments.cfg, seed=layout.seed)
        return drawn(layout.canvas, settings_for(way, arguments.checkpoint, family.name, settings))

    def peak() -> int | None:
        if not on_cuda:
            return None
        most = torch.cuda.max_memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        return most

    device = torch.cuda.get_device_name() if on_cuda else best_device().type
    return Opened(draw, ROWS, "by itself", device, peak, family.name, family.drawn_by)
