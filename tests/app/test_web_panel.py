"""The panel of the page by itself, over HTTP: real pictures of the mini checkpoint, few steps, and what is refused."""

from __future__ import annotations

import base64
import io
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from fastapi.testclient import TestClient
from PIL import Image
from safetensors.torch import save_file

from lib_omost.app.web.painter import Painter
from lib_omost.app.web.server import build_app, words_for
from lib_omost.canvas import Canvas, Region, write_canvas
from lib_omost.hosts.diffusers.checkpoint import SD1, SDXL
from lib_omost.methods.names import METHOD_NAMES, UNET_METHODS
from lib_omost.mini.palette import COLORS, KINDS
from lib_omost.page.presets import Presets
from lib_omost.pictures.layer_files import LayerFiles

CODE = write_canvas(
    Canvas(
        "a white background",
        color_name="white",
        regions=(Region("on the left", "no offset", "a small vertical area", 2.0, "a red circle", color_name="red"),),
    )
)
ORDER: dict[str, Any] = {"id": "picture-0001", "width": 128, "height": 128, "steps": 2, "seed": 5}


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Painter:
    return Painter(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture
def client(painter: Painter, tmp_path: Path) -> Iterator[TestClient]:
    chats = SimpleNamespace(models=list, chosen=str, unload=lambda: None)
    app = build_app(lambda: chats, painter, Presets(tmp_path), lambda: None)
    with TestClient(app, base_url="http://localhost") as client:
        yield client


def test_examples_are_of_what_the_mini_checkpoint_knows_where_there_is_no_other(
    client: TestClient, tmp_path: Path
) -> None:
    known = {*KINDS, *COLORS, *(f"{kind}s" for kind in KINDS)}
    others = set(re.findall(r"\w+", "a an and big small on the left right beside above them at night two background"))
    examples = client.get("/omost/v1/page").json()["examples"]
    assert len(examples) == 4
    for example in examples:
        assert set(re.findall(r"\w+", example)) - known <= others, example
    (tmp_path / "other.safetensors").write_bytes(b"")
    app = build_app(SimpleNamespace, Painter(tmp_path), Presets(tmp_path), lambda: None)
    other = TestClient(app, base_url="http://localhost").get("/omost/v1/page").json()["examples"]
    assert any("dragon" in example for example in other)


def draw(client: TestClient, **changes: Any) -> list[dict[str, Any]]:
    answer = client.post("/omost/v1/own/draw", json=ORDER | changes)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines() if line.strip()]


def pixels(event: dict[str, Any]) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(event["png"]))))


def test_a_picture_is_told_step_by_step_and_holds_what_restores_it(client: TestClient) -> None:
    omost = {"enabled": True, "canvas": CODE, "method": "score", "draft": True, "denoise": 0.95}
    *steps, picture = draw(client, prompt="soft", negative="blurry", omost=omost)
    assert {event["type"] for event in steps} == {"progress"}
    assert picture["type"] == "picture"
    order = client.post("/omost/v1/own/read", json={"png": picture["png"]}).json()
    assert order == json.loads(picture["infotext"])
    assert (order["prompt"], order["negative"], order["seed"]) == ("soft", "blurry", 5)
    assert (order["omost"]["canvas"], order["omost"]["draft"]) == (CODE, True)
    again = draw(client, **{name: value for name, value in order.items() if name != "seed"}, seed=order["seed"])[-1]
    assert np.array_equal(pixels(again), pixels(picture))


def test_off_is_the_prompt_alone_and_the_prompt_joins_the_regions(client: TestClient) -> None:
    on = {"enabled": True, "canvas": CODE}
    plain, steered, joined, ignored = (
        pixels(draw(client, prompt=prompt, omost=omost)[-1])
        for prompt, omost in (
            ("a blue square", {"enabled": False, "canvas": CODE}),
            ("", on),
            ("a blue square", on),
            ("a blue square", on | {"mixing": "ignore"}),
        )
    )
    assert not np.array_equal(plain, steered)
    assert not np.array_equal(joined, steered)
    assert np.array_equal(ignored, steered)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"omost": {"enabled": True, "canvas": "no canvas"}}, "line 1"),
        ({"omost": {"method": "magic"}}, "method"),
        ({"omost": {"colour": 1}}, "colour"),
        ({"width": 32}, None),
        ({"steps": 0}, None),
    ],
)
def test_an_order_that_cannot_be_drawn_is_refused(
    client: TestClient, changes: dict[str, Any], told: str | None
) -> None:
    answer = client.post("/omost/v1/own/draw", json=ORDER | changes)
    assert answer.status_code == 422
    assert told is None or told in answer.json()["detail"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"checkpoint": "../mini"}, "no checkpoint"), ({"width": 100}, "multiple of 8"), ({"seed": -2}, "seed")],
)
def test_what_fails_while_drawing_is_the_last_event(client: TestClient, changes: dict[str, Any], told: str) -> None:
    last = draw(client, **changes)[-1]
    assert last["type"] == "failed"
    assert told in last["message"]


def test_a_picture_is_stopped(client: TestClient, painter: Painter) -> None:
    stop = threading.Event()
    from lib_omost.app.web.painter import Order
    from lib_omost.settings.model import Settings

    order = Order("", "", 128, 128, 50, 5.0, 1, "mini", Settings())
    told = []
    for event in painter.draw(order, stop.is_set):
        told.append(event)
        stop.set()
    assert told[-1] == {"type": "stopped"}
    assert len(told) < 10
    assert client.post("/omost/v1/own/stop", json={"id": "nothing-runs"}).json() == {"stopped": False}


def test_a_picture_of_another_program_is_told_from_ours(client: TestClient) -> None:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    for png in (base64.b64encode(file.getvalue()).decode(), base64.b64encode(b"no picture").decode(), "%%%"):
        answer = client.post("/omost/v1/own/read", json={"png": png})
        assert answer.status_code == 422
        assert "picture" in answer.json()["detail"]


def test_checkpoints_are_those_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "b.safetensors").touch()
    (tmp_path / "notes.txt").touch()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "model_index.json").touch()
    assert Painter(tmp_path).checkpoints() == ["mini", "a", "b.safetensors"]
    assert Painter(tmp_path / "nothing").checkpoints() == ["mini"]


def test_the_page_lets_only_its_own_files_run_and_answers_to_this_computer_alone(client: TestClient) -> None:
    page = client.get("/")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "script-src" not in page.headers["content-security-policy"].replace("default-src", "")
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/favicon.ico").status_code == 200


@pytest.mark.parametrize("accepted", ["", "en-US,en;q=0.9,zh;q=0.5", "xx", "*"])
def test_english_needs_no_words(accepted: str) -> None:
    assert json.loads(words_for(accepted)) == {}


def test_minus_one_is_a_new_seed_as_in_a_webui(client: TestClient) -> None:
    first, second = (draw(client, prompt="a red circle", seed=-1)[-1] for _ in range(2))
    assert first["type"] == second["type"] == "picture"
    assert first["seed"] >= 0
    assert first["seed"] != second["seed"]
    assert json.loads(first["infotext"])["seed"] == first["seed"]


@pytest.mark.parametrize(
    ("index", "methods"),
    [
        ('{"_class_name": "FluxPipeline"}', ["sketch", "layout", "plain"]),
        ('{"_class_name": "StableDiffusionPipeline"}', list(UNET_METHODS)),
        ('{"_class_name": "NobodysPipeline"}', list(UNET_METHODS)),
        ("not JSON", list(UNET_METHODS)),
        ("[]", list(UNET_METHODS)),
    ],
)
def test_each_checkpoint_has_the_methods_that_it_can_do(tmp_path: Path, index: str, methods: list[str]) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "model_index.json").write_text(index)
    assert Painter(tmp_path).methods() == {"mini": list(UNET_METHODS), "a folder": methods}


def test_a_checkpoint_with_gligens_layers_is_offered_their_method(tmp_path: Path) -> None:
    folder, whole, alone = tmp_path / "folder", tmp_path / "whole.safetensors", tmp_path / "plain.safetensors"
    (folder / "unet").mkdir(parents=True)
    (folder / "model_index.json").write_text('{"_class_name": "StableDiffusionGLIGENPipeline"}')
    (folder / "unet" / "config.json").write_text('{"attention_type": "gated"}')
    save_file({"position_net.null_positive_feature": torch.zeros(1), SD1.marker: torch.zeros(1)}, whole)
    save_file({SD1.marker: torch.zeros(1)}, alone)
    (tmp_path / "damaged.safetensors").write_bytes(b"no tensors")
    without, with_layers = list(UNET_METHODS), [*UNET_METHODS, "gligen"]
    names = {"mini": without, "damaged.safetensors": without, "folder": with_layers, "whole.safetensors": with_layers}
    assert Painter(tmp_path).methods() == names | {"plain.safetensors": without}
    beside = Painter(tmp_path, gligen=tmp_path / "layers.safetensors")
    assert beside.methods() == names | {"plain.safetensors": with_layers}
    instances = Painter(tmp_path, gligen=tmp_path / "layers.safetensors", instances=tmp_path)
    own = [*UNET_METHODS, "instancediffusion"]
    both = {"folder": own, "whole.safetensors": own, "plain.safetensors": own}
    assert instances.methods() == names | both


@pytest.mark.parametrize("is_folder", [False, True])
def test_sdxl_is_offered_layers_where_both_files_are_there(tmp_path: Path, *, is_folder: bool) -> None:
    if is_folder:
        (tmp_path / "sdxl").mkdir()
        (tmp_path / "sdxl" / "model_index.json").write_text('{"_class_name": "StableDiffusionXLPipeline"}')
    else:
        save_file({SDXL.marker: torch.zeros(1)}, tmp_path / "sdxl.safetensors")
    one, both = LayerFiles(tmp_path / "a"), LayerFiles(tmp_path / "a", tmp_path / "b")
    methods = [list(Painter(tmp_path, layers=files).methods().items())[1:] for files in (one, both)]
    assert [own for ((_, own),) in methods] == [list(UNET_METHODS), [*UNET_METHODS, "layerdiffuse"]]


def test_a_method_that_the_checkpoint_cannot_do_is_answered_422_with_what_it_needs(client: TestClient) -> None:
    omost = {"enabled": True, "canvas": CODE, "method": "gligen"}
    answer = client.post("/omost/v1/own/draw", json={"id": "0123456789", "omost": omost})
    assert answer.status_code == 422
    assert "the method gligen cannot steer mini" in answer.text
    assert "--gligen" in answer.text


def test_the_panel_begins_with_the_method_of_the_mini_checkpoint(client: TestClient) -> None:
    panel = client.get("/omost/v1/own/panel").json()
    assert panel["fields"]["method"]["default"] == panel["methods"]["mini"][0] == "sketch"
    assert panel["fields"]["method"]["enum"] == list(METHOD_NAMES)
