"""Messages to a chat: what is told of them, in which order, and what is left afterwards."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from lib_omost.canvas import Canvas, Region, canvas_from_json, write_canvas
from lib_omost.chat.conversation.conversation import Round
from lib_omost.chat.models.catalogue import CATALOGUE
from lib_omost.chat.service import (
    CanvasSoFar,
    ChatRequest,
    ChatService,
    ChatSettings,
    End,
    Failed,
    Meter,
    Status,
    Written,
)
from lib_omost.chat.service.listing import find_local
from lib_omost.chat.worker.launch import Launch
from lib_omost.chat.worker.memory import EndAfter, Policy
from lib_omost.errors import BadInputError
from lib_omost.hosts.memory import HostMemory
from tests.chat.client.conftest import as_json, spoken
from tests.chat.service.conftest import CHILD, MakeChat, events, kinds

CANVAS = Canvas(
    "A white background.",
    regions=(
        Region("on the left", "no offset", "a small square area", 5.0, "A red circle (round)."),
        Region("on the right", "no offset", "a small square area", 4.0, "A blue square."),
    ),
)
CODE = write_canvas(CANVAS)


def is_gone(pid: int | None) -> bool:
    return pid is None or not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_message_tells_its_status_its_pieces_its_canvas_and_its_end(chat: MakeChat) -> None:
    told = events(chat(), CODE, seed=9)
    others = [event for event in told if not isinstance(event, CanvasSoFar)]
    assert kinds(others) == ["status", "meter", "written", "end"]
    phases = [event.phase for event in told if isinstance(event, Status)]
    assert phases[0] == "starting"
    assert phases[-2:] == ["ready", "writing"]
    assert len(set(phases)) == len(phases)
    (meter,) = [event for event in told if isinstance(event, Meter)]
    assert 0 < meter.used < meter.of
    written = [event for event in told if isinstance(event, Written)]
    assert "".join(event.text for event in written) == CODE.strip()
    assert written[-1].tokens == len(CODE.strip())
    assert written[0].per_second == 0
    assert 0 < written[-1].per_second < 1e6
    assert told[-1] == End(CODE.strip(), 9)
    for event in told:
        assert json.loads(json.dumps(event.to_json()))["type"] == event.type


def test_the_canvas_is_told_each_time_another_call_is_complete(chat: MakeChat) -> None:
    told = events(chat(), CODE)
    canvases = [event for event in told if isinstance(event, CanvasSoFar)]
    assert [len(event.regions) for event in canvases] == [1, 2, 3]
    assert canvas_from_json(canvases[-1].canvas_json) == CANVAS
    assert canvas_from_json(canvases[0].canvas_json) == replace(CANVAS, regions=())
    assert canvases[-1].regions[1]["rect"]
    assert told.index(canvases[0]) < len(told) / 2  # while the rest is still being written


def test_a_seed_is_drawn_and_told_when_none_is_asked_for(chat: MakeChat) -> None:
    one = chat("good")
    first, second = (events(one, temperature=0.6)[-1] for _ in range(2))
    assert isinstance(first, End)
    assert isinstance(second, End)
    assert first.seed != second.seed
    assert f"hello {first.seed} " in first.reply


def test_going_on_with_a_reply_gives_the_whole(chat: MakeChat) -> None:
    told = events(chat("good"), "more", begun="```python\ncanvas = Canvas()\n", seed=3)
    end = told[-1]
    assert isinstance(end, End)
    assert end.reply.startswith("```python\ncanvas = Canvas()\n")
    assert "meter" in kinds(told)
    assert "".join(event.text for event in told if isinstance(event, Written)).strip() in end.reply


def test_a_stopped_reply_keeps_what_has_come(chat: MakeChat) -> None:
    one = chat("endless")
    heard: list[str] = []
    stop = threading.Event()
    for event in one.write(ChatRequest((), "hello"), stop.is_set):
        heard.append(event.type)
        if heard.count("written") == 5:
            stop.set()
    assert isinstance(event, End)
    assert event.reply.startswith("xxxxx")
    assert len(event.reply) < 1000


def test_whoever_leaves_stops_the_reply(chat: MakeChat) -> None:
    one = chat("endless")
    told = one.write(ChatRequest((), "hello"))
    while next(told).type != "written":
        pass
    told.close()  # type: ignore[attr-defined]
    until(lambda: not one._turn.locked())


def test_of_two_messages_at_once_the_second_is_refused(chat: MakeChat) -> None:
    one = chat("endless")
    first = one.write(ChatRequest((), "hello"))
    next(first)
    with pytest.raises(BadInputError, match="another message is being written") as caught:
        one.write(ChatRequest((), "hello"))
    assert caught.value.hint
    first.close()  # type: ignore[attr-defined]
    until(lambda: not one._turn.locked())
    last = events(one, should_stop=lambda: one.status().phase == "writing")[-1]
    assert isinstance(last, End)


@pytest.mark.parametrize("name", ["/etc", "someone/a-model", "http://10.0.0.1/v1", "server: tiny", "../echo", "echo "])
def test_only_a_listed_model_is_taken(chat: MakeChat, name: str) -> None:
    one = chat()
    with pytest.raises(BadInputError):
        events(one, model=name)
    assert one._worker is None
    assert not one._turn.locked()


def test_a_message_may_follow_as_soon_as_the_end_is_told(chat: MakeChat) -> None:
    one = chat("good")
    for _ in range(20):
        for event in one.write(ChatRequest((), "hello")):
            if isinstance(event, End):
                assert not one._turn.locked()
                break
        assert isinstance(event, End)


def test_an_empty_message_is_refused(chat: MakeChat) -> None:
    with pytest.raises(BadInputError, match="empty"):
        events(chat(), "  ")


def test_the_list_has_the_catalogue_the_owners_model_and_what_runs(chat: MakeChat) -> None:
    one = chat()
    before = {model.name: model for model in one.models()}
    assert one.chosen() == "echo"  # the owner's path is not told
    assert before["omost-llama-3-8b-4bits"].state == "not downloaded"
    assert (before["echo"].label, before["smollm2"].label) == ("echo", "Built-in composer")
    assert before["omost-llama-3-8b-4bits"].size > 5 * 10**9
    assert "unfiltered" in before["omost-dolphin-8b-4bits"].note
    events(one, model="echo")
    assert {model.name: model.state for model in one.models()}["echo"] == "loaded"


def test_another_model_takes_the_place_of_the_one_before(tmp_path: Path, chat: MakeChat) -> None:
    chat("good")
    one = chat("echo")
    events(one)
    assert one._worker is not None
    first = one._worker.pid
    changed = ChatSettings(model=str(tmp_path / "good"))
    one._settings = lambda: changed
    end = events(one, seed=1)[-1]
    assert isinstance(end, End)
    assert end.reply.startswith("hello 1 ")
    assert is_gone(first)


def test_rounds_are_read(chat: MakeChat) -> None:
    one = chat("echo")
    with_rounds = [event for event in events(one, rounds=(Round("a cat", "a reply"),)) if isinstance(event, Meter)]
    without = [event for event in events(one) if isinstance(event, Meter)]
    assert with_rounds[0].used == without[0].used + len("a cat" + "a reply")


def test_a_servers_models_are_listed_and_answer(chat: MakeChat, serve: Callable) -> None:
    server = serve({"/v1/chat/completions": spoken(CODE[:40], CODE[40:])})
    one = chat(server=server.url, key="sk-secret")
    (listed,) = [model for model in one.models() if model.name.startswith("server")]
    assert (listed.name, listed.state) == ("server: tiny", "ready")
    told = events(one, model="server: tiny")
    assert told[-1].to_json()["reply"] == CODE.strip()
    assert isinstance([event for event in told if isinstance(event, CanvasSoFar)][-1], CanvasSoFar)
    assert server.asked[-1][2]["Authorization"] == "Bearer sk-secret"
    assert "sk-secret" not in repr(one._settings()) + json.dumps([event.to_json() for event in told])
    with pytest.raises(BadInputError, match="no model 'other'"):
        events(one, model="server: other")
    server.answers["/v1/models"] = as_json({"data": [{"id": "other"}]})  # it was loaded since
    assert isinstance(events(one, model="server: other")[-1], End)
    assert one._worker is None


def test_the_owners_server_model_is_asked_for_as_it_is(chat: MakeChat, serve: Callable) -> None:
    """Not every server lists all that it serves; no name is the first one that it does."""
    server = serve({"/v1/chat/completions": spoken(CODE)})
    for model, asked in (("server: other", "other"), ("server: ", "tiny")):
        assert isinstance(events(chat(model=model, server=server.url))[-1], End)
        assert server.asked[-1][1]["model"] == asked
    with pytest.raises(BadInputError, match="no model 'other'"):
        events(chat(model="server: tiny", server=server.url), model="server: other")


@pytest.mark.parametrize(("says", "temperature"), [(None, 0), (True, 0.6), (False, 0)])
def test_the_owner_says_what_the_own_model_was_trained_on(
    chat: MakeChat, serve: Callable, says: bool | None, temperature: float
) -> None:
    server = serve({"/v1/chat/completions": spoken(CODE)})
    events(chat(model="server: tiny", server=server.url, knows_canvas=says))
    assert server.asked[-1][1]["temperature"] == temperature
    assert find_local(ChatSettings(model="own/model", knows_canvas=says), "own/model").knows_canvas is bool(says)


def test_the_owner_may_name_a_model_of_the_catalogue_by_its_repository() -> None:
    spec = CATALOGUE[1]
    assert find_local(ChatSettings(model=spec.where), spec.where) == spec


def test_policies_decide_over_the_worker_after_a_message_and_before_a_picture(chat: MakeChat) -> None:
    free = [100]
    memory = HostMemory(free_bytes=lambda: free[0], picture_memory_needed=lambda: 50)
    always = chat(policy=Policy(end=EndAfter.ALWAYS))
    events(always)
    assert always._worker is not None
    assert always._worker.pid is None
    short = chat(memory=memory)
    events(short)
    worker = short._worker
    assert worker is not None
    pid = worker.pid
    short.before_picture()
    assert worker.pid == pid is not None
    free[0] = 10
    short.before_picture()
    assert worker.pid is None
    assert is_gone(pid)


def test_a_picture_that_lacks_memory_breaks_a_reply_off_and_says_so(chat: MakeChat) -> None:
    free = [100]
    memory = HostMemory(free_bytes=lambda: free[0], picture_memory_needed=lambda: 50)
    one = chat("endless", memory=memory)
    told = []
    for event in one.write(ChatRequest((), "hello")):
        told.append(event)
        if isinstance(event, Written) and free[0] == 100:
            one.before_picture()  # enough is free: it writes on
            free[0] = 10
            threading.Thread(target=one.before_picture).start()
    last = told[-1]
    assert isinstance(last, Failed)
    assert "the picture needed" in last.message
    assert last.reply.startswith("x")


def test_before_a_picture_the_host_takes_its_models_back(chat: MakeChat) -> None:
    taken: list[str] = []
    memory = HostMemory(take_back=lambda: taken.append("back"))
    one = chat(memory=memory)
    one.before_picture()
    assert taken == ["back"]


def test_making_room_may_wait_for_a_picture_that_wants_the_worker_gone(tmp_path: Path) -> None:
    """The host's lock is held while a picture is made: neither may wait for the other."""
    host, started = threading.Lock(), threading.Event()

    def free_host_memory(_: int) -> None:
        started.set()
        with host:
            pass

    (tmp_path / "echo").mkdir()
    memory = HostMemory(free_bytes=lambda: 0, free_host_memory=free_host_memory, picture_memory_needed=lambda: 1)
    settings = ChatSettings(model=str(tmp_path / "echo"), policy=Policy(end=EndAfter.NEVER))
    one = ChatService(lambda: settings, memory, Launch(command=CHILD))
    with host:
        told = one.write(ChatRequest((), "hello"))
        assert started.wait(30)
        picture = threading.Thread(target=one.before_picture)
        picture.start()
        picture.join(10)
        assert not picture.is_alive()
    assert isinstance(list(told)[-1], End)
    one.close()


def test_closing_ends_the_message_and_the_worker(chat: MakeChat) -> None:
    one = chat("endless")
    told = one.write(ChatRequest((), "hello"))
    while next(told).type != "written":
        pass
    assert one._worker is not None
    pid = one._worker.pid
    one.close()
    assert is_gone(pid)
    assert list(told)[-1].type in {"end", "failed"}
    with pytest.raises(BadInputError):
        one.write(ChatRequest((), "hello"))


def until(true: Callable[[], bool]) -> None:
    over = time.monotonic() + 30
    while not true():
        assert time.monotonic() < over
        time.sleep(0.02)


def test_a_reply_is_told_in_the_thread_that_asks_for_it(chat: MakeChat) -> None:
    before = set(threading.enumerate())
    names: set[str] = set()
    for event in chat("endless").write(ChatRequest((), "hello", max_new_tokens=50)):
        if isinstance(event, Written):
            names |= {thread.name for thread in set(threading.enumerate()) - before}
            if event.tokens > 20:
                break
    assert names == {"omost-worker"}  # those of the pipe; a piece takes the one that reads answers


@pytest.mark.parametrize("is_open", [False, True])
def test_unfiltered_models_come_with_a_warning_where_others_reach_them(chat: MakeChat, is_open: bool) -> None:
    warned = {state.name for state in chat("echo", is_open=is_open).models() if state.warning}
    assert warned == ({"omost-dolphin-8b-4bits", "omost-dolphin-8b"} if is_open else set())


def test_a_model_is_made_ready_before_any_message(chat: MakeChat) -> None:
    one = chat()
    told = list(one.install())
    assert kinds(told) == ["status", "end"]
    assert next(model.state for model in one.models() if model.name == "echo") == "loaded"
    phases = [event.phase for event in events(one, CODE) if isinstance(event, Status)]
    assert "starting" not in phases


def test_a_model_that_cannot_be_made_ready_says_why(chat: MakeChat) -> None:
    last = list(chat("load-error").install())[-1]
    assert isinstance(last, Failed)
    assert "it has no chat template" in last.message
    assert last.hint == "choose an instruct model"


def test_making_ready_is_stopped_and_leaves_the_turn(chat: MakeChat) -> None:
    one = chat("slow")
    stop = threading.Event()
    told = []
    for event in one.install(stop.is_set):
        told.append(event)
        if isinstance(event, Status) and event.phase == "downloading":
            with pytest.raises(BadInputError, match="another message"):
                one.install()
            stop.set()
    assert isinstance(told[-1], End)
    one.install().close()  # type: ignore[attr-defined] (the turn is free)


def test_a_servers_model_is_not_installed_here(chat: MakeChat) -> None:
    with pytest.raises(BadInputError, match="its server's"):
        chat(model="server: tiny", server="http://127.0.0.1:9").install()
