"""`bench regions --host` and `bench steps` against a WebUI's API: a small server that answers as one does."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lib_omost.app.commands.cli import main
from lib_omost.bench.layouts import make_layouts
from lib_omost.bench.regions import MEASURED_METHODS
from lib_omost.bench.steps import measure
from lib_omost.bench.webui import PEERS, WebUI
from lib_omost.canvas import parse_canvas
from lib_omost.errors import BadInputError, ModelError
from lib_omost.mini.scenes import OBJECT_COLORS


class Server(ThreadingHTTPServer):
    """Draws the boxes of an Omost canvas in their colours, and gray for any other request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.scripts = ["omost", "forge couple", "refiner"]
        self.jobs: list[dict[str, Any]] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self._answer({"txt2img": self.server.scripts, "img2img": []})

    def do_POST(self) -> None:
        job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.jobs.append(job)
        picture = np.full((128, 128, 3), 128, np.uint8)
        omost = job.get("alwayson_scripts", {}).get("Omost")
        if omost and omost["args"][0].get("method") == "score":
            for region in parse_canvas(omost["args"][0]["canvas"]).regions:
                top, bottom, left, right = (edge * 128 // 90 for edge in region.rect)
                picture[top:bottom, left:right] = OBJECT_COLORS[region.color_name]
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "PNG")
        self._answer({"images": [base64.b64encode(file.getvalue()).decode()]})

    def _answer(self, data: object) -> None:
        body = json.dumps(data).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_peers_that_are_installed_are_drawn_beside_ours(server: Server) -> None:
    assert WebUI(server.url).methods() == ("plain", "forge couple", "decomposition", "score", "sketch")


def test_the_command_judges_what_the_webui_draws(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    server.scripts = ["omost"]
    assert main(["bench", "regions", "--host", server.url, "--checkpoint", "mini", "--layouts", "1", "--json"]) == 0
    methods = json.loads(capsys.readouterr().out)["methods"]
    assert list(methods) == list(MEASURED_METHODS)
    assert methods["score"]["regions_right"]["value"] > methods["plain"]["regions_right"]["value"]
    assert {job["override_settings"]["sd_model_checkpoint"] for job in server.jobs} == {"mini"}
    assert {job["seed"] for job in server.jobs} == {layout.seed for layout in make_layouts(1)}


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("layout", make_layouts(3), ids=lambda layout: str(layout.seed))
def test_a_peer_is_asked_for_the_same_boxes(server: Server, peer: str, layout: Any) -> None:
    WebUI(server.url).draw(layout, peer)
    (job,) = server.jobs
    ((name, script),) = job["alwayson_scripts"].items()
    assert name.lower() == peer
    if peer == "forge couple":
        background, *boxes = script["args"][7]
        assert background[:4] == [0, 1, 0, 1]
        assert len(boxes) == len(layout.asked) == len(job["prompt"].splitlines()) - 1
        for (x0, x1, y0, y1, _), asked in zip(boxes, layout.asked, strict=True):
            assert (round(y0 * 90), round(y1 * 90), round(x0 * 90), round(x1 * 90)) == tuple(asked.rect)
    else:
        mask = np.asarray(Image.open(io.BytesIO(base64.b64decode(script["args"][16].partition(",")[2]))))
        background, *prompts = job["prompt"].split(" BREAK ")
        assert len(prompts) == len(layout.asked)
        assert len(np.unique(mask.reshape(-1, 3), axis=0)) == len(layout.asked) + 1
        assert "background" in background
        side = len(mask)
        covered = np.zeros((side, side), bool)
        for asked, words in reversed(
            list(zip(layout.asked, prompts, strict=True))
        ):  # a later box lies over an earlier one
            assert asked.color in words
            box = np.zeros((side, side), bool)
            top, bottom, left, right = (edge * side // 90 for edge in asked.rect)
            box[top:bottom, left:right] = True
            seen = mask[box & ~covered]
            assert len(np.unique(seen, axis=0)) == 1
            assert np.array_equal((mask == seen[0]).all(-1), box & ~covered)
            covered |= box


def test_a_webui_without_the_extension_is_told(server: Server) -> None:
    server.scripts = ["refiner"]
    with pytest.raises(BadInputError, match="has no Omost"):
        WebUI(server.url).methods()


def test_a_failure_of_the_webui_is_told_with_its_words(server: Server) -> None:
    server.status = 500
    with pytest.raises(ModelError, match="answered 500"):
        WebUI(server.url).draw(make_layouts(1)[0], "score")


def test_a_webui_that_is_not_there_is_told(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    gone = "http://127.0.0.1:9"
    assert main(["bench", "regions", "--host", gone, "--layouts", "1"]) == 1
    assert "does not answer" in capsys.readouterr().err


def test_steps_are_timed_with_equally_many_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("lib_omost.bench.steps.perf_counter", lambda: clock[0])
    seen = []

    def draw(request: dict[str, Any]) -> None:
        seen.append(request)
        clock[0] += 5 + request["steps"] * (0.5 if "alwayson_scripts" in request else 1.0)  # 5 s that are no step

    canvas = make_layouts(1)[0].canvas
    times = measure(draw, canvas, lambda text: text.split(), size=64, rounds=2)
    assert (times.own, times.regional, times.ratio) == (1.0, 0.5, 0.5)
    assert times.tokens == 77 * 3
    assert sum("BREAK" in request["prompt"] for request in seen) == 6
    assert all(request["prompt"].count(" BREAK ") in (0, 2) for request in seen)


def test_the_command_prints_the_ratio(server: Server, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from lib_omost.canvas import write_canvas

    file = tmp_path / "canvas.txt"
    file.write_text(write_canvas(make_layouts(1)[0].canvas))
    arguments = ["bench", "steps", str(file), "--host", server.url, "--size", "64", "--rounds", "1"]
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out).keys() == {"own", "regional", "ratio", "tokens"}
    assert main(arguments) == 0
    assert "ratio" in capsys.readouterr().out
