"""The chat in real hosts, through the worker: its packages come by themselves, and its memory goes again."""

from __future__ import annotations

import json
import re
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from webui_process import HOSTS, setting

from lib_omost.canvas import canvas_from_json, parse_canvas
from tests.hosts.installed.conftest import RealHost, running_host
from tests.hosts.installed.jobs import draw, omost

MESSAGE = "a red circle on the left and a blue square on the right"
PAGE_MS = 120_000
MESSAGE_SECONDS = 900  # the first one, with the packages, on a busy computer
STAMPS = "worker/*/overlay/omost-overlay.json"
SECRET = "sk-a-key-that-nobody-may-see"


@pytest.fixture(scope="module", params=list(HOSTS))
def host(request: pytest.FixtureRequest, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealHost]:
    """A host of its own, which the last test kills."""
    with running_host(request.param, tmp_path_factory.mktemp(request.param)) as running:
        yield running


@dataclass
class Told:
    """What came of a message: its events, when each came, what the worker had computed by then, and its process.

    `seconds` are for reading alone; `computed` is the worker's time on the processor, in seconds.
    """

    events: list[dict[str, Any]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    computed: list[float] = field(default_factory=list)
    workers: set[int] = field(default_factory=set)
    most_bytes: int = 0

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["type"] == kind]

    def first(self, kind: str, phase: str = "") -> float:
        """Seconds until the first such event."""
        timed = zip(self.seconds, self.events, strict=True)
        return next(at for at, event in timed if event["type"] == kind and phase in event.get("phase", ""))


def workers_of(host: RealHost) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(host.pid).children(recursive=True):
        try:
            if "lib_omost.chat.worker.child" in child.cmdline():
                found.append(child)
        except psutil.NoSuchProcess:
            continue
    return found


def tell(host: RealHost, text: str = MESSAGE, model: str = "") -> Told:
    told, began = Told(), time.monotonic()
    body = {"id": uuid.uuid4().hex, "message": text, "model": model}
    with httpx.stream("POST", f"{host.url}/omost/v1/chat", json=body, timeout=MESSAGE_SECONDS) as answer:
        for line in answer.iter_lines():
            if line:
                told.events.append(json.loads(line))
                told.seconds.append(time.monotonic() - began)
            computed = 0.0
            if not told.of("end"):
                for worker in workers_of(host):
                    told.workers.add(worker.pid)
                    told.most_bytes = max(told.most_bytes, worker.memory_info().rss)
                    computed += sum(worker.cpu_times()[:2])
            told.computed += [computed] * (len(told.events) - len(told.computed))
    return told


def frozen(host: RealHost) -> str:
    command = [host.python, "-m", "pip", "--disable-pip-version-check", "freeze"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def guarded_of(host: RealHost) -> set[str | None]:
    """What the host's API tells of the options that it must not hold. A1111 lists every option with its default."""
    options = host.get("sdapi/v1/options")
    return {options.get(name) for name in ("omost_server", "omost_key", "omost_model")}


def set_options(host: RealHost, **options: Any) -> None:
    assert host.call("options", options).status_code == 200


def test_a_first_message_installs_packages_and_gives_a_canvas(host: RealHost, data: Path) -> None:
    before = frozen(host)
    set_options(host, omost_unload="when memory is short")
    overlays = len(list(data.glob(STAMPS)))
    told = tell(host)
    assert told.events[-1]["type"] == "end", told.events[-1]
    canvas = parse_canvas(told.events[-1]["reply"])
    assert canvas.regions
    assert canvas_from_json(told.of("canvas")[-1]["canvas_json"]) == canvas
    assert frozen(host) == before
    is_new = len(list(data.glob(STAMPS))) > overlays
    if is_new:
        assert told.first("status", "installing") < told.first("status", "starting")
    at_first = told.computed[told.events.index(told.of("written")[0])]
    ready = told.computed[told.events.index(next(event for event in told.of("status") if event["phase"] == "writing"))]
    # as it is written: the hosts compress, and would keep it back
    assert at_first - ready < 0.8 * (max(told.computed) - ready)
    assert len(told.workers) == 1
    assert workers_of(host)  # it idles: nothing else wants the memory
    again = tell(host)
    assert again.workers == told.workers
    assert not [event for event in again.of("status") if event["phase"] in {"installing", "starting", "loading"}]
    print(
        f"\n{host.name}: packages {'installed' if is_new else 'there'} after {told.first('status', 'starting'):.0f} s, "
        f"ready {told.first('status', 'ready'):.0f} s, first text {told.first('written'):.0f} s, "
        f"end {told.seconds[-1]:.0f} s; the next message: first text {again.first('written'):.1f} s, "
        f"end {again.seconds[-1]:.0f} s; the worker took {told.most_bytes / 2**20:.0f} MiB"
    )


def test_the_workers_memory_is_gone_and_a_picture_is_drawn(host: RealHost) -> None:
    set_options(host, omost_unload="always")
    told = tell(host)
    assert told.events[-1]["type"] == "end", told.events[-1]
    assert told.workers
    assert workers_of(host) == []
    images, infotext = draw(host, **omost(canvas=told.events[-1]["reply"]))
    assert images[0].getextrema() != ((0, 0), (0, 0), (0, 0))
    assert "Omost canvas" in infotext


def test_a_picture_is_the_same_beside_a_worker(host: RealHost) -> None:
    set_options(host, omost_unload="never")
    tell(host)
    assert len(workers_of(host)) == 1
    draw(host)
    assert len(workers_of(host)) == 1
    before, _ = draw(host)
    set_options(host, omost_unload="always")
    tell(host)
    assert workers_of(host) == []
    after, _ = draw(host)
    assert before[0].tobytes() == after[0].tobytes()  # with and without a worker beside it


def test_the_api_reaches_no_address_no_key_and_no_model(host: RealHost, data: Path) -> None:
    secrets = {"omost_server": "http://127.0.0.1:9/v1", "omost_key": SECRET, "omost_model": "someone/evil"}
    host.call("options", secrets)
    host.call("txt2img", {"steps": 1, "width": 64, "height": 64, "override_settings": secrets})
    assert guarded_of(host) <= {"", None}
    models = host.get("omost/v1/models")["models"]
    assert not [model for model in models if model["name"].startswith("server") or "evil" in model["name"]]
    for name in ("someone/evil", "http://127.0.0.1:9", "server: x", "/etc"):
        (refused,) = tell(host, model=name).events
        assert refused["type"] == "failed"
        assert "to choose" in refused["message"] or "no server" in refused["message"]


def test_an_owners_server_is_offered_and_its_key_is_nowhere(host: RealHost, data: Path) -> None:
    kept = data / "settings.json"
    kept.write_text(json.dumps({"server": "http://127.0.0.1:9", "key": SECRET}), encoding="utf-8")
    try:
        (server,) = [one for one in host.get("omost/v1/models")["models"] if one["name"].startswith("server")]
        assert server["state"] == "server offline"
        assert tell(host, model="server: x").events[-1]["type"] == "failed"
        _, infotext = draw(host, **omost())
        told = [host.get("sdapi/v1/options"), host.get("omost/v1/models"), tell(host, model="server: x").events]
        page = httpx.get(host.url, timeout=60).text + httpx.get(f"{host.url}/config", timeout=60).text
        assert SECRET not in json.dumps(told) + infotext + page + host.log.read_text()
        assert httpx.get(f"{host.url}/file={kept}", timeout=60).status_code in {403, 404}
        for file in Path(setting(host.name, "DIR") or "").glob("*.json"):
            assert SECRET not in file.read_text(encoding="utf-8")
    finally:
        kept.unlink()


def test_the_page_of_settings_keeps_address_and_key(host: RealHost, browser: Any, data: Path) -> None:
    page = browser.new_context(viewport={"width": 1400, "height": 1200}).new_page()
    try:
        page.goto(host.url)
        page.wait_for_selector("#txt2img_generate", timeout=PAGE_MS)
        page.locator("#tabs button", has_text=re.compile(r"^\s*Settings\s*$")).first.click()
        page.locator("#settings button", has_text=re.compile(r"^\s*Omost\s*$")).first.click()
        server = page.locator("#setting_omost_server").locator("input, textarea").first
        key = page.locator("#setting_omost_key").locator("input, textarea").first
        assert key.get_attribute("type") == "password"
        server.fill("http://127.0.0.1:9")
        server.press("Tab")
        wait_until(lambda: kept_in(data).get("server") == "http://127.0.0.1:9")
        key.fill(SECRET)
        key.press("Tab")
        wait_until(lambda: kept_in(data).get("key") == SECRET)
        page.wait_for_function("document.querySelector('#setting_omost_key input').value === ''", timeout=PAGE_MS)
        page.locator("#settings_submit").click()  # "Apply settings" neither loses them nor takes them up
        page.wait_for_timeout(2000)
        assert kept_in(data)["key"] == SECRET
        assert guarded_of(host) <= {"", None}
        page.reload()
        page.wait_for_selector("#setting_omost_server", state="attached", timeout=PAGE_MS)
        page.wait_for_timeout(3000)
        assert server.input_value() == "http://127.0.0.1:9"
        assert key.input_value() == ""
        assert key.get_attribute("placeholder") == "a key is kept"
        assert SECRET not in page.content()
    finally:
        page.context.close()
        (data / "settings.json").unlink(missing_ok=True)


def kept_in(data: Path) -> dict[str, str]:
    """What the extension's own file of settings holds."""
    file = data / "settings.json"
    kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return kept


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    over = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < over
        time.sleep(0.1)


def test_reload_ui_ends_the_worker(host: RealHost, data: Path) -> None:
    set_options(host, omost_unload="never")
    (worker,) = tell(host).workers
    kept = {"server": "http://127.0.0.1:9", "key": SECRET, "model": "omost-phi-3-mini"}
    (data / "settings.json").write_text(json.dumps(kept), encoding="utf-8")
    starts = host.log.read_text().count("Startup time:")
    httpx.post(f"{host.url}/omost-probe/reload", timeout=60)
    wait_until(lambda: host.log.read_text().count("Startup time:") > starts, 300)
    assert not psutil.pid_exists(worker)
    ports = re.findall(r"Running on local URL:\s+(\S+)", host.log.read_text())
    assert ports[-1].rstrip("/") == host.url
    time.sleep(3)
    assert host.get("omost/v1/models")["chosen"] == "omost-phi-3-mini"
    assert guarded_of(host) <= {"", None}
    (data / "settings.json").unlink()
    assert tell(host).events[-1]["type"] == "end"


def test_killing_the_host_leaves_no_worker(host: RealHost) -> None:
    set_options(host, omost_unload="never")
    if not workers_of(host):
        tell(host)
    (worker,) = workers_of(host)
    psutil.Process(host.pid).kill()
    wait_until(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE, 5)
