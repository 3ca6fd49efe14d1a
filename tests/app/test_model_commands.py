"""chat, render and demo: the language model is a queue, the image model the real mini checkpoint."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from lib_omost.app.commands import render as render_command
from lib_omost.canvas import canvas_from_json, parse_canvas
from lib_omost.chat.conversation.conversation import Conversation, Round
from lib_omost.chat.conversation.history import read_history, write_history
from lib_omost.chat.conversation.history_json import read_history_json
from lib_omost.chat.model import Piece, Sampling
from lib_omost.errors import ServerError
from tests.hosts.tiny_pipelines import flux_pipeline
from tests.language_model import Asked, written

QUICK = ["--steps", "2", "--size", "64x64"]


def test_chat_prints_the_reply_and_counts_tokens(omost: Callable, language_model: Any, shapes: Path) -> None:
    language_model.replies = [shapes.read_text()]
    ran = omost("chat", "a red circle")
    assert ran.code == 0
    assert ran.out == shapes.read_text()
    assert "token" in ran.err
    assert language_model.asked[0].messages[-1].content == "a red circle"


def test_a_seed_is_told_and_gives_the_same_sampling_again(omost: Callable, language_model: Any, shapes: Path) -> None:
    language_model.replies = [shapes.read_text()] * 3
    ran = omost("chat", "a red circle")
    seed = int(ran.err.split("chat seed: ")[1].split()[0])
    omost("chat", "a red circle", "--chat-seed", seed)
    first, second = (asked.sampling for asked in language_model.asked)
    assert first == second == Sampling(seed=seed)
    language_model.knows_canvas = False  # it takes the likeliest tokens, as on the page
    omost("chat", "a red circle")
    assert language_model.asked[-1].sampling.temperature == 0


def test_a_chat_that_is_too_long_says_what_is_left_out(omost: Callable, language_model: Any, tmp_path: Path) -> None:
    history = tmp_path / "chat.md"
    rounds = tuple(Round(f"message {number}", "r" * 1000) for number in range(9))
    history.write_text(write_history(Conversation(rounds)))
    language_model.replies = ["so be it"]
    ran = omost("chat", "now", "--history", history)
    assert "the 5 oldest are left out" in ran.err
    assert len(read_history(history.read_text()).rounds) == 10


def test_what_is_to_be_known_of_a_reply_is_said(omost: Callable, language_model: Any) -> None:
    language_model.answer = lambda asked: iter([Piece("so be it", 3, 3, "the reply was ended")])
    assert "the reply was ended" in omost("chat", "a cat").err


def test_a_reply_without_a_canvas_is_a_failure_and_kept(omost: Callable, language_model: Any, tmp_path: Path) -> None:
    history = tmp_path / "chat.md"
    language_model.answer = lambda asked: iter([Piece("I would rather not.", 5, 5)])
    ran = omost("chat", "a cat", "--history", history)
    assert ran.code == 1
    assert "the reply holds no canvas" in ran.err
    assert "--retry" in ran.err
    assert "I would rather not." in ran.out
    assert "I would rather not." in history.read_text(encoding="utf-8")


def test_a_history_file_carries_the_conversation_on(
    omost: Callable, language_model: Any, shapes: Path, tmp_path: Path
) -> None:
    history, reply = tmp_path / "chat.md", tmp_path / "reply.md"
    language_model.replies = [shapes.read_text(), "a second reply"]
    omost("chat", "a red circle", "--history", history, "-o", reply)
    assert reply.read_text() == shapes.read_text()
    omost("chat", "make it blue", "--history", history)
    assert [message.role for message in language_model.asked[1].messages] == ["system", "user", "assistant", "user"]
    rounds = read_history(history.read_text()).rounds
    assert [(round_.message, round_.reply) for round_ in rounds] == [
        ("a red circle", shapes.read_text().strip()),
        ("make it blue", "a second reply"),
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
@pytest.mark.parametrize("name", ["chat.md", "chat.json"])
def test_a_new_history_is_its_owners_alone_and_an_old_one_keeps_its_rights(
    omost: Callable, language_model: Any, shapes: Path, tmp_path: Path, name: str
) -> None:
    history = tmp_path / name
    for mode in (0o600, 0o644):
        language_model.replies = [shapes.read_text()]
        assert omost("chat", "a red circle", "--history", history).code == 0
        assert history.stat().st_mode & 0o777 == mode
        history.chmod(0o644)


def test_a_composer_changes_the_canvas_of_the_file_as_it_stands(
    omost: Callable, language_model: Any, tmp_path: Path
) -> None:
    history = tmp_path / "chat.md"
    language_model.composes = True
    language_model.replies = [
        "scene: sea\nred boat; left; red\ntower; right\n",
        "remove 9\n",  # the change before is done without the model
        "swap 1, 2\n",
    ]
    omost("chat", "a boat and a tower", "--history", history)
    text = history.read_text().replace("description='Tower.',", "description='Tower.',\n    free_rect=[3, 50, 60, 88],")
    history.write_text(text)  # by hand
    before = parse_canvas(read_history(text).rounds[0].reply)
    ran = omost("chat", "make the boat green", "--history", history)
    assert ran.code == 0
    assert ran.out.startswith("Red boat: green.")
    green = parse_canvas(read_history(history.read_text()).rounds[1].reply)
    assert green.regions[1] == before.regions[1]
    assert green.regions[1].free_rect == (3, 50, 60, 88)
    ran = omost("chat", "remove the kite", "--history", history)
    assert ran.code == 1
    assert "9 is not in the canvas; there is: 1 green boat, 2 tower" in ran.err
    assert parse_canvas(read_history(history.read_text()).rounds[2].reply) == green
    omost("chat", "--retry", "--history", history)
    assert parse_canvas(read_history(history.read_text()).rounds[2].reply) != green


def test_a_failure_leaves_the_history_as_it_was(omost: Callable, language_model: Any, tmp_path: Path) -> None:
    history = tmp_path / "chat.md"
    language_model.replies = ["first", "  "]
    omost("chat", "one", "--history", history)
    before = history.read_text()
    ran = omost("chat", "two", "--history", history)
    assert ran.code == 1
    assert "empty reply" in ran.err
    assert history.read_text() == before


def test_a_reply_that_fits_no_file_is_printed_and_its_history_kept(
    omost: Callable, language_model: Any, tmp_path: Path
) -> None:
    history = tmp_path / "chat.md"
    (tmp_path / "file").write_text("x")
    language_model.replies = ["it took minutes"]
    ran = omost("chat", "a", "-o", tmp_path / "file" / "reply.md", "--history", history)
    assert ran.code == 1
    assert "reply.md cannot be written" in ran.err
    assert ran.out == "it took minutes\n"
    assert read_history(history.read_text()).rounds == (Round("a", "it took minutes"),)


@pytest.mark.parametrize(("content", "message"), [("hello", "line 1"), ("### User\n\nhello\n", "without a reply")])
def test_a_history_that_cannot_be_continued_is_bad_input(
    omost: Callable, language_model: Any, tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "chat.md").write_text(content)
    ran = omost("chat", "more", "--history", tmp_path / "chat.md")
    assert ran.code == 2
    assert message in ran.err


@pytest.mark.parametrize("options", [["--temperature", "-1"], ["--top-p", "0"], ["--max-tokens", "0"], [""]])
def test_bad_chat_options_are_refused(omost: Callable, language_model: Any, options: list[str]) -> None:
    arguments = ["chat", *options] if options == [""] else ["chat", "x", *options]
    assert omost(*arguments).code == 2


def test_a_chat_is_edited_through_its_file(omost: Callable, language_model: Any, tmp_path: Path) -> None:
    history = tmp_path / "chat.json"
    language_model.replies = ["1", "2", "3", "2b", "other", " more"]

    def rounds() -> list[tuple[str, str]]:
        read = read_history_json(history.read_text())
        return [(round_.message, round_.reply) for round_ in read.rounds]

    for message in ("a", "b", "c"):
        omost("chat", message, "--history", history)
    assert omost("chat", "--undo", "--history", history).code == 0
    assert rounds() == [("a", "1"), ("b", "2")]
    omost("chat", "--retry", "--history", history)
    assert rounds() == [("a", "1"), ("b", "2b")]
    omost("chat", "A", "--edit", 1, "--history", history)
    assert [message for message, _ in rounds()] == ["A"]
    omost("chat", "--go-on", "--history", history)
    assert language_model.asked[-1].messages[-1].role == "assistant"
    assert rounds() == [("A", "other more")]
    for wrong in (["--retry", "x"], ["x", "--edit", "9"], [], ["--undo", "--history", tmp_path / "none.md"]):
        assert omost("chat", *wrong).code == 2


@pytest.mark.parametrize(
    ("error", "code"), [(ServerError("the server broke off", hint="again"), 1), (KeyboardInterrupt(), 130)]
)
def test_a_reply_that_breaks_off_is_kept_as_far_as_it_came(
    omost: Callable, language_model: Any, tmp_path: Path, request: Any, error: BaseException, code: int
) -> None:
    history = tmp_path / "chat.md"
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a runner in the background may ignore Ctrl-C
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))

    def answer(asked: Asked) -> Iterator[Piece]:
        yield from written("x" * 40, asked, step=20)
        if not isinstance(error, KeyboardInterrupt):
            raise error
        time.sleep(0.5)  # until the two pieces have been heard
        signal.raise_signal(signal.SIGINT) if os.name == "nt" else os.kill(os.getpid(), signal.SIGINT)
        over = time.monotonic() + 10
        while not asked.should_stop() and time.monotonic() < over:
            time.sleep(0.01)

    language_model.answer = answer
    ran = omost("chat", "a cat", "--history", history)
    assert ran.code == code
    assert ran.out == "x" * 40 + "\n"
    assert read_history(history.read_text()).rounds[0].reply == "x" * 40


def test_a_server_is_chatted_with_and_the_key_comes_from_the_environment(
    omost: Callable, monkeypatch: pytest.MonkeyPatch, shapes: Path
) -> None:
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("application/json", b'{"data": [{"id": "tiny", "owned_by": "me"}]}')

        def do_POST(self) -> None:
            seen.append(self.headers["Authorization"])
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert body["grammar"].startswith("root ::=")
            choice = {"delta": {"content": shapes.read_text()}, "finish_reason": "stop"}
            self._answer("text/event-stream", b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n")

        def _answer(self, kind: str, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    monkeypatch.setenv("OMOST_API_KEY", "sk-secret")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        ran = omost("chat", "a red circle", "--server", f"http://127.0.0.1:{server.server_address[1]}")
        server.shutdown()
    assert ran.code == 0, ran.err
    assert ran.out == shapes.read_text()
    assert seen == ["Bearer sk-secret"]
    assert "sk-secret" not in ran.err
    ran = omost("chat", "x", "--server", f"http://127.0.0.1:{server.server_address[1]}")
    assert ran.code == 1
    assert "start the server" in ran.err


def test_a_language_model_that_is_not_there_is_a_failure(omost: Callable, tmp_path: Path) -> None:
    ran = omost("chat", "x", "--model", tmp_path / "none.gguf")
    assert ran.code == 1
    assert "none.gguf" in ran.err


def test_render_writes_the_picture_and_says_its_seed(omost: Callable, shapes: Path, tmp_path: Path) -> None:
    ran = omost("render", shapes, "-o", tmp_path / "a.png", *QUICK)
    assert ran.code == 0, ran.err
    assert ran.out == ""
    seed = ran.err.split("seed: ")[1].split()[0]
    assert "drawing" in ran.err
    omost("render", shapes, "-o", tmp_path / "b.png", *QUICK, "--seed", seed)
    assert Image.open(tmp_path / "a.png").tobytes() == Image.open(tmp_path / "b.png").tobytes()
    assert Image.open(tmp_path / "a.png").size == (64, 64)


def test_render_draws_with_a_folder_of_a_transformer_and_says_its_memory(
    omost: Callable, shapes: Path, tmp_path: Path
) -> None:
    flux_pipeline().save_pretrained(tmp_path / "flux")
    options = ("--checkpoint", tmp_path / "flux", "--steps", "2", "--size", "64x96")
    ran = omost("render", shapes, "-o", tmp_path / "a.png", *options)
    assert ran.code == 0, ran.err
    assert "the model's weights take 0.0 GB on" in ran.err
    assert Image.open(tmp_path / "a.png").size == (64, 96)
    ran = omost("render", shapes, "-o", tmp_path / "b.png", *options, "--method", "decomposition")
    assert ran.code == 2
    assert "the method decomposition cannot steer Flux 1" in ran.err
    assert not (tmp_path / "b.png").exists()


def test_a_batch_is_numbered(omost: Callable, shapes: Path, tmp_path: Path) -> None:
    omost("render", shapes, "-o", tmp_path / "a.png", *QUICK, "--batch", "2", "--hires", "1.5", "--denoise", "0.9")
    assert sorted(file.name for file in tmp_path.glob("*.png")) == ["a-1.png", "a-2.png"]
    assert Image.open(tmp_path / "a-2.png").size == (96, 96)


@pytest.mark.parametrize("option", ["--size 65x64", "--steps 0", "--checkpoint /nowhere", "--denoise 2"])
def test_bad_picture_options_are_refused(omost: Callable, shapes: Path, tmp_path: Path, option: str) -> None:
    ran = omost("render", shapes, "-o", tmp_path / "a.png", *option.split())
    assert ran.code == 2
    assert ran.err.count("\n") >= 1
    assert not list(tmp_path.glob("*.png"))


def test_the_demo_goes_the_whole_road(omost: Callable, language_model: Any, shapes: Path, tmp_path: Path) -> None:
    language_model.replies = [shapes.read_text()]
    ran = omost("demo", "a red circle", "--out", tmp_path / "out", *QUICK)
    assert ran.code == 0, ran.err
    out = tmp_path / "out"
    assert sorted(file.name for file in out.iterdir()) == ["canvas.json", "draft.png", "image.png", "reply.md"]
    assert canvas_from_json(json.loads((out / "canvas.json").read_text())).regions[0].description == "A red circle."
    assert all(str(out / name) in ran.err for name in ("reply.md", "canvas.json", "draft.png", "image.png"))


def test_the_demo_keeps_what_is_finished(omost: Callable, language_model: Any, tmp_path: Path) -> None:
    language_model.replies = ["I would rather not."]
    ran = omost("demo", "a red circle", "--out", tmp_path / "out", *QUICK)
    assert ran.code == 2
    assert (tmp_path / "out" / "reply.md").read_text() == "I would rather not.\n"
    assert not (tmp_path / "out" / "image.png").exists()


def test_stopping_by_hand_is_no_crash(
    omost: Callable, shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> list[Path]:
        raise KeyboardInterrupt

    monkeypatch.setattr(render_command, "write_pictures", stopped)
    ran = omost("render", shapes, "-o", tmp_path / "a.png")
    assert ran.code == 130
    assert "stopped" in ran.err
