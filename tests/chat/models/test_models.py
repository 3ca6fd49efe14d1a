"""The catalogue, the cache, and the hub: its own client against a hub on loopback."""

from __future__ import annotations

import hashlib
import json
import re
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
    commit: str = COMMIT
    versions: dict[str, dict[str, bytes]] = field(default_factory=dict)  # of other commits than the newest
    asked: list[str] = field(default_factory=list)
    large: bool = False  # files are told with their SHA-256, as those of weights are
    corrupt: bool = False
    files: dict[str, bytes] = field(default_factory=lambda: dict(FILES))
    status: int = 200
    fetched: list[str] = field(default_factory=list)


def sibling(name: str, data: bytes, *, large: bool) -> dict[str, object]:
    told: dict[str, object] = {"rfilename": name, "size": len(data), "blobId": hashlib.sha1(data).hexdigest()}
    if large:
        told["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
    return told


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
            state.asked.append(path)
            revision = path.rpartition("/revision/")[2] if "/revision/" in path else state.commit
            if "/resolve/" in path:
                revision = path.partition("/resolve/")[2].partition("/")[0]
            if "/tree/" in path:
                revision = path.partition("/tree/")[2].partition("/")[0]
            revision = state.commit if revision == "main" else revision
            files = {state.commit: state.files, **state.versions}.get(revision)
            if files is None and state.status == 200:
                return self._send(404, b"{}", body=body, headers={"X-Error-Code": "RevisionNotFound"})
            if state.status != 200:
                return self._send(state.status, b'{"error": "no"}', body=body)
            if path.startswith("/api/models/owner/tiny/tree/"):
                tree = [
                    {"type": "file", "path": name, "size": len(data), "oid": hashlib.sha1(data).hexdigest()}
                    for name, data in files.items()
                ]
                return self._send(200, json.dumps(tree).encode(), body=body)
            if path.startswith("/api/models/owner/tiny"):
                siblings = [sibling(name, data, large=state.large) for name, data in files.items()]
                info = {"id": "owner/tiny", "sha": revision, "siblings": siblings}
                return self._send(200, json.dumps(info).encode(), body=body)
            name = path.rpartition(f"/owner/tiny/resolve/{revision}/")[2]
            if name not in files:
                return self._send(404, b"{}", body=body, headers={"X-Error-Code": "RepoNotFound"})
            data = files[name]
            if body:
                state.fetched.append(name)
            etag = hashlib.sha256(data).hexdigest()
            data = data[:-1] + b"!" if state.corrupt else data
            return self._send(200, data, body=body, headers={"ETag": f'"{etag}"', "X-Repo-Commit": revision})

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


OTHER = "b" * 40


def newer(hub: Hub) -> None:
    """The owner puts another version in the place of the one that was tried."""
    hub.versions = {COMMIT: dict(hub.files)}
    hub.commit, hub.files = OTHER, {**hub.files, "config.json": b'{"other": 1}'}


def test_a_model_stays_at_the_version_of_its_first_download(hub: Hub) -> None:
    path = download(SPEC, lambda _: None)
    newer(hub)
    (path / "config.json").unlink()
    assert store.find_files(SPEC) is None
    assert download(SPEC, lambda _: None) == path
    assert path.name == COMMIT
    assert (path / "config.json").read_bytes() == FILES["config.json"]
    store.remove(SPEC)
    assert download(SPEC, lambda _: None).name == OTHER


def test_a_version_that_another_program_fetched_is_not_taken(hub: Hub) -> None:
    path = download(SPEC, lambda _: None)
    newer(hub)
    huggingface_hub.snapshot_download(SPEC.where, cache_dir=str(store.cache_folder()))
    assert (path.parent / OTHER).is_dir()
    assert store.find_files(SPEC) == path


def test_a_model_may_name_its_version(hub: Hub) -> None:
    newer(hub)
    assert download(replace(SPEC, revision=COMMIT), lambda _: None).name == COMMIT


def test_other_files_under_the_same_version_are_refused(hub: Hub) -> None:
    path = download(SPEC, lambda _: None)
    (path / "config.json").unlink()
    hub.files["model.safetensors"] = WEIGHTS[:-1] + b"!"
    fetched = list(hub.fetched)
    with pytest.raises(
        ModelError, match=r"another model\.safetensors of version aaaaaaaaaa than at the first"
    ) as caught:
        download(SPEC, lambda _: None)
    assert "models remove" in caught.value.hint
    assert hub.fetched == fetched


def test_a_version_that_is_gone_says_how_to_take_another(hub: Hub) -> None:
    path = download(SPEC, lambda _: None)
    (path / "config.json").unlink()
    newer(hub)
    hub.versions = {}
    with pytest.raises(ModelError, match="has no longer the version") as caught:
        download(SPEC, lambda _: None)
    assert "models remove" in caught.value.hint


def test_a_file_that_is_not_what_the_hub_says_is_taken_away(hub: Hub) -> None:
    hub.large, hub.corrupt = True, True
    with pytest.raises(ModelError, match="came as another file"):
        download(SPEC, lambda _: None)
    assert store.find_files(SPEC) is None
    hub.corrupt = False
    assert download(SPEC, lambda _: None).name == COMMIT


def test_a_hub_that_names_no_commit_is_refused(hub: Hub) -> None:
    hub.commit = "..%2f.."
    with pytest.raises(ModelError, match="names no commit"):
        download(SPEC, lambda _: None)


def test_going_on_wants_room_for_the_rest(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of five parts three are here, and one was begun."""
    parts = {f"{number}.safetensors": save({"w": torch.arange(1000 * number)}) for number in range(1, 6)}
    index = {"weight_map": {str(number): name for number, name in enumerate(parts)}}
    hub.large, hub.files = True, {**FILES, **parts, "model.safetensors.index.json": json.dumps(index).encode()}
    path = download(SPEC, lambda _: None)
    blobs = store.model_folder(SPEC) / "blobs"
    for name in ("4.safetensors", "5.safetensors"):
        (path / name).resolve().unlink()
        (path / name).unlink()
    begun = blobs / f"{hashlib.sha256(parts['5.safetensors']).hexdigest()}.incomplete"
    begun.write_bytes(parts["5.safetensors"][:30_000])
    rest = len(parts["4.safetensors"]) + len(parts["5.safetensors"]) - 30_000
    free = [rest - 1]
    monkeypatch.setattr(
        "shutil.disk_usage", lambda _: type("Usage", (), {"free": free[0], "total": 10**9, "used": 0})()
    )
    with pytest.raises(ModelError, match="GB are needed and"):
        download(SPEC, lambda _: None)
    free[0] = rest
    assert download(SPEC, lambda _: None) == path


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        (OSError(28, "No space left on device"), "does not fit the disk of", "free some space"),
        (PermissionError(13, "Permission denied", "/x"), "cannot be kept in .*: Permission denied", "HF_HOME"),
        (OSError(30, "Read-only file system", "/x"), "cannot be kept in .*: Read-only", "HF_HOME"),
        (FileExistsError(17, "File exists", "/x"), "cannot be kept in", "HF_HOME"),
    ],
)
def test_a_disk_is_no_connection(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, error: OSError, message: str, hint: str
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fails)
    with pytest.raises(ModelError, match=message) as caught:
        download(SPEC, lambda _: None)
    assert hint in caught.value.hint
    assert "connection" not in caught.value.hint


def test_no_connection_is_asked_for_where_none_is_allowed_or_the_name_is_none(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ModelError, match="no name of a model on the hub"):
        download(replace(SPEC, where="a--b/..c"), lambda _: None)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="stay offline") as caught:
        download(SPEC, lambda _: None)
    assert "HF_HUB_OFFLINE" in caught.value.hint


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
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1})())
    with pytest.raises(ModelError, match="GB are needed and"):  # for tokenizer.json: the others have come
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
    assert len({spec.name for spec in CATALOGUE}) == len({spec.title for spec in CATALOGUE}) == len(CATALOGUE)
    for spec in CATALOGUE:
        assert spec.title
        said = re.search(r"([\d.]+) ([MG])B", spec.note)
        assert said is not None, "how much is fetched"
        with_packages = 2 if spec is EMBEDDED else 1  # those of its worker are as large as it
        fetched = float(said[1]) * {"M": 2**20, "G": 10**9}[said[2]]
        assert fetched == pytest.approx(with_packages * spec.size, rel=0.03)
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
