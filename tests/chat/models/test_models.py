"""The catalogue, the cache, and the hub: its own client against a hub on loopback."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub.constants
import pytest
import torch
from safetensors.torch import save

from lib_omost.app.commands.cli import main
from lib_omost.chat.models import store
from lib_omost.chat.models.catalogue import CATALOGUE, EMBEDDED, ModelSpec, Source, find_model
from lib_omost.chat.models.download import Progress, download
from lib_omost.errors import BadInputError, ModelError, OmostError

COMMIT = "a" * 40
WEIGHTS = save({"weight": torch.arange(50_000, dtype=torch.float32)})
FILES = {"config.json": b"{}", "tokenizer.json": b"[]", "model.safetensors": WEIGHTS, "README.md": b"not wanted"}
SPEC = ModelSpec("tiny", Source.HUB, "owner/tiny")


@dataclass
class Hub:
    files: dict[str, bytes] = field(default_factory=lambda: dict(FILES))
    status: int = 200
    fetched: list[str] = field(default_factory=list)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """The part of the hub's HTTP API that a download uses, and a cache of its own."""
    state = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, *, body: bool) -> None:
            path = self.path.split("?")[0]
            if state.status != 200:
                return self._send(state.status, b'{"error": "no"}', body=body)
            if path.startswith("/api/models/owner/tiny/tree/"):
                tree = [
                    {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
                    for name, data in state.files.items()
                ]
                return self._send(200, json.dumps(tree).encode(), body=body)
            if path.startswith("/api/models/owner/tiny"):
                siblings = [{"rfilename": name, "size": len(data)} for name, data in state.files.items()]
                info = {"id": "owner/tiny", "sha": COMMIT, "siblings": siblings}
                return self._send(200, json.dumps(info).encode(), body=body)
            name = path.rpartition(f"/owner/tiny/resolve/{COMMIT}/")[2]
            if name not in state.files:
                return self._send(404, b"{}", body=body, headers={"X-Error-Code": "RepoNotFound"})
            data = state.files[name]
            if body:
                state.fetched.append(name)
            etag = hashlib.sha256(data).hexdigest()
            return self._send(200, data, body=body, headers={"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT})

        def _send(self, status: int, data: bytes, *, body: bool, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for key, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
                self.send_header(key, value)
            self.end_headers()
            if body:
                self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", url)
        monkeypatch.setattr(
            huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}"
        )
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield state
        server.shutdown()


def test_a_model_is_fetched_once_checked_and_removed(hub: Hub) -> None:
    assert store.find_files(SPEC) is None
    assert store.check(SPEC) == ["it is not on this computer"]
    heard: list[Progress] = []
    path = download(SPEC, heard.append)
    assert sorted(file.name for file in path.iterdir()) == ["config.json", "model.safetensors", "tokenizer.json"]
    assert heard[-1].done == heard[-1].total == len(WEIGHTS) + 4
    assert heard[-1].per_second > 0
    assert (store.find_files(SPEC), store.check(SPEC)) == (path, [])
    assert [(each.repository, each.size) for each in store.stored_models()] == [("owner/tiny", len(WEIGHTS) + 4)]
    fetched = list(hub.fetched)
    download(SPEC, heard.append)
    assert hub.fetched == fetched
    assert store.remove(SPEC) == len(WEIGHTS) + 4
    assert store.stored_models() == []
    with pytest.raises(OmostError, match="not on this computer"):
        store.remove(SPEC)


def test_one_gguf_file_of_many(hub: Hub) -> None:
    hub.files |= {"a.gguf": b"GGUF" + b"x" * 99, "b.gguf": b"GGUF"}
    spec = replace(SPEC, file="a.gguf")
    assert download(spec, lambda _: None).name == "a.gguf"
    assert hub.fetched == ["a.gguf"]
    assert store.check(replace(SPEC, file="b.gguf")) == ["b.gguf is missing or is no GGUF file"]


@pytest.mark.parametrize(
    ("status", "message", "hint"),
    [
        (401, "account", "terms"),
        (403, "account", "terms"),
        (404, "not on the hub", "name"),
        (500, "fetched", "HF_ENDPOINT"),
    ],
)
def test_the_hubs_refusals_say_what_to_do(hub: Hub, status: int, message: str, hint: str) -> None:
    hub.status = status
    with pytest.raises(ModelError, match=message) as caught:
        download(SPEC, lambda _: None)
    assert hint in caught.value.hint


def test_what_cannot_be_used_is_said(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    del hub.files["tokenizer.json"]
    with pytest.raises(ModelError, match="holds no model that can be used"):
        download(SPEC, lambda _: None)
    hub.files = {"README.md": b""}
    with pytest.raises(ModelError, match="no file that is wanted"):
        download(SPEC, lambda _: None)
    hub.files = dict(FILES)
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 10})())
    with pytest.raises(ModelError, match="GB are needed and"):
        download(SPEC, lambda _: None)


@pytest.mark.parametrize("cut", [0, 4, 8, 60, -1])
def test_weights_that_are_cut_off_are_found(hub: Hub, cut: int) -> None:
    path = download(SPEC, lambda _: None)
    blob = (path / "model.safetensors").resolve()
    blob.write_bytes(WEIGHTS[:cut])
    assert store.check(SPEC) == ["model.safetensors is missing or cut off"]
    assert store.find_files(SPEC) is None


def test_every_part_of_the_weights_must_be_there(tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_text("{}")
    assert store.problems_of(tmp_path, "") == ["there are no weights (.safetensors)"]
    (tmp_path / "model.safetensors.index.json").write_text(
        '{"weight_map": {"a": "1.safetensors", "b": "2.safetensors"}}'
    )
    (tmp_path / "1.safetensors").write_bytes(WEIGHTS)
    assert store.problems_of(tmp_path, "") == ["2.safetensors is missing or cut off"]


def test_the_catalogue_has_all_omost_models_and_says_which_is_unfiltered() -> None:
    hub_ids = {spec.where for spec in CATALOGUE if spec.source is Source.HUB}
    assert hub_ids == {
        f"lllyasviel/omost-{name}"
        for model, bits in (("llama-3-8b", 4), ("dolphin-2.9-llama3-8b", 4), ("phi-3-mini-128k", 8))
        for name in (model, f"{model}-{bits}bits")
    }
    assert len({spec.name for spec in CATALOGUE}) == len(CATALOGUE)
    for spec in CATALOGUE:
        assert ("unfiltered" in spec.note) == ("dolphin" in spec.where)
        assert spec.knows_canvas == (spec is not EMBEDDED)
        assert spec.memory_needed > spec.size > 0


def test_a_name_means_a_model(tmp_path: Path) -> None:
    assert find_model("smollm2") is EMBEDDED
    assert find_model("lllyasviel/omost-llama-3-8b").name == "omost-llama-3-8b"
    (tmp_path / "x.safetensors").write_bytes(b"12345")
    assert find_model(str(tmp_path)).size == 5
    gguf = find_model("some/where/model.gguf")
    assert (gguf.source, gguf.knows_canvas) == (Source.PATH, False)
    other = find_model("owner/name:dir/file.gguf")
    assert (other.source, other.where, other.file) == (Source.HUB, "owner/name", "dir/file.gguf")
    assert find_model("someone/Omost-mine").knows_canvas
    assert find_model("owner/name", knows_canvas=True).knows_canvas
    for wrong in ("", "no such model", "a/b/c"):
        with pytest.raises(BadInputError, match="no language model"):
            find_model(wrong)


def test_the_command(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: str) -> tuple[int, str, str]:
        code = main(["models", *words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    assert run("check", "owner/tiny")[0] == 1
    code, out, err = run("download", "owner/tiny")
    assert (code, out) == (0, "")
    assert "fetching" in err
    assert run("check", "owner/tiny")[0] == 0
    listed: list[dict[str, object]] = json.loads(run("list")[1])
    assert [(each["name"], each["here"]) for each in listed][-1] == ("owner/tiny", True)
    assert any("unfiltered" in str(each["note"]) for each in listed)
    assert run("remove", "owner/tiny")[0] == 0
    assert run("remove", "owner/tiny")[0] == 1
    assert run("download", "smollm2")[0] == 2
    hub.status = 500
    code, _, err = run("download", "owner/tiny")
    assert code == 1
    assert "what was fetched stays" in err
