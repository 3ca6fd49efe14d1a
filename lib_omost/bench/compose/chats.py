"""Who may be asked: the chat service in this process, and a WebUI's."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator

from lib_omost.bench.compose.answers import Chat, Clock, Event
from lib_omost.bench.compose.messages import Message
from lib_omost.chat.service import ChatRequest, ChatService
from lib_omost.errors import ModelError

SECONDS = 600  # of silence
SEED = 0


def service_chat(service: ChatService) -> Chat:
    """Messages as the page's own service answers them."""

    def chat(message: Message) -> Iterator[Event]:
        request = ChatRequest(message.before, message.message, seed=SEED)
        for event in service.write(request):
            yield event.to_json()

    return chat


def host_chat(url: str, model: str = "") -> Chat:
    """Messages sent to the routes of a WebUI, or of the program by itself, that runs at `url`.

    The chat raises ModelError when it does not answer.
    """

    def chat(message: Message) -> Iterator[Event]:
        rounds = [{"message": said.message, "reply": said.reply} for said in message.before]
        body = {"id": uuid.uuid4().hex, "rounds": rounds, "message": message.message, "model": model, "seed": SEED}
        yield from _post(f"{url.rstrip('/')}/omost/v1/chat", body)

    return chat


def cpu_clock() -> Clock:
    """CPU seconds of this process and of those that it started and that run."""
    import psutil

    here = psutil.Process()

    def clock() -> float:
        total = 0.0
        for process in (here, *here.children(recursive=True)):
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        return total

    return clock


wall_clock: Clock = time.monotonic


def _post(address: str, body: dict[str, object]) -> Iterator[Event]:
    request = urllib.request.Request(address, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            for line in answer:
                if line.strip():
                    yield json.loads(line)
    except urllib.error.HTTPError as error:
        told = error.read().decode(errors="replace")[:500]
        hint = "install this extension there first" if error.code == 404 else ""
        raise ModelError(f"{address} answered {error.code}: {told}", hint=hint) from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{address} does not answer: {error}", hint="start the host, and give its address") from error
