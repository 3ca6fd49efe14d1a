from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.limits import Limits
from lib_omost.chat.client.sse import SseReader
from lib_omost.errors import BadInputError


@pytest.mark.parametrize(
    "url", ["http://h:1", "http://h:1/", "http://h:1/v1", " http://h:1/v1/ ", "http://h:1/v1/chat/completions"]
)
def test_an_address_is_taken_as_people_copy_it(url: str) -> None:
    assert Endpoint(url).root == "http://h:1"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h:1",
        "ftp://h",
        "http://",
        "http://u:secret@h",
        "http://h?a=secret",
        "http://h:x",
        "http://[",
        "http://h/\n",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadInputError) as caught:
        Endpoint(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("key", ["ключ", "a\nb", " secret", "\x00"])
def test_a_key_that_no_header_can_carry_is_refused_unseen(key: str) -> None:
    with pytest.raises(BadInputError) as caught:
        Endpoint("http://h", key)
    assert key.strip() not in str(caught.value) + caught.value.hint


def test_the_key_is_not_shown() -> None:
    endpoint = Endpoint("http://h", "sk-secret")
    assert "sk-secret" not in f"{endpoint!r} {endpoint}"
    assert endpoint.headers == {"Authorization": "Bearer sk-secret"}
    assert Endpoint("http://h").headers == {}


@pytest.mark.parametrize(
    ("host", "here"), [("127.0.0.1", True), ("[::1]", True), ("localhost", True), ("10.0.0.1", False)]
)
def test_this_computer_is_known(host: str, here: bool) -> None:
    assert Endpoint(f"http://{host}:1").is_on_this_computer is here


def test_limits_are_positive() -> None:
    with pytest.raises(ValueError, match="positive"):
        Limits(first=0)


@given(
    st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]), max_size=20), max_size=5),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.lists(st.integers(1, 9), min_size=1, max_size=9),
)
def test_events_are_the_same_however_the_bytes_are_cut(texts: list[str], end: str, sizes: list[int]) -> None:
    stream = "".join(f": a comment{end}event: message{end}data: {text}{end}id: 7{end}{end}" for text in texts).encode()
    reader, got, start = SseReader(), [], 0
    while start < len(stream):
        size = sizes[start % len(sizes)]
        got += reader.feed(stream[start : start + size])
        start += size
    assert got + reader.end() == texts


def test_lines_of_one_event_are_joined_and_the_last_one_needs_no_end() -> None:
    reader = SseReader()
    assert reader.feed(b"\xef\xbb\xbfdata: a\ndata:b\n\ndata\ndata: c") == ["a\nb"]
    assert reader.end() == ["\nc"]
    assert reader.end() == []
