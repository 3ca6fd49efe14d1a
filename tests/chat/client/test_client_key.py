"""A server that sends the key back, in whatever form and place: no text of it reaches the user with the key in it."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.chat.client.kinds import Constraint, Server, ServerKind
from lib_omost.chat.client.secret import HIDDEN, SECRET_FROM, Masked, holds_secret, without_key
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.model import Sampling
from lib_omost.chat.service.listing import list_models
from lib_omost.chat.service.settings import ChatSettings
from lib_omost.errors import ServerError

from .conftest import ASK, KEY, Answer, Served, as_json, client, delta, event, said, streamed

CHAT = "/v1/chat/completions"
KNOWN = Server(ServerKind.OTHER, Constraint.NONE, ("tiny",))
Serve = Callable[..., Served]


def unicode_escaped(key: str) -> str:
    return "".join(f"\\u{ord(char):04x}" for char in key)


FORMS: dict[str, Callable[[str], str]] = {
    "plain": lambda key: key,
    "escaped": unicode_escaped,
    "escaped in capitals": lambda key: "".join(f"\\u{ord(char):04X}" for char in key),
    "escaped twice": lambda key: unicode_escaped(key).replace("\\", "\\\\"),
    "escaped here and there": lambda key: "".join(f"\\u{ord(c):04x}" if i % 3 else c for i, c in enumerate(key)),
    "as in Python": lambda key: "".join(f"\\x{ord(char):02x}" for char in key),
    "with backslashes": lambda key: "".join("\\" + char if not char.isalnum() else char for char in key),
    "in an address": lambda key: "".join(f"%{ord(char):02X}" for char in key),
    "in an address twice": lambda key: quote("".join(f"%{ord(char):02X}" for char in key)),
    "in an address here and there": lambda key: "".join(f"%{ord(c):02x}" if i % 2 else c for i, c in enumerate(key)),
    "in HTML": lambda key: "".join(f"&#{ord(char)};" for char in key),
    "in HTML, hexadecimal": lambda key: "".join(f"&#x{ord(char):x};" for char in key),
}
keys = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=SECRET_FROM, max_size=40)


def shows(text: str, key: str) -> bool:
    """Whether somebody who reads a text could copy the key out of it, in one of the forms."""
    return any(form(key) in text for form in FORMS.values())


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@settings(max_examples=60, deadline=None)
@given(key=keys, before=st.text(max_size=20), behind=st.text(max_size=20))
def test_every_form_is_hidden_and_nothing_else(form: Callable[[str], str], key: str, before: str, behind: str) -> None:
    told = without_key(before + form(key) + behind, key)
    assert HIDDEN in told
    assert not shows(told, key)
    plain = "".join(char for char in before + behind if char not in "\\%&" and char != key[0])
    assert without_key(plain, key) == plain


@settings(max_examples=200, deadline=None)
@given(key=keys, form=st.sampled_from(list(FORMS.values())), data=st.data())
def test_however_it_is_cut_into_pieces_it_comes_as_it_would_whole(key: str, form: Any, data: st.DataObject) -> None:
    text = data.draw(st.text(max_size=30)) + form(key) + data.draw(st.text(max_size=30))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    masked = Masked(key)
    pieces = [masked.feed(text[start:end]) for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole = "".join([*pieces, masked.end()])
    assert whole == without_key(text, key)
    assert not shows(whole, key)


@given(st.text(st.characters(codec="utf-16", categories=None), max_size=40), st.integers(0, 40))
def test_without_a_key_a_text_comes_whole_and_halves_of_characters_are_joined(text: str, cut: int) -> None:
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    halves = "".join(  # as two strings of JSON may hold them
        char
        if ord(char) < 0x10000
        else "".join(chr(0xD800 + (ord(char) - 0x10000 >> 10)) + chr(0xDC00 + (ord(char) & 0x3FF)))
        for char in whole
    )
    masked = Masked("")
    assert masked.feed(halves[:cut]) + masked.feed(halves[cut:]) + masked.end() == whole


@pytest.mark.parametrize("key", ["none", "ollama", "lm-studio", "x", ""])
def test_a_word_that_stands_for_a_key_stays_in_replies(key: str) -> None:
    masked = Masked(key)
    assert masked.feed(f"the style is {key}: none, ollama, lm-studio") + masked.end() == (
        f"the style is {key}: none, ollama, lm-studio"
    )
    assert not holds_secret(f"{key}:latest", key)


@pytest.fixture
def nothing_shows(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Any:
    """Collects texts; at the end none of them, no log and no output shows the key."""
    caplog.set_level(logging.DEBUG)
    told: list[str] = []
    yield told
    printed = capfd.readouterr()
    for text in (*told, caplog.text, printed.out, printed.err):
        assert not shows(text, KEY), text[:300]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_errors_names_and_replies_of_a_hostile_server(serve: Serve, nothing_shows: list[str], form: Any) -> None:
    """In a streamed error and its hint, a refusal, a type of content, a piece that is no JSON, an id, and a reply."""
    echo = form(KEY)
    raw = b'data: {"error": {"message": "no ' + echo.encode() + b'", "hint": "' + echo.encode() + b'"}}\n\n'
    answers: list[Answer] = [
        streamed(delta("a"), event({"error": {"message": f"no {echo}", "hint": echo, "code": echo}})),
        streamed(delta("a"), raw),
        streamed(delta("a"), event({"error": {"code": 5, "what": [echo]}})),
        streamed(delta("a"), event(f"broken {echo}")),
        streamed(delta("a"), event(json.dumps(echo))),
        as_json({"error": {"message": f"bad key {echo}"}}, 401),
        as_json({"detail": [{"loc": echo}]}, 422),
        Answer(f"plain {echo}".encode(), 500, "text/plain"),
        Answer(b"x", 200, f"text/{echo}".replace("\\", "_")),
        streamed(delta("the key is "), *[delta(char) for char in echo], delta(" indeed"), cut=True),
    ]
    models = as_json({"data": [{"id": echo, "owned_by": echo}, {"id": "tiny"}, {"id": f"a/{echo}"}]})
    for answer in answers:
        served = serve({CHAT: answer, "/v1/models": models})
        model = client(served.url)
        model._servers._found[served.url] = KNOWN
        with pytest.raises(ServerError) as caught:
            nothing_shows += (piece.text for piece in model.stream(ASK, Sampling(seed=0)))
        nothing_shows += (*traceback.format_exception(caught.value), caught.value.hint, caught.value.received)
        nothing_shows.append("".join(nothing_shows))
    whole = streamed(delta("the key is "), *[delta(char) for char in echo], delta("!", "stop"), event("[DONE]"))
    reply = said(client(serve({CHAT: whole, "/v1/models": models}).url))
    assert reply == f"the key is {HIDDEN}!"


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_model_whose_id_is_the_key_is_in_no_list_and_no_hint(
    serve: Serve, nothing_shows: list[str], form: Any
) -> None:
    echo = form(KEY)
    models = as_json({"data": [{"id": f"x/{echo}"}, {"id": "tiny"}, {"id": 5}, {"id": "half \ud800"}]})
    served = serve({"/v1/models": models, CHAT: as_json({"error": echo}, 404)})
    with pytest.raises(ServerError) as caught:
        said(client(served.url))
    assert caught.value.hint == "choose one of its models: tiny"
    listed = list_models(ChatSettings(server=served.url, key=KEY), None)
    assert [each.name for each in listed if each.name.startswith("server:")] == ["server: tiny"]
    nothing_shows += [str(listed), str(caught.value), caught.value.hint]


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_why_a_reply_ended_and_what_a_model_refuses_show_no_key(
    serve: Serve, nothing_shows: list[str], form: Any
) -> None:
    echo = form(KEY)
    refusals = [event({"choices": [{"delta": {"refusal": part}}]}) for part in ("no ", *echo, " \ud83d", "\ude00")]
    early = streamed(delta("a boat"), *refusals, delta(None, echo), event("[DONE]"))
    notes = [piece.note for piece in client(serve({CHAT: early}).url).stream(ASK, Sampling(seed=0)) if piece.note]
    assert notes == [
        f"the server ended the reply early ({HIDDEN!r}); retry it or go on with it",
        f"the model refuses: no {HIDDEN} 😀",
    ]
    for said_of_it in ({"refusal": f"no {echo}"}, {"tool_calls": [{"function": {"name": echo}}]}):
        silent = streamed(event({"choices": [{"delta": said_of_it}]}), delta(None, "stop"), event("[DONE]"))
        with pytest.raises(ServerError) as caught:
            said(client(serve({CHAT: silent}).url))
        assert HIDDEN in str(caught.value)
        nothing_shows += [str(caught.value), caught.value.hint]
    nothing_shows += notes


def test_the_key_is_in_no_code_that_was_made_of_json(serve: Serve, nothing_shows: list[str]) -> None:
    canvas = {"description": f"a harbour {KEY}", "regions": [], "detailed_descriptions": [], "tags": ""}
    text = json.dumps(canvas | {"HTML_web_color_name": "navy"})
    whole = streamed(*[delta(char) for char in text], delta("", "stop"), event("[DONE]"))
    model = client(serve({CHAT: whole}).url, bounds=Bounds(), kind=ServerKind.OLLAMA)
    reply = said(model, held=True)
    assert HIDDEN in reply
    assert "canvas.set_global_description" in reply
    nothing_shows.append(reply)


def test_two_halves_of_a_character_in_two_pieces_are_one(serve: Serve) -> None:
    halves = streamed(delta("a \ud83d"), delta("\ude00 b"), delta("\udc00", "stop"), event("[DONE]"))
    assert said(client(serve({CHAT: halves}).url)) == "a 😀 b\ufffd"


def test_what_was_kept_back_comes_when_the_server_breaks_off(serve: Serve) -> None:
    cut = streamed(delta(f"boats {KEY[:9]}"), cut=True)
    pieces: list[str] = []
    with pytest.raises(ServerError) as caught:
        pieces += (piece.text for piece in client(serve({CHAT: cut}).url).stream(ASK, Sampling(seed=0)))
    assert caught.value.received == f"boats {KEY[:9]}"
