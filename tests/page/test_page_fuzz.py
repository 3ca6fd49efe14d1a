"""Whatever fits the routes' own schema is answered as the schema says, executes nothing and breaks nothing."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from PIL import Image
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from lib_omost.app.web.painter import Painter
from lib_omost.canvas import canvas_to_json
from lib_omost.errors import OmostError
from tests.conftest import served
from tests.page.conftest import CANVAS, QueuedChats
from tests.page.test_page_guard import APPS, BODY, CODE, SIGNED_IN

EXAMPLES = 15  # of each route
DATA = canvas_to_json(CANVAS)
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
]
# What no request may bring about, by the names of Python's audit events.
FORBIDDEN = {"exec", "os.system", "os.exec", "os.posix_spawn", "subprocess.Popen", "socket.connect"}


@pytest.fixture(scope="module")
def executed() -> Iterator[list[str]]:
    """What was done of that by the threads of the server and of its routes. A hook of Python's stays for good."""
    found: list[str] = []
    watches = [True]

    def hook(event: str, arguments: Any) -> None:
        if watches[0] and event in FORBIDDEN and threading.current_thread() is not threading.main_thread():
            found.append(f"{event} {arguments}")

    sys.addaudithook(hook)
    yield found
    watches[0] = False


@pytest.fixture(autouse=True)
def no_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are not what is tried here."""

    def pipeline(_painter: Painter, name: str) -> Any:
        raise OmostError(f"no {name}")

    monkeypatch.setattr(Painter, "_pipeline", pipeline)


def with_canvas(body: Any) -> Any:
    """What was made from the schema alone holds no canvas: with one, it reaches what stands behind the reading."""
    if not isinstance(body, dict):
        return body
    if isinstance(body.get("text"), str) and len(body["text"]) % 2:
        body = {**body, "text": CODE + body["text"]}
    if isinstance(body.get("canvas"), dict):
        body = {**body, "canvas": {**DATA, **body["canvas"]}}
    return body


@pytest.mark.parametrize("name", list(APPS))
def test_every_route_answers_as_its_schema_says(
    name: str, tmp_path: Path, chats: QueuedChats, executed: list[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    opened = APPS[name](data, chats)
    schema = schemathesis.openapi.from_dict(opened.app.openapi())
    operations = [operation.ok() for operation in schema.get_all_operations()]
    with served(opened.app) as port:
        for operation in operations:  # whatever is imported late is imported now
            opened.client.request(operation.method, operation.path, headers=SIGNED_IN, json=BODY)
        Image.init()  # as Pillow does at the first file that it does not know
        httpx.get(f"http://127.0.0.1:{port}/omost/v1/files/page.mjs").raise_for_status()
        executed.clear()
        for operation in operations:
            answer_all(operation, f"http://127.0.0.1:{port}")
    assert executed == []
    written = {(file.parent, file.suffix) for file in tmp_path.rglob("*") if file.is_file()}
    assert written <= {(data / "presets", ".json"), (data / "references", ".png")}
    assert len(operations) >= 17


def answer_all(operation: Any, address: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def answers(case: Any) -> None:
        case.body = with_canvas(case.body)
        case.call_and_validate(base_url=address, headers=SIGNED_IN, checks=CHECKS, timeout=60)

    answers()
