"""`render` with layers: each is a file of its own beside its picture, and without the files it says what is wanted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from lib_omost.app.commands.render import _written
from lib_omost.canvas import Canvas, Region, write_canvas
from lib_omost.hosts.diffusers.render import Rendered

REGION = Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle.")


@pytest.mark.parametrize("count", [1, 2])
def test_layers_lie_beside_their_picture_with_alpha(tmp_path: Path, count: int) -> None:
    pictures = tuple(Image.new("RGB", (8, 8), (number, 0, 0)) for number in range(count))
    layers = tuple((Image.new("RGBA", (8, 8), (1, number, 3, 4)),) * 2 for number in range(count))
    files = _written(Rendered(pictures, (), layers), tmp_path / "a.jpg")
    stems = ["a"] if count == 1 else ["a-1", "a-2"]
    expected = [f"{stem}.jpg" for stem in stems] + [f"{stem}-layer-{n}.png" for stem in stems for n in (1, 2)]
    assert [file.name for file in files] == expected
    assert all(file.is_file() for file in files)
    with Image.open(files[-1]) as last:
        assert last.getpixel((0, 0)) == (1, count - 1, 3, 4)


def test_a_checkpoint_without_them_is_refused_with_what_is_wanted(omost: Callable, tmp_path: Path) -> None:
    canvas = tmp_path / "canvas.py"
    canvas.write_text(write_canvas(Canvas("A white background.", regions=(REGION,))))
    result = omost("render", canvas, "-o", tmp_path / "a.png", "--method", "layerdiffuse")
    assert result.code == 2
    assert "--layer-decoder" in result.err
    assert not (tmp_path / "a.png").exists()
