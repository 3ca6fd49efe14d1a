"""Whatever a reply was copied in, the canvas is the one that stood in it, and reports name lines of what was given."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib_omost.canvas import COLORS, Canvas, Region, parse_reply, read_canvas, write_canvas

LocalCall = Callable[..., str]


def prefixed(mark: str) -> Callable[[str], str]:
    return lambda code: "\n".join(f"{mark}{line}".rstrip() for line in code.split("\n"))


def numbered(code: str) -> str:
    return "\n".join(f"{number:>3} | {line}" for number, line in enumerate(code.split("\n"), 1))


def infotext(code: str) -> str:
    return f"oil painting\nNegative prompt: blur\nSteps: 20, Omost canvas: {json.dumps(code)}, Omost method: score"


WRAPPINGS: dict[str, Callable[[str], str]] = {
    "quoted": prefixed("> "),
    "quoted twice": prefixed("> > "),
    "quoted without a space": prefixed(">"),
    "a quote in a sentence": lambda code: f"You wrote:\n\n{prefixed('> ')(code)}\n\nI like it.",
    "added lines": lambda code: f"```diff\n{prefixed('+ ')(code)}\n```",
    "added lines without a fence": prefixed("+"),
    "a diff": lambda code: f"```diff\n@@ -1,2 +1,9 @@\n-canvas = Canvas(1)\n{prefixed('+')(code)}\n```",
    "Python's prompt": prefixed(">>> "),
    "numbered lines": numbered,
    "Markdown's backslashes": lambda code: code.replace("_", "\\_"),
    "HTML entities": lambda code: html.escape(code, quote=True),
    "a JSON string": json.dumps,
    "a JSON string of ASCII within one": lambda code: json.dumps(json.dumps(code)),
    "a JSON string without its quotes": lambda code: json.dumps(code)[1:-1],
    "an infotext": infotext,
    "an answer of a chat API": lambda code: json.dumps(
        {"choices": [{"message": {"role": "assistant", "content": code}}]}, indent=1
    ),
    "an answer of Ollama": lambda code: json.dumps({"model": "m", "message": {"role": "assistant", "content": code}}),
    "an answer in parts": lambda code: json.dumps({"content": [{"type": "text", "text": code}], "role": "assistant"}),
    "messages": lambda code: json.dumps(
        [{"role": "user", "content": "a cat"}, {"role": "assistant", "content": code}], ensure_ascii=False
    ),
    "a workflow": lambda code: json.dumps({"nodes": [{"id": 1, "widgets_values": ["", code]}], "links": []}),
    "one line": lambda code: code.replace("\n", " "),
    "one line with its comments": lambda code: "# Initialize the canvas " + code.replace("\n", " "),
    "zero-width spaces": lambda code: code.replace("canvas.", "canvas\u200b.").replace("=", "\u200b="),
    "a mark of byte order": lambda code: "\ufeff" + code,
    "full-width punctuation": lambda code: re.sub(
        r"\b(\w+)=(?=['\[\d])", r"\1＝", re.sub(r"description\(", "description（", code)
    ),
    "behind thinking": lambda code: f"<think>\ncanvas.add_local_description(description='no')\n</think>\n{code}",
    "before an explanation": lambda code: (
        f"{code}\n\nYou can add more with canvas.add_local_description(description='your text') at any time."
    ),
    "capital letters": lambda code: code.replace("set_global_description", "Set_Global_Description"),
    "camel case": lambda code: code.replace("add_local_description", "addLocalDescription"),
    "another verb": lambda code: code.replace("add_local_description", "create_local_region"),
    "canvas.add": lambda code: code.replace("canvas.add_local_description", "canvas.add"),
    "calls in backticks": lambda code: re.sub(
        r"(?m)^(canvas(?: = Canvas)?[.(].*?\))$", r"`\1`", re.sub(r"\n(?=\s|\))", " ", code)
    ),
    "objects": lambda code: re.sub(
        r"(?m)^    (\w+)=", r"    \1: ", code.replace("description(\n", "description({\n").replace("\n)\n", "\n})\n")
    ),
    "two stars": lambda code: re.sub(
        r"(?m)^    (\w+)=",
        r"    '\1': ",
        code.replace("description(\n", "description(**{\n").replace("\n)\n", "\n})\n"),
    ),
    "HTML's line breaks": lambda code: code.replace("\n", "<br>\n"),
    "HTML's line breaks alone": lambda code: code.replace("\n", "<br />"),
    "quoted as a web page escapes it": prefixed("&gt; "),
    "bars": prefixed("| "),
    "a box around": prefixed("│ "),
    "a web address": quote,
    "a form's field": quote_plus,
    "comments of JavaScript": lambda code: re.sub(r",\n", ',  // it\'s "so"\n', code),
    "comments of C": lambda code: re.sub(r",\n", ', /* it\'s "so" */\n', code),
    "quoted names": lambda code: re.sub(r"(?m)^    (\w+)=", r'    "\1"=', code),
    "quoted names with colons": lambda code: re.sub(r"(?m)^    (\w+)=", r'    "\1": ', code),
    "names with blanks": lambda code: re.sub(r"(?m)^    (\w+)=", lambda m: m[0].replace("_", " "), code),
    "names with hyphens": lambda code: re.sub(r"(?m)^    (\w+)=", lambda m: f"    {m[1].replace('_', '-')}=", code),
    "arrows": lambda code: re.sub(r"(?m)^    (\w+)=", r"    \1 => ", code),
    "assignments": lambda code: re.sub(r"(?m)^    (\w+)=", r"    \1 := ", code),
    "an object under a name": lambda code: re.sub(
        r"(?m)^    (\w+)=",
        r'    "\1": ',
        code.replace("description(\n", "description(params={\n").replace("\n)\n", "\n})\n"),
    ),
    "str around texts": lambda code: re.sub(r"(?m)^    (\w+)=(['\"].*),$", r"    \1=str(\2),", code),
    "strip behind texts": lambda code: re.sub(r"(?m)^    (\w+)=(['\"].*),$", r"    \1=\2.strip(),", code),
    "a list of items": lambda code: re.sub(r"(?m)^(?=canvas)", "- ", re.sub(r"(?m)^#.*\n|\n(?=[ )])", "", code)),
    "colons": lambda code: re.sub(r"(?m)^    (\w+)=", r"    \1: ", code),
}


@pytest.fixture(scope="module")
def plain_canvases() -> st.SearchStrategy[Canvas]:
    """Canvases whose texts are words, with apostrophes and quotes: what wrappings must not harm."""
    words = st.lists(
        st.sampled_from(["A boat", "Bob's", 'the "Nora"', "red", "über", "狐", "at 5 o'clock", "(old)", "50%"]),
        min_size=1,
        max_size=4,
    ).map(" ".join)
    region = st.builds(
        Region,
        location=st.sampled_from(["on the left", "in the center", "on the top-right"]),
        offset=st.sampled_from(["no offset", "slightly to the upper-left"]),
        area=st.sampled_from(["a small square area", "a large horizontal area"]),
        distance_to_viewer=st.sampled_from([0.5, 3.0, 10.0]),
        description=words,
        detailed_descriptions=st.lists(words, max_size=3).map(tuple),
        tags=words,
        color_name=st.sampled_from(list(COLORS)),
    )
    return st.builds(
        Canvas,
        description=words,
        detailed_descriptions=st.lists(words, max_size=2).map(tuple),
        color_name=st.sampled_from(list(COLORS)),
        regions=st.lists(region, min_size=1, max_size=3).map(tuple),
    )


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS.keys())
@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_what_a_reply_was_copied_in_does_not_change_its_canvas(
    wrap: Callable[[str], str], data: st.DataObject, plain_canvases: st.SearchStrategy[Canvas]
) -> None:
    canvas = data.draw(plain_canvases)
    text = wrap(write_canvas(canvas))
    parsed = read_canvas(text)
    assert parsed.canvas == canvas
    assert parsed.problems == ()
    for correction in parsed.corrections:
        assert 1 <= correction.line <= text.count("\n") + 1


@pytest.mark.parametrize("wrap", [prefixed("> "), numbered, lambda code: f"\n\n```diff\n{prefixed('+')(code)}\n```"])
def test_a_problem_names_the_line_of_what_was_given(
    wrap: Callable[[str], str], global_call: str, local_call: LocalCall
) -> None:
    text = wrap(global_call + local_call(mood="'gay'"))
    (problem,) = parse_reply(text).problems
    assert "mood" in text.split("\n")[problem.line - 1]


def test_a_problem_in_escaped_text_names_the_line_that_holds_it(global_call: str, local_call: LocalCall) -> None:
    text = "Steps: 20\n" + infotext(global_call + local_call(mood="'gay'"))
    (problem,) = parse_reply(text).problems
    assert problem.line == 4


@pytest.mark.parametrize(
    "text",
    [
        "> It's a quote.\n> Nothing else.",
        "+ one\n- two",
        "1. first\n2. second\n3. third",
        "a \\_ b",
        "<think>What is set_global_description?</think> Sorry.",
    ],
)
def test_what_holds_no_call_stays_as_it_is(text: str, global_call: str) -> None:
    assert parse_reply(text).canvas is None
    parsed = parse_reply(global_call + "\n" + text)
    assert (parsed.corrections, parsed.problems) == ((), ())


def test_thinking_is_no_canvas_whether_it_ends_or_not(global_call: str, local_call: LocalCall) -> None:
    code = global_call + local_call()
    ended = parse_reply(f"<think>\n{code}</think>\nI cannot.")
    assert ended.canvas is None
    assert "thinking" in ended.problems[0].message
    assert ended.outside == 3  # Canvas() and two calls
    assert "still thinks" in parse_reply(f"<think>\n{code}").problems[0].message


def test_a_second_reply_that_was_cut_before_its_first_region_leaves_the_first(
    global_call: str, local_call: LocalCall
) -> None:
    first, second = global_call + local_call(), global_call.replace("A sky.", "A sea.")
    whole = parse_reply(first).canvas
    for cut in ("['Bl", "'sky, b", "'skyb", "'skyblue',\n)"):
        text = f"```python\n{first}```\n\n```python\n{second[: second.index(cut) + len(cut)]}"
        parsed = parse_reply(text)
        assert parsed.canvas == whole
        assert ["cut off before its first region" in problem.message for problem in parsed.problems] == [True]
    ended = parse_reply(f"```python\n{first}```\n\n```python\n{second}```\n")
    assert ended.canvas is not None
    assert (ended.canvas.description, ended.canvas.regions) == ("A sea.", ())


def test_a_call_in_prose_counts_only_where_nothing_else_does(global_call: str, local_call: LocalCall) -> None:
    aside = "Then call canvas.add_local_description(description='A dog.', location='on the left') for a dog."
    parsed = parse_reply(global_call + local_call() + aside)
    assert parsed.canvas is not None
    assert [region.description for region in parsed.canvas.regions] == ["A cat."]
    assert parsed.outside == 1
    alone = parse_reply(aside)
    assert alone.canvas is not None
    assert [region.description for region in alone.canvas.regions] == ["A dog."]


def test_a_loop_over_what_is_not_known_is_said_to_be_one(global_call: str) -> None:
    loop = "for side in sides():\n    canvas.add_local_description(location=side, description=f'A {side} boat.')\n"
    parsed = parse_reply(global_call + loop)
    assert parsed.canvas is not None
    assert parsed.canvas.regions == ()
    assert [(problem.line, "loop" in problem.message) for problem in parsed.problems] == [(9, True), (8, True)]


def test_variables_that_are_assigned_once_are_put_in(global_call: str, local_call: LocalCall) -> None:
    known = "kitty = 'A cat.'\nmany = ['Furry.', 'Soft.']\nfar = 3.0\nlook = {'tags': 'cat, fur', 'style': 'photo'}\n"
    call = local_call(
        description="kitty", detailed_descriptions="many", distance_to_viewer="far", tags=None, style=None
    )
    call = call.replace("    location", "    **look,\n    location")
    wanted = parse_reply(global_call + local_call()).canvas
    assert parse_reply(known + global_call + call).canvas == wanted
    again = parse_reply(known + "kitty = 'A dog.'\n" + global_call + call + "kitty = 'A cow.'\n")
    assert again.canvas is not None
    assert [region.description for region in again.canvas.regions] == ["A dog."]


def test_a_list_with_one_item_that_is_no_python_keeps_the_others(global_call: str, local_call: LocalCall) -> None:
    parsed = parse_reply(
        global_call + local_call(detailed_descriptions="['Its hull is red.', 'The sailors', not ours.', 'Gulls.']")
    )
    assert parsed.canvas is not None
    details = parsed.canvas.regions[0].detailed_descriptions
    assert details == ("Its hull is red.", "The sailors', not ours.", "Gulls.")


@pytest.mark.parametrize("token", ["<|eot_id|>", "<|end|>", "</s>", "<end_of_turn>", "<|im_end|>", "[/INST]"])
def test_tokens_that_end_a_turn_never_reach_a_text(token: str, global_call: str, local_call: LocalCall) -> None:
    changed = local_call(description=f"'A cat.{token}'", detailed_descriptions=f"['Fur{token}ry.', 'Soft.']")
    parsed = parse_reply(global_call + changed)
    assert parsed.canvas == parse_reply(global_call + local_call()).canvas
    assert parsed.corrections


def test_doubled_quotes_of_a_csv_file_are_single_ones(global_call: str, local_call: LocalCall) -> None:
    code = (global_call + local_call(tags="''", style="'It is old, he said.'")).replace("'", '"')
    parsed = read_canvas('id,reply\n1,"' + code.replace('"', '""') + '"\n')
    assert parsed.canvas == parse_reply(code).canvas
    assert parsed.problems == ()


def test_a_word_of_thinking_in_a_text_hides_no_region(global_call: str, local_call: LocalCall) -> None:
    parsed = parse_reply(global_call + local_call(description="'A screen that shows <think>.'") + local_call())
    assert parsed.canvas is not None
    assert any("thinks" in problem.message for problem in parsed.problems)
