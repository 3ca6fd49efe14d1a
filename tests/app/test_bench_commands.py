"""bench attention and bench regions from the command line, on the smallest problems."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from lib_omost.app.commands import bench_drawing
from lib_omost.app.commands.outcome import tell
from lib_omost.app.files import require_writable
from lib_omost.bench import attention, chat, lora_steps
from lib_omost.bench.compose import chats
from lib_omost.bench.compose.answers import Event
from lib_omost.bench.compose.messages import Message
from lib_omost.chat.local import load
from lib_omost.errors import OmostError
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint


@pytest.fixture(autouse=True)
def small_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention, "SDXL_LAYERS", (attention.LayerShape(4, 2, 8, 16),))


def test_attention_prints_a_table_or_json(omost: Callable) -> None:
    ran = omost("bench", "attention", "--rounds", "1")
    assert ran.code == 0
    assert "score, as chosen (" in ran.out
    refused = omost("bench", "attention", "--threads", "1000000000")
    assert refused.code == 2
    assert "1024" in refused.err
    rows = json.loads(omost("bench", "attention", "--rounds", "1", "--json").out)
    assert rows[0]["method"] == "naive"
    assert {"score, masked", "decomposition"} < {row["method"] for row in rows}


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a graphics card")
def test_without_a_graphics_card_its_measurements_are_refused(omost: Callable) -> None:
    for asked in (("attention", "--device", "cuda"), ("steps", "--device", "cuda")):
        ran = omost("bench", *asked)
        assert ran.code == 2
        assert "no graphics card" in ran.err


def test_steps_on_a_device_prints_a_table_or_json(omost: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    small = load_checkpoint(None, torch.device("cpu")).unet
    made: list[tuple[str, str, torch.dtype]] = []

    def random_unet(family: str, device: torch.device, dtype: torch.dtype) -> Any:
        made.append((family, device.type, dtype))
        return small

    monkeypatch.setattr(lora_steps, "random_unet", random_unet)
    asked = ["bench", "steps", "--device", "cpu", "--size", "64", "--rounds", "1"]
    ran = omost(*asked)
    assert ran.code == 0, ran.err
    assert "sdxl, 64 × 64 pixels, CPU" in ran.out
    assert "plain, 1771 tokens" in ran.out
    rows = json.loads(omost(*asked, "--random", "sd1", "--dtype", "float32", "--json").out)
    assert [row["kind"] for row in rows][2:] == ["score", "sketch"]
    assert made == [("sdxl", "cpu", torch.float32), ("sd1", "cpu", torch.float32)]


def test_steps_are_timed_in_a_webui_or_on_a_device_and_a_webui_needs_a_canvas(omost: Callable) -> None:
    assert omost("bench", "steps").code == 2
    assert omost("bench", "steps", "--device", "cpu", "--host", "http://127.0.0.1:9").code == 2
    ran = omost("bench", "steps", "--host", "http://127.0.0.1:9")
    assert ran.code == 2
    assert "canvas" in ran.err


def test_regions_prints_the_figures_of_each_method_and_draws_a_sheet(
    omost: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spared: list[bool] = []
    monkeypatch.setattr(bench_drawing, "spare_a_core", lambda: spared.append(True))
    rows = ["plain", "score", "sketch, wrong colours", "sketch"]
    ran = omost("bench", "regions", "--layouts", "1", "--json", "--sheet", tmp_path / "sheet.png", "--rows", *rows)
    assert ran.code == 0, ran.err
    figures = json.loads(ran.out)
    assert figures["layouts"] == 3
    assert list(figures["methods"]) == rows
    assert len(figures["ceilings"]) == 3
    assert figures["ceilings"]["asked, through the VAE"]["regions_right"]["value"] > 0.8
    assert figures["ceilings"]["each region alone"]["regions_right"]["count"] == 9
    for method in figures["methods"].values():
        assert method["regions_right"]["count"] == 9
        assert 0 <= method["regions_right"]["value"] <= 1
    assert min(Image.open(tmp_path / "sheet.png").size) > 200
    assert "picture" in ran.err
    assert spared == [True]


def test_gradients_prints_the_memory_with_and_without_blocks_that_are_computed_twice(omost: Callable) -> None:
    asked = ["bench", "gradients", "--methods", "boxdiff", "--sizes", "128", "--rounds", "1"]
    ran = omost(*asked, "--json")
    assert ran.code == 0, ran.err
    (row,) = json.loads(ran.out)
    assert 2**20 < row["kept"] < 0.6 * row["whole"]
    assert row["kept"] <= row["told"] <= 4 * row["kept"]
    assert row["seconds"] > 0
    table = omost(*asked).out.splitlines()
    assert table[1].split()[:2] == ["method", "pixels"]
    assert table[2].split()[:4] == ["boxdiff", "128", "×", "128"]
    refused = omost("bench", "gradients", "--methods", "score")
    assert refused.code == 2


def test_grammar_counts_the_walks_that_are_canvases(omost: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = omost("bench", "grammar", "--walks", "12")
    assert ran.code == 0
    assert ran.out == "12 walks: 12 parse without a correction, 12 would be accepted by the original\n"
    assert json.loads(omost("bench", "grammar", "--walks", "3", "--json").out)["accepted"] == 3
    monkeypatch.setattr("lib_omost.bench.grammar.refusal", lambda reply: "no reason")
    ran = omost("bench", "grammar", "--walks", "2")
    assert ran.code == 1
    assert "seed 1: no reason" in ran.err
    assert "2 parse without a correction, 0 would be accepted" in ran.out


def test_messages_counts_the_replies_that_are_canvases(omost: Callable, language_model: Any, shapes: Path) -> None:
    good = shapes.read_text(encoding="utf-8")
    language_model.replies = [good, good, "sorry", good]
    ran = omost("bench", "messages", "--first", "3")
    assert ran.code == 1
    assert "2 parse without a correction, 2 would be accepted" in ran.out
    assert "Response does not contain codes!" in ran.err
    (answer,) = json.loads(omost("bench", "messages", "--first", "1", "--json").out)
    assert answer["parsed"] is True
    assert answer["reply"] == good.strip()


def test_chat_prints_a_table_or_json(omost: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    row = chat.Row("edit", chat.OURS, 100, 10, 2.0, 10.0, 4.0)
    same = chat.Greedy("edit", "nothing", 9, 3, identical=True)
    different = chat.Greedy("edit", "the grammar", 9, 3, identical=False)
    asked: list[object] = []

    def run(model: object, tokens: int, done: Callable[[int, int], None]) -> object:
        asked.append((model, tokens))
        return [row], [same]

    monkeypatch.setattr(load, "load_embedded_model", lambda: "embedded")
    monkeypatch.setattr(chat, "run", run)
    ran = omost("bench", "chat", "--tokens", "100")
    assert ran.code == 0
    assert asked == [("embedded", 100)]
    assert "10.0 ×" in ran.out
    assert "50.0" in ran.out
    monkeypatch.setattr(chat, "run", lambda *_, **__: ([row], [same, different]))
    ran = omost("bench", "chat", "--json")
    assert ran.code == 1
    figures = json.loads(ran.out)
    assert figures["turns"][0]["tokens_per_second"] == 50
    assert [entry["identical"] for entry in figures["greedy"]] == [True, False]


@pytest.mark.parametrize(
    "arguments",
    [["attention", "--rounds", "0"], ["attention", "--threads", "few"], ["regions", "--layouts", "-1"], ["colours"]],
)
def test_bad_options_are_refused(omost: Callable, arguments: list[str]) -> None:
    ran = omost("bench", *arguments)
    assert ran.code == 2
    assert ran.out == ""


def test_a_sheet_that_is_no_picture_is_refused(omost: Callable, tmp_path: Path) -> None:
    assert omost("bench", "regions", "--layouts", "1", "--sheet", tmp_path / "sheet.txt").code == 2


@pytest.mark.parametrize(
    "bench", ["regions --sheet", "picture --sheet", "regions --real --judge none --sheet", "regions --real --result"]
)
def test_a_place_that_cannot_be_written_is_told_of_before_the_drawing(
    omost: Callable, tmp_path: Path, bench: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("bench_picture", "bench_regions", "bench_real"):
        monkeypatch.setattr(f"lib_omost.app.commands.{module}.open_checkpoint", lambda *_: pytest.fail("it draws"))
    monkeypatch.setattr("lib_omost.app.commands.bench_picture.ask", lambda *_: pytest.fail("it asks"))
    (tmp_path / "file").write_text("x", encoding="utf-8")
    ran = omost("bench", *bench.split(), tmp_path / "file" / "sheet.png")
    assert ran.code == 1
    assert "sheet.png cannot be written" in ran.err


def test_a_place_is_tried_without_a_trace(tmp_path: Path) -> None:
    old = tmp_path / "sheet.png"
    old.write_bytes(b"old")
    require_writable(old)
    require_writable(tmp_path / "new.png")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("sheet.png", b"old")]


def test_figures_are_printed_and_the_rest_kept_though_a_sheet_cannot_be_written(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    arguments = argparse.Namespace(sheet=tmp_path / "file" / "sheet.png", json=False)
    kept: list[str] = []
    with pytest.raises(OmostError, match=r"sheet\.png cannot be written"):
        tell(
            "found",
            arguments,
            sheet=lambda _: Image.new("RGB", (4, 4)),
            report=lambda found: found,
            table=lambda found: f"the table of what was {found}",
            also=(lambda: kept.append("result"), lambda: kept.append("adopted")),
        )
    assert capsys.readouterr().out == "the table of what was found\n"
    assert kept == ["result", "adopted"]


OUTSIDE = """[
  {"id": "one", "category": "places", "message": "a red circle on the left",
   "objects": [{"nouns": ["circle"], "count": 1, "place": "left", "colors": ["red"]}]},
  {"id": "two", "category": "places", "message": "a red circle on the right",
   "objects": [{"nouns": ["circle"], "count": 1, "place": "right"}]}
]"""


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    file = tmp_path / "messages.json"
    file.write_text(OUTSIDE, encoding="utf-8")
    return file


def test_compose_runs_a_file_from_outside_and_writes_the_canvases(
    omost: Callable, language_model: Any, shapes: Path, outside: Path, tmp_path: Path
) -> None:
    good = shapes.read_text(encoding="utf-8")
    language_model.replies = [good, good]
    ran = omost("bench", "compose", outside, "--replies", tmp_path / "replies.jsonl", "--wrong")
    assert ran.code == 0, ran.err
    assert "1 of 2" in ran.out
    assert "checks that failed: place 1" in ran.out
    assert "two: 'a red circle on the right': place" in ran.err
    rows = [json.loads(line) for line in (tmp_path / "replies.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["one", "two"]
    assert rows[0]["reply"].startswith("# Initialize the canvas")
    language_model.replies = ["Sorry."]
    data = json.loads(omost("bench", "compose", outside, "--json", "--first", "1").out)
    assert data["categories"]["places"] == {"right": 0, "count": 1, "value": 0.0, "error": None}
    assert data["messages"][0]["failed_checks"] == ["parses"]


def test_compose_runs_the_set_of_this_repository_or_a_category_of_it(
    omost: Callable, language_model: Any, shapes: Path
) -> None:
    language_model.replies = [shapes.read_text(encoding="utf-8")] * 2
    data = json.loads(omost("bench", "compose", "--only", "corners", "--first", "2", "--json").out)
    assert [row["category"] for row in data["messages"]] == ["corners", "corners"]
    assert data["categories"]["all"]["right"] == 0


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nowhere.json"], "cannot read nowhere.json"),
        (["--only", "colours"], "there is no message of the category 'colours'"),
        (["--host", "http://127.0.0.1:9", "--server", "http://127.0.0.1:9"], "--host does not go with --server"),
    ],
)
def test_compose_says_what_is_wrong_with_its_arguments(omost: Callable, arguments: list[str], why: str) -> None:
    ran = omost("bench", "compose", *arguments)
    assert ran.code == 2
    assert why in ran.err


def test_compose_refuses_a_check_that_there_is_not_and_a_place_it_cannot_write(
    omost: Callable, outside: Path, tmp_path: Path
) -> None:
    outside.write_text(OUTSIDE.replace('"right"', '"beyond"'), encoding="utf-8")
    ran = omost("bench", "compose", outside)
    assert ran.code == 2
    assert "message two: there is no check place 'beyond'" in ran.err
    outside.write_text(OUTSIDE, encoding="utf-8")
    ran = omost("bench", "compose", outside, "--replies", tmp_path / "messages.json" / "replies.jsonl")
    assert ran.code == 1
    assert "cannot be written" in ran.err


def test_compose_ends_when_the_model_is_missing_or_the_server_is_not_there(
    omost: Callable, outside: Path, tmp_path: Path
) -> None:
    ran = omost("bench", "compose", outside, "--model", tmp_path / "no-model", "--offline")
    assert ran.code in (1, 2)
    assert "no-model" in ran.err
    ran = omost("bench", "compose", outside, "--host", "http://127.0.0.1:9")
    assert ran.code == 1
    assert "does not answer" in ran.err


def test_compose_keeps_old_replies_when_nobody_answers(omost: Callable, outside: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.jsonl"
    old.write_text("of yesterday", encoding="utf-8")
    assert omost("bench", "compose", outside, "--replies", old, "--host", "http://127.0.0.1:9").code == 1
    assert old.read_text(encoding="utf-8") == "of yesterday"


def test_compose_keeps_the_replies_that_came_before_it_was_stopped(
    omost: Callable, shapes: Path, outside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def chat(message: Message) -> Iterator[Event]:
        if message.id == "two":
            raise KeyboardInterrupt
        yield {"type": "end", "reply": shapes.read_text(encoding="utf-8")}

    monkeypatch.setattr(chats, "host_chat", lambda *_: chat)
    file = tmp_path / "replies.jsonl"
    ran = omost("bench", "compose", outside, "--replies", file, "--host", "http://127.0.0.1:9")
    assert ran.code == 130
    assert "1 of 2" in ran.err
    (row,) = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert row["id"] == "one"
    assert "A red circle." in row["reply"]


def test_lora_prints_a_ratio(omost: Callable) -> None:
    ran = omost("bench", "lora", "--size", "64", "--rounds", "1", "--only", "lora", "--rank", "4")
    assert ran.code == 0
    assert "64 × 64 pixels, rank 4" in ran.out
    assert ran.out.rstrip().endswith("×")
    (row,) = json.loads(omost("bench", "lora", "--size", "64", "--rounds", "1", "--only", "whole", "--json").out)
    assert row["kind"].startswith("LoHa")
    assert omost("bench", "lora", "--checkpoint", "x", "--random", "sd1").code == 2
