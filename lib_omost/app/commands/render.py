"""`render`: a canvas as a picture."""

from __future__ import annotations

import argparse
import contextlib
import random
from pathlib import Path
from typing import TYPE_CHECKING

from lib_omost.app.commands.canvas_file import add_file_argument, canvas_of
from lib_omost.app.commands.draft import require_picture, write_picture
from lib_omost.app.commands.options import (
    add_adapter_arguments,
    add_gligen_argument,
    add_layer_arguments,
    add_lora_argument,
    add_output_argument,
    add_style_argument,
    size,
)
from lib_omost.app.console import StageProgress, quiet_libraries, say, spare_a_core
from lib_omost.app.files import read_data, require_writable
from lib_omost.auto import AUTO
from lib_omost.canvas import Canvas
from lib_omost.data_folder import data_folder
from lib_omost.errors import BadInputError
from lib_omost.methods.names import METHOD_NAMES
from lib_omost.pictures.layer_files import LayerFiles
from lib_omost.pictures.references import FOLDER, AdapterFiles, ReferencePictures
from lib_omost.prompts import TagStyle

if TYPE_CHECKING:
    from lib_omost.hosts.diffusers.render import Rendered
    from lib_omost.hosts.parts import Part

REDRAWN, AROUND = 0.75, 0.95  # of the noise schedule
MOST_BYTES = 256 * 2**20  # what the largest picture that is drawn has in a PNG that nothing compresses
HELP = "draw a canvas with an image model"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE, -o and everything that a picture is rendered with."""
    add_file_argument(parser)
    add_output_argument(parser, "image.png")
    add_render_arguments(parser)
    group = parser.add_argument_group("a part of a finished picture")
    group.add_argument("--from", dest="old", type=Path, metavar="PICTURE", help="what stays but for the part")
    group.add_argument(
        "--redraw", default="", metavar="REGION", help="by number or name; --denoise is how much (default: 0.75)"
    )
    group.add_argument(
        "--place",
        default="",
        metavar="T,B,L,R",
        help="where the picture lies on the canvas's 90 cells, to draw what is around it (--denoise: 0.95)",
    )


def add_render_arguments(parser: argparse.ArgumentParser) -> None:
    """What a picture is rendered with, for `render` and `demo`."""
    group = parser.add_argument_group("picture")
    group.add_argument("--checkpoint", type=Path, help="diffusers folder, or SD1.x/SDXL file; default: mini")
    group.add_argument(
        "--seed", type=int, help="of the first picture; default, and for -1: a new one, which is printed"
    )
    group.add_argument("--steps", type=int, default=20, help="default: %(default)s")
    group.add_argument("--cfg", type=float, metavar="SCALE", help="guidance scale; default: 5, or the model's own")
    group.add_argument("--guidance", type=float, metavar="SCALE", help="distilled guidance (Flux 1 dev); default: 3.5")
    group.add_argument("--size", type=size, metavar="WxH", help="in pixels; default: the checkpoint's own")
    group.add_argument("--negative", default="", metavar="TEXT", help="negative prompt")
    group.add_argument("--denoise", type=float, metavar="SHARE", help="start from the draft, e.g. 0.95; default: noise")
    group.add_argument("--batch", type=int, default=1, metavar="N", help="pictures at once; default: %(default)s")
    group.add_argument(
        "--method",
        choices=(AUTO, *METHOD_NAMES),
        default=AUTO,
        help="auto: what suits the checkpoint, mostly sketch; plain has no regions (default: %(default)s)",
    )
    group.add_argument("--hires", type=float, metavar="SCALE", help="a second pass, enlarged by SCALE, e.g. 1.5")
    group.add_argument("--hires-denoise", type=float, default=0.45, metavar="SHARE", help="default: %(default)s")
    add_style_argument(parser, of_checkpoint=True)
    add_lora_argument(group)
    add_adapter_arguments(group)
    add_gligen_argument(group)
    add_layer_arguments(group)
    group.add_argument(
        "--references", type=Path, metavar="FOLDER", help="where the reference pictures lie; default: the page's own"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the picture, or numbered pictures for a batch."""
    if (arguments.old is None) is bool(arguments.redraw.strip() or arguments.place.strip()):
        raise BadInputError(
            "a part of a picture needs both, the picture and what is drawn of it",
            hint="give --from with --redraw or --place",
        )
    canvas = canvas_of(arguments.file)
    for file in write_pictures(canvas, arguments, arguments.output, arguments.old):
        say(f"image: {file}")
    return 0


def require_place(output: Path, batch: int) -> None:
    """Raise OmostError, before the minutes of drawing, where the first of `batch` pictures cannot be written."""
    require_picture(output)
    require_writable(_numbered(output, min(batch, 2))[0])


def _numbered(output: Path, count: int) -> list[Path]:
    """The files of `count` pictures: `output` itself, or names with numbers beside it."""
    return [output] if count < 2 else [output.with_stem(f"{output.stem}-{number}") for number in range(1, count + 1)]


def write_pictures(canvas: Canvas, arguments: argparse.Namespace, output: Path, old: Path | None = None) -> list[Path]:
    """Render `canvas` as the command line says and write each picture; returns the files. `old`: what stays of it."""
    require_place(output, arguments.batch)
    part, denoise = (None, arguments.denoise) if old is None else _part(canvas, arguments, old)
    with quiet_libraries(), contextlib.closing(StageProgress()) as progress:
        from lib_omost.hosts.diffusers.checkpoint import load_checkpoint, memory_told
        from lib_omost.hosts.diffusers.loras import LoraFolder
        from lib_omost.hosts.diffusers.references import References
        from lib_omost.hosts.diffusers.render import render
        from lib_omost.hosts.diffusers.settings import Hires, RenderSettings

        spare_a_core()
        width, height = arguments.size or (None, None)
        seed = random.randrange(2**32) if arguments.seed in (None, -1) else arguments.seed
        settings = RenderSettings(
            width=width,
            height=height,
            steps=arguments.steps,
            cfg=arguments.cfg,
            guidance=arguments.guidance,
            seed=seed,
            negative=arguments.negative,
            denoise=denoise,
            batch=arguments.batch,
            method=arguments.method,
            style=None if arguments.style == AUTO else TagStyle(arguments.style),
            checkpoint=Path(arguments.checkpoint or "").name,
            hires=None if arguments.hires is None else Hires(arguments.hires, arguments.hires_denoise),
        )
        told = memory_told(arguments.checkpoint)
        if told is not None:
            say(told)
        loras = LoraFolder(arguments.lora_dir, takes_paths=True)
        pictures = ReferencePictures(arguments.references or data_folder() / FOLDER)
        references = References(pictures, AdapterFiles(arguments.ip_adapter, arguments.image_encoder))
        pipeline = load_checkpoint(arguments.checkpoint, gligen=arguments.gligen, instances=arguments.instancediffusion)
        files = LayerFiles(arguments.layer_attention, arguments.layer_decoder)
        rendered = render(pipeline, canvas, settings, progress, loras, references=references, part=part, layers=files)
    for note in rendered.notes:
        say(note)
    say(f"seed: {seed}")
    return _written(rendered, output)


def _written(rendered: Rendered, output: Path) -> list[Path]:
    """The files of the pictures, and of the layers that they were laid of."""
    files = _numbered(output, len(rendered.images))
    for image, file in zip(rendered.images, files, strict=True):
        write_picture(image, file)
    for layers, file in zip(rendered.layers, tuple(files), strict=False):
        for number, layer in enumerate(layers, 1):
            own = file.with_name(f"{file.stem}-layer-{number}.png")  # which has alpha, whatever the picture's format
            write_picture(layer, own)
            files.append(own)
    return files


def _part(canvas: Canvas, arguments: argparse.Namespace, old: Path) -> tuple[Part, float]:
    """What is drawn of the picture in a file, and how much of the noise schedule is redone there."""
    from lib_omost.hosts.parts import opened, part_around, part_of, size_around
    from lib_omost.settings.model import place_in

    data = read_data(str(old), most=MOST_BYTES, smaller="save the picture smaller")
    picture, denoise = opened(data), arguments.denoise
    if not arguments.place.strip():
        return part_of(canvas, arguments.redraw, picture), REDRAWN if denoise is None else denoise
    place = place_in(arguments.place)
    size = arguments.size or size_around(picture, place)
    return part_around(canvas, picture, place, size, arguments.redraw), AROUND if denoise is None else denoise
