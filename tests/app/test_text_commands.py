"""parse, bags, format and draft: data on stdout, words on stderr, an exit code that tells."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lib_omost.app.console import prepare_stdout
from lib_omost.canvas import Canvas, canvas_to_json, parse_canvas, write_canvas


def test_parse_prints_the_last_canvas_of_a_chat(omost: Callable, dragon_chat: Path) -> None:
    ran = omost("parse", dragon_chat)
    data = json.loads(ran.out)
    assert ran.code == 0
    assert list(data) == ["regions", "corrections", "problems"]
    assert data["corrections"] == data["problems"] == []
    regions = data["regions"]
    assert "dinosaur" in regions[0]["prefixes"][0]
    assert regions[0]["rect"] == [0, 90, 0, 90]
    assert regions[0]["distance_to_viewer"] is None
    assert regions[0]["color"] == [47, 79, 79]
    assert [region["distance_to_viewer"] for region in regions[1:]] == [10.0, 7.0, 5.0, 5.0]
    assert regions[1]["rect"] == [0, 45, 0, 90]
    assert [len(region["prefixes"]) for region in regions] == [1, 2, 2, 2, 2]
    assert all(prompt.endswith(".") for region in regions for prompt in region["prefixes"] + region["suffixes"])


def test_stdin_is_read_for_a_dash_and_without_a_file(omost: Callable, dragon_chat: Path) -> None:
    expected = omost("parse", dragon_chat).out
    assert omost("parse", "-", stdin=dragon_chat.read_bytes()).out == expected
    assert omost("parse", stdin=dragon_chat.read_bytes()).out == expected


@pytest.mark.parametrize("reply", ["first", "last"])
def test_both_transcripts_give_the_bags_that_omost_gives(omost: Callable, dragon_chat: Path, reply: str) -> None:
    text = dragon_chat.read_text(encoding="utf-8")
    if reply == "first":
        text = text[: text.index("change the dragon to a dinosaur")]
    ran = omost("bags", stdin=text.encode())
    regions = json.loads(ran.out)["regions"]
    bags = [bag for region in regions for bag in region["bags"]]
    assert len(bags) == {"first": 23, "last": 22}[reply]
    assert len(regions) == 5
    assert all(0 < bag["tokens"] <= 75 and bag["prompts"] for bag in bags)


def test_pony_scores_head_every_bag(omost: Callable, shapes: Path) -> None:
    bags = [
        bag for region in json.loads(omost("bags", shapes, "--style", "pony").out)["regions"] for bag in region["bags"]
    ]
    assert all(bag["prompts"][0].startswith("score_9") for bag in bags)


def test_format_is_canonical(omost: Callable, dragon_chat: Path) -> None:
    once = omost("format", dragon_chat).out
    assert once.startswith("# ")
    assert omost("format", stdin=once.encode()).out == once
    assert omost("parse", stdin=once.encode()).out == omost("parse", dragon_chat).out


def test_json_of_a_canvas_is_read_wherever_a_reply_is(omost: Callable, shapes: Path, tmp_path: Path) -> None:
    canvas = parse_canvas(shapes.read_text())
    file = tmp_path / "canvas.json"
    file.write_text(json.dumps(canvas_to_json(canvas)))
    assert omost("format", file).out == omost("format", shapes).out


def test_draft_paints_the_regions(omost: Callable, shapes: Path, tmp_path: Path) -> None:
    file = tmp_path / "new" / "draft.png"
    ran = omost("draft", shapes, "-o", file, "--size", "180x90")
    pixels = np.asarray(Image.open(file))
    assert ran.code == 0
    assert ran.out == ""
    assert pixels.shape == (90, 180, 3)
    assert pixels[45, 20].tolist() == [255, 76, 76]  # 0.7 red over white
    assert pixels[45, 170].tolist() == [255, 255, 255]


def test_depth_is_a_gray_picture_in_which_the_nearest_is_white(omost: Callable, shapes: Path, tmp_path: Path) -> None:
    file = tmp_path / "depth.png"
    ran = omost("draft", shapes, "--depth", "-o", file, "--size", "180x90")
    assert (ran.code, ran.out) == (0, "")
    assert f"depth: {file}" in ran.err
    picture = Image.open(file)
    assert (picture.mode, picture.size) == ("L", (180, 90))
    assert (picture.getpixel((20, 45)), picture.getpixel((170, 45))) == (255, 0)


def test_what_was_put_right_is_said(omost: Callable, shapes: Path) -> None:
    text = shapes.read_text().replace("on the left", "on teh left")
    ran = omost("format", stdin=text.encode())
    assert "line 11" in ran.err
    assert "on the left" in ran.out
    assert json.loads(omost("parse", stdin=text.encode()).out)["corrections"][0]["line"] == 11


@pytest.mark.parametrize("command", ["parse", "bags", "format", "draft", "render"])
@pytest.mark.parametrize(
    ("stdin", "message"),
    [(b"", "line 1"), (b"I cannot draw that.", "line 1"), (b"\xff\xfe\x00", "UTF-8"), (b'{"regions": 3}', "no canvas")],
)
def test_bad_input_ends_with_2_and_says_why(omost: Callable, command: str, stdin: bytes, message: str) -> None:
    ran = omost(command, "-", stdin=stdin)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("omost: ")
    if not (command == "parse" and stdin.startswith(b"{")):
        assert message in ran.err


def test_a_missing_file_is_bad_input(omost: Callable, tmp_path: Path) -> None:
    ran = omost("parse", tmp_path / "none.md")
    assert ran.code == 2
    assert "none.md" in ran.err


def test_a_place_that_cannot_be_written_is_a_failure(omost: Callable, shapes: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    ran = omost("draft", shapes, "-o", tmp_path / "file" / "draft.png")
    assert ran.code == 1
    assert f"draft.png cannot be written to {tmp_path / 'file'}" in ran.err
    assert "another place" in ran.err


@pytest.mark.parametrize("place", ["file/image.png", "folder.png"])
def test_render_tries_its_place_before_it_draws(
    omost: Callable, shapes: Path, tmp_path: Path, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("diffusers")
    checkpoint = "lib_omost.hosts.diffusers.checkpoint.load_checkpoint"
    monkeypatch.setattr(checkpoint, lambda *_, **__: pytest.fail("it draws"))
    (tmp_path / "file").write_text("x", encoding="utf-8")
    (tmp_path / "folder.png").mkdir()
    ran = omost("render", shapes, "-o", tmp_path / place)
    assert ran.code == 1, ran.err
    assert f"{Path(place).name} cannot be written to {(tmp_path / place).parent}" in ran.err


def test_render_tries_the_names_that_a_batch_has(omost: Callable, shapes: Path, tmp_path: Path) -> None:
    (tmp_path / "image-1.png").mkdir()
    ran = omost("render", shapes, "--batch", 2, "-o", tmp_path / "image.png")
    assert (ran.code, "image-1.png cannot be written" in ran.err) == (1, True)


@pytest.mark.parametrize("taken", ["reply.md", "canvas.json", "draft.png", "image.png", ""])
def test_demo_tries_all_its_places_before_it_asks(
    omost: Callable, tmp_path: Path, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib_omost.app.commands.demo.write_reply", lambda *_: pytest.fail("it asks"))
    if taken:
        (tmp_path / "out" / taken).mkdir(parents=True)
    else:
        (tmp_path / "out").write_text("x", encoding="utf-8")
    ran = omost("demo", "a fox", "--out", tmp_path / "out")
    assert (ran.code, "cannot be written" in ran.err) == (1, True)


@pytest.mark.parametrize("size", ["big", "0x10", "10x9000", "12"])
def test_a_size_that_is_none_is_refused(omost: Callable, shapes: Path, size: str) -> None:
    ran = omost("draft", shapes, "--size", size)
    assert ran.code == 2
    assert "size" in ran.err or "pixels" in ran.err


@pytest.mark.parametrize("command", ["", "parse", "bags", "format", "draft", "render", "chat", "demo", "bench"])
def test_every_command_explains_itself(omost: Callable, command: str) -> None:
    ran = omost(*filter(None, [command]), "--help")
    assert ran.code == 0
    assert "usage" in ran.out


def test_reading_a_reply_needs_neither_torch_nor_pillow(dragon_chat: Path) -> None:
    code = (
        "import sys; from lib_omost.app.commands.cli import main; main(['parse', sys.argv[1]]); "
        "heavy = {'torch', 'transformers', 'diffusers'} & set(sys.modules); sys.exit(str(heavy) if heavy else 0)"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(dragon_chat)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize(
    ("name", "kind"), [("a.png", "PNG"), ("a.JPG", "JPEG"), ("a.jpeg", "JPEG"), ("a.webp", "WEBP")]
)
def test_a_draft_is_what_its_suffix_says(omost: Callable, shapes: Path, tmp_path: Path, name: str, kind: str) -> None:
    assert omost("draft", shapes, "-o", tmp_path / name, "--size", "90x90").code == 0
    with Image.open(tmp_path / name) as image:
        assert (image.format, image.size) == (kind, (90, 90))


@pytest.mark.parametrize("command", ["draft", "render"])
@pytest.mark.parametrize("name", ["a.txt", "picture"])
def test_other_suffixes_are_refused(omost: Callable, shapes: Path, tmp_path: Path, name: str, command: str) -> None:
    ran = omost(command, shapes, "-o", tmp_path / name)
    assert ran.code == 2
    assert ".png or .jpg" in ran.err
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_file_whose_mark_says_how_it_is_encoded(omost: Callable, tmp_path: Path, encoding: str) -> None:
    code = write_canvas(Canvas("Ein Hafen für 狐."))
    (tmp_path / "plain.md").write_text(code, encoding="utf-8")
    (tmp_path / "marked.md").write_text(code, encoding=encoding)
    assert omost("format", tmp_path / "marked.md").out == omost("format", tmp_path / "plain.md").out


@pytest.mark.parametrize("command", ["format", "parse", "convert -", "convert - --to json"])
def test_a_pipe_gets_utf_8_whatever_the_system_prefers(command: str) -> None:
    data = write_canvas(Canvas("Ein Café für 狐.")).encode()
    ran = subprocess.run(
        [sys.executable, "-m", "lib_omost", *command.split()],
        input=data,
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "cp1252"},
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "Ein Café für 狐" in ran.stdout.decode("utf-8")


def test_what_a_terminal_cannot_show_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.BytesIO):
        def isatty(self) -> bool:
            return True

    shown = Terminal()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(shown, encoding="cp1252"))
    prepare_stdout()
    print("für 狐", flush=True)
    assert shown.getvalue().decode("cp1252").strip() == "für \\u72d0"
