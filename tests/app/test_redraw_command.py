"""`render --from`: a part of a picture from a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("diffusers")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    file = tmp_path / "old.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 96, 3), np.uint8)).save(file)
    return file


def test_a_region_of_a_picture_is_redrawn_and_the_file_is_as_large(
    omost: Callable, shapes: Path, old: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new.png"
    ran = omost("render", shapes, "--from", old, "--redraw", "a red circle", "-o", new, "--steps", 3, "--seed", 1)
    assert ran.code == 0, ran.err
    before, after = (np.asarray(Image.open(file).convert("RGB")) for file in (old, new))
    assert before.shape == after.shape
    assert np.array_equal(before[:, 60:], after[:, 60:])
    assert not np.array_equal(before[:, :40], after[:, :40])


def test_around_a_picture_the_whole_has_the_size_in_which_it_keeps_its_own(
    omost: Callable, shapes: Path, old: Path, tmp_path: Path
) -> None:
    new = tmp_path / "new.png"
    ran = omost("render", shapes, "--from", old, "--place", "0,90,30,90", "-o", new, "--steps", 3, "--seed", 1)
    assert ran.code == 0, ran.err
    before, after = (np.asarray(Image.open(file).convert("RGB")) for file in (old, new))
    assert after.shape == (64, 144, 3)
    assert np.array_equal(after[:, 56:], before[:, 8:])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--redraw", "9"), "no region 9"),
        (("--place", "0,90"), "no place"),
        (("--redraw", "1", "--hires", "2"), "size"),
    ],
)
def test_what_cannot_be_redrawn_is_refused(
    omost: Callable, shapes: Path, old: Path, tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    ran = omost("render", shapes, "--from", old, *arguments, "-o", tmp_path / "new.png")
    assert ran.code == 2
    assert told in ran.err


def test_a_picture_of_more_bytes_than_any_chat_is_read(omost: Callable, shapes: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    Image.new("RGB", (2400, 2480)).save(large, compress_level=0)
    assert large.stat().st_size > 16 * 2**20
    ran = omost("render", shapes, "--from", large, "--redraw", "9", "-o", tmp_path / "new.png")
    assert (ran.code, "no region 9" in ran.err) == (2, True)
