"""A right reply is read as it stands, also where a text of it looks like something that a reply is copied in."""

from __future__ import annotations

import pytest

from lib_omost.canvas import parse_reply

REPLY = """canvas = Canvas()
canvas.set_global_description(description={0}, detailed_descriptions=[{0}], tags={0}, HTML_web_color_name='red')
"""
TEXTS = (
    'a sign ("" on it), ""here""',
    'a list (""one"",""two"")',
    'it says =""open"", [""shut""]',
    "a page (<br>, with a <br/> in it)<br>",
    "a road // a river /* and a bridge */ # and a hill",
    "100%28 and &gt; and | a bar",
    "`a` ´b´ 「c」 『d』 ″e″",
    "a -> b, c => d, e := f, g == h",
)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_text_that_looks_like_a_wrapping_stays(text: str, quote: str) -> None:
    written = quote + text.replace(quote, "\\" + quote) + quote
    parsed = parse_reply(REPLY.format(written))
    assert (parsed.problems, parsed.corrections) == ((), ())
    assert parsed.canvas is not None
    assert parsed.canvas.description == text
    assert parsed.canvas.detailed_descriptions == (text,)
