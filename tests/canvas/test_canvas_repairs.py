"""Single faults of single values: what is read, and that it is reported on the right line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lib_omost.canvas import ParsedReply, parse_reply

LocalCall = Callable[..., str]
Read = Callable[..., ParsedReply]


@pytest.fixture
def read(global_call: str, local_call: LocalCall) -> Read:
    def parse(**changes: str | None) -> ParsedReply:
        return parse_reply(global_call + local_call(**changes))

    return parse


def field_of(reply: ParsedReply, name: str) -> Any:
    assert reply.canvas is not None
    (region,) = reply.canvas.regions
    return getattr(region, name)


# Texts

REPAIRED_TEXTS = [
    ("'The dragon's body is big'", "The dragon's body is big"),
    ("'the warriors' swords'", "the warriors' swords"),
    ("'It's the dragon's', ", "It's the dragon's"),
    ('"He said "stop" and left"', 'He said "stop" and left'),
    ("‘The dragon’s body’", "The dragon’s body"),
    ("“don't”", "don't"),
    ("„tief“", "tief"),
    ("«loin»", "loin"),
    ('“mixed"', "mixed"),
    ("'first\n second'", "first\n second"),
    ("'no end", "no end"),
    ("'wrong end’", "wrong end"),
    ("“say \\“hi\\””", "say \\“hi\\”"),
    ("‘a \\' b’", "a ' b"),
    ("r'the dragon's \\d'", "the dragon's \\d"),
    ("'A dog, ' + 'running.'", "A dog, running."),
    ("('a ' +\n 'b ' + \"c\")", "a b c"),
    ("A red cat", "A red cat"),
    ("['A', 'cat']", "A cat"),
    ("5", "5"),
    ("'\\ud83d\\ude00 \\ud83d'", "😀 \ufffd"),
]


@pytest.mark.parametrize(("source", "wanted"), REPAIRED_TEXTS)
def test_texts_that_are_nearly_right(source: str, wanted: str, read: Read) -> None:
    reply = read(description=source)
    assert field_of(reply, "description") == wanted
    assert field_of(reply, "detailed_descriptions") == ("Furry.", "Soft.")
    assert field_of(reply, "color_name") == "red"
    assert reply.corrections
    assert reply.problems == ()
    assert {correction.line for correction in reply.corrections} <= {13, 14}


CORRECT_TEXTS = [
    r"'It\'s'",
    r'"a \"b\" c"',
    "'''It's \"this\"\nand that'''",
    '"""two\nlines"""',
    r"r'\d'",
    "u'x'",
    "'a ' 'b'",
    "('a, '\n     'b')",
    "'a' r'\\b'",
    "'a\\\nb'",
    r"'\x41\u00e9\U0001F600\N{DIGIT ONE}\101\7\0\t'",
    "''",
    "'#ff0000 (red)'",
    "'canvas.add_local_description('",
    "'x',  # it's a comment",
]


@pytest.mark.parametrize("source", CORRECT_TEXTS)
def test_correct_literals_are_read_as_python_reads_them(source: str, read: Read) -> None:
    reply = read(description=source)
    namespace: dict[str, str] = {}
    exec(f"value = ({source.removesuffix('  # it' + chr(39) + 's a comment').rstrip(',')})", namespace)
    assert field_of(reply, "description") == namespace["value"].replace("\0", "\0")
    assert (reply.corrections, reply.problems) == ((), ())


@pytest.mark.parametrize(("source", "wanted"), [(r"'\d'", r"\d"), (r"'\x'", r"\x"), (r"'C:\users'", r"C:\users")])
@pytest.mark.filterwarnings("error")
def test_unknown_escapes_stay_as_they_are_without_a_warning(source: str, wanted: str, read: Read) -> None:
    assert field_of(read(description=source), "description") == wanted


def test_a_text_in_three_quotes_that_was_cut_is_left_out(global_call: str, local_call: LocalCall) -> None:
    reply = parse_reply(global_call + local_call(tags="'''it\\'s a"))
    assert field_of(reply, "tags") == ""
    assert field_of(reply, "description") == "A cat."


def test_an_f_string_without_values_is_a_text(read: Read) -> None:
    assert field_of(read(description="f'A cat.'"), "description") == "A cat."


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("f'A {color} cat'", "an f-string"),
        ("make('cat')", "a function call"),
        ("'A' + cat", "an expression"),
        ("'A' + 5", "an expression"),
        ("+".join(["'A'"] * 18), "an expression"),
        ("'%s' % cat", "an expression"),
        ("'a' if x else 'b'", "an expression"),
        ("','.join(names)", "a function call"),
        ("'A cat'.replace('c', cat)", "a function call"),
        ("{'a': 'b'}", "a dictionary"),
        ("cat", "the variable cat"),
        ("b'cat'", "not a text"),
        ("True", "True"),
        ("$$", "not Python"),
        ("...", "not Python"),
        ("-" * 300 + "1", "an expression"),
        ("-'cat'", "an expression"),
        ("9" * 500, "a number that cannot be read"),
        ("'\\N{NO SUCH NAME}'", "not Python"),
    ],
)
def test_what_is_not_a_text_is_refused_with_its_line(source: str, what: str, read: Read) -> None:
    reply = read(description=source, location=None)
    assert reply.canvas is not None
    assert reply.canvas.regions == ()
    assert what in reply.problems[0].message
    assert reply.problems[0].line == 12
    assert reply.problems[0].expected
    # an optional field is left out, the region stays
    reply = read(style=source)
    assert field_of(reply, "style") == ""
    assert [problem.line for problem in reply.problems] == [17]


# Lists

LISTS = [
    ("['a', 'b',]", ("a", "b"), False),
    ("('a', 'b')", ("a", "b"), False),
    ("{'a', 'b', 'c'}", ("a", "b", "c"), False),
    ("[]", (), False),
    ("['a ' 'b']", ("a b",), False),
    ("['a'\n 'b'\n 'c']", ("a", "b", "c"), True),
    ("['a' 'b']", ("a", "b"), True),
    ("['a',, 'b']", ("a", "b"), False),
    ("['a', ['b', 'c']]", ("a", "b", "c"), True),
    ("['a', 5, None]", ("a", "5"), True),
    ("'one text'", ("one text",), True),
    ("['a', 'b')", ("a", "b"), True),
    ("['a', 'b'", ("a", "b"), True),
    ("['a', 'b']]", ("a", "b"), True),
    ("[“a”, ‘b’]", ("a", "b"), True),
    ("['a.’, 'b.’]", ("a.", "b."), True),
    ('["a.”, "b.”]', ("a.", "b."), True),
    ("['a.’, 'b.']", ("a.", "b."), True),
    ("['a.', 'b.’]", ("a.", "b."), True),
    ("[\"a.”, 'b.’, ‘c.’]", ("a.", "b.", "c."), True),
    ("['a.’,\n 'b.’\n]", ("a.", "b."), True),
    ("['the dog’s ball', 'dogs’ toys']", ("the dog’s ball", "dogs’ toys"), False),
    ("['dogs’, \"cats\"']", ('dogs’, "cats"',), False),
    ("['‘a’, ‘b’ it's', 'c']", ("‘a’, ‘b’ it's", "c"), True),
    ("【‘a’，‘b’】".replace("【", "[").replace("】", "]"), ("a", "b"), True),
]


@pytest.mark.parametrize(("source", "wanted", "corrected"), LISTS)
def test_lists(source: str, wanted: tuple[str, ...], corrected: bool, read: Read) -> None:
    reply = read(detailed_descriptions=source)
    assert field_of(reply, "detailed_descriptions") == wanted
    assert field_of(reply, "tags") == "cat, fur"
    assert bool(reply.corrections) == corrected
    assert reply.problems == ()


@pytest.mark.parametrize("wrong", ["'A tree.’", '"A tree.”'])
def test_a_straight_quote_closed_by_a_typographic_one_at_the_end_of_a_call(wrong: str) -> None:
    for call in (f"{wrong}, tags='tree')", f"tags='tree', description={wrong})", f"{wrong}, ['Tall.'], 'tree')\n```"):
        reply = parse_reply(f"canvas.set_global_description({call}")
        assert reply.canvas is not None
        assert (reply.canvas.description, reply.canvas.tags) == ("A tree.", "tree")
        assert any("typographic quote" in correction.message for correction in reply.corrections)
        assert reply.problems == ()


def test_items_that_cannot_be_read_are_left_out_and_reported_on_their_line(read: Read) -> None:
    reply = read(detailed_descriptions="[\n'a',\nf'{b}',\nfoo(),\n'c',\ncat,\n]")
    assert field_of(reply, "detailed_descriptions") == ("a", "c")
    assert [problem.line for problem in reply.problems] == [16, 17, 19]


@pytest.mark.parametrize("source", ["None", "x()", "True"])
def test_a_list_that_is_none(source: str, read: Read) -> None:
    assert field_of(read(detailed_descriptions=source), "detailed_descriptions") == ()


def test_too_many_items_are_left_out_and_reported(read: Read) -> None:
    reply = read(detailed_descriptions="[" + "'a'," * 100 + "]")
    assert field_of(reply, "detailed_descriptions") == ("a",) * 64
    assert [problem.line for problem in reply.problems] == [14]


def test_tags_in_a_list_are_joined_with_commas(read: Read) -> None:
    assert field_of(read(tags="['cat', 'fur']"), "tags") == "cat, fur"


# Numbers


@pytest.mark.parametrize(
    ("source", "wanted"),
    [("7", 7.0), (".5", 0.5), ("+2.", 2.0), ("1e3", 1000.0), ("1e-300", 1e-300), ("(4)", 4.0), ("1_000", 1000.0)],
)
def test_good_distances(source: str, wanted: float, read: Read) -> None:
    reply = read(distance_to_viewer=source)
    assert field_of(reply, "distance_to_viewer") == wanted
    assert reply.corrections == ()


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("'5.5'", 5.5),
        ("'about 7 m'", 7.0),
        ("5m", 5.0),
        ("0", 0.1),
        ("-3.0", 0.1),
        ("-1e999", 0.1),
        ("'-inf'", 0.1),
        ("1e999", 1000.0),
        ("'inf'", 1000.0),
        ("nan", 5.0),
        ("float('nan')", 5.0),
        ("'somewhere'", 5.0),
        ("'far'", 10.0),
        ("'near'", 1.0),
        ("'very far away'", 20.0),
        ("'in the middle ground'", 5.0),
        ("'weit entfernt'", 10.0),
        ("'很近'", 0.5),
        ("'five'", 5.0),
        ("'3,5'", 3.5),
        ("3,5", 3.5),
        ("'1,000'", 1000.0),
        ("'1 000'", 1000.0),
        ("'1/2'", 0.5),
        ("'1½'", 1.5),
        ("'not far'", 1.0),
        ("'remote'", 10.0),
        ("None", 5.0),
        ("True", 5.0),
        ("[3]", 5.0),
        ("2 ** 3", 5.0),
        ("9" * 5000, 5.0),
        (None, 5.0),
    ],
)
def test_distances_that_have_to_be_chosen_are_reported(source: str | None, wanted: float, read: Read) -> None:
    reply = read(distance_to_viewer=source)
    assert field_of(reply, "distance_to_viewer") == wanted
    assert reply.corrections
    assert all("distance_to_viewer" in correction.message for correction in reply.corrections)


# Keywords, commas, brackets


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("HTML_web_color_name", "html_web_color_name"),
        ("HTML_web_color_name", "color"),
        ("HTML_web_color_name", "HTML_web_colour_name"),
        ("distance_to_viewer", "distance"),
        ("detailed_descriptions", "detailed_description"),
        ("quality_meta", "quality"),
        ("    description", "    Description"),
        ("    description", "    descripton"),
        ("location", "Location"),
        ("add_local_description", "add_local_descripton"),
        ("add_local_description", "addLocalDescription"),
        ("add_local_description", "add_region"),
    ],
)
def test_names_of_arguments_and_methods_that_are_nearly_right(
    old: str, new: str, global_call: str, local_call: LocalCall
) -> None:
    reply = parse_reply(global_call + local_call().replace(old, new))
    assert reply.canvas == parse_reply(global_call + local_call()).canvas
    assert len(reply.corrections) == 1
    assert reply.problems == ()


def test_unknown_arguments_are_left_out_and_reported_on_their_line(read: Read) -> None:
    reply = read(mood="'happy'", mode="Style(name='x', tags='y')")
    assert field_of(reply, "tags") == "cat, fur"
    assert [problem.line for problem in reply.problems] == [20, 21]
    assert "mood" in reply.problems[0].message


def test_surplus_positional_arguments_are_reported(global_call: str) -> None:
    reply = parse_reply("canvas.set_global_description('A sky.', ['Blue.'], 'sky', 'blue', 'more', description='x')")
    assert reply.canvas is not None
    assert reply.canvas.tags == "sky"
    assert [problem.line for problem in reply.problems] == [1, 1]


def test_an_argument_given_twice(read: Read, global_call: str, local_call: LocalCall) -> None:
    reply = parse_reply(global_call + local_call().replace("    style", "    tags='dog',\n    style"))
    assert field_of(reply, "tags") == "cat, fur"
    assert [correction.line for correction in reply.corrections] == [17]


def test_unknown_methods_are_reported(global_call: str, local_call: LocalCall) -> None:
    reply = parse_reply(global_call + "canvas.set_frame(1)\n" + local_call())
    assert field_of(reply, "tags") == "cat, fur"
    assert [(problem.line, "set_frame" in problem.message) for problem in reply.problems] == [(8, True)]


def test_no_comma_at_all(global_call: str, local_call: LocalCall) -> None:
    good = global_call + local_call(tags="'cat'").replace("['Furry.', 'Soft.']", "['Furry.',\n'Soft.']")
    reply = parse_reply(good.replace(",\n", "\n"))
    assert reply.canvas == parse_reply(good).canvas
    assert reply.problems == ()
    # every kind of repair is reported once a call
    assert [correction.message for correction in reply.corrections] == ["added a missing comma"] * 2


def test_a_list_that_is_never_closed(read: Read) -> None:
    reply = read(detailed_descriptions="['a',\n'b',")
    assert field_of(reply, "detailed_descriptions") == ("a", "b")
    assert field_of(reply, "tags") == "cat, fur"
    assert [correction.line for correction in reply.corrections] == [16]


@pytest.mark.parametrize("gap", ["", "\n# Add a dog.\n"])
def test_a_call_that_is_never_closed(gap: str, global_call: str, local_call: LocalCall) -> None:
    good = global_call + local_call() + local_call(description="'A dog.'")
    for broken in (
        good.replace(")\ncanvas.add", gap + "canvas.add"),
        good.replace(")\ncanvas.add", "canvas = Canvas()\ncanvas.add"),
    ):
        reply = parse_reply(broken)
        assert reply.canvas is not None
        assert reply.canvas.regions[-1].description == "A dog."
    closed = parse_reply(good.replace(")\ncanvas.add", gap + "canvas.add"))
    assert closed.canvas == parse_reply(good).canvas
    assert any("closed the brackets" in correction.message for correction in closed.corrections)


def test_a_list_closed_by_the_bracket_of_the_call(global_call: str, local_call: LocalCall) -> None:
    broken = "canvas.set_global_description(description='A sky.', detailed_descriptions=['a', 'b')\n"
    reply = parse_reply(broken + local_call())
    assert reply.canvas is not None
    assert reply.canvas.detailed_descriptions == ("a", "b")
    assert len(reply.canvas.regions) == 1


def test_an_argument_without_a_value(read: Read) -> None:
    reply = read(tags="", detailed_descriptions="")
    assert field_of(reply, "tags") == ""
    assert field_of(reply, "style") == "photo"
    assert reply.corrections


def test_missing_values_have_defaults_that_are_reported(global_call: str) -> None:
    call = "canvas.add_local_description(location='on the left', area='a small square area', description='A cat.')"
    reply = parse_reply(global_call + call)
    assert field_of(reply, "offset") == "no offset"
    assert field_of(reply, "color_name") == "gray"
    assert field_of(reply, "atmosphere") == ""
    assert {correction.line for correction in reply.corrections} == {8}


@pytest.mark.parametrize("source", [None, "None"])
def test_a_region_needs_its_description(source: str | None, read: Read) -> None:
    reply = read(description=source)
    assert reply.canvas is not None
    assert reply.canvas.regions == ()
    assert reply.problems[-1].line == 8
    assert "description" in reply.problems[-1].message


@pytest.mark.parametrize(("field", "default"), [("location", "in the center"), ("area", "a medium-sized square area")])
@pytest.mark.parametrize("source", [None, "None", "''", "5", "'xyzzy'", "f'{x}'", "make()"])
def test_a_word_that_cannot_be_read_costs_the_word_and_not_the_region(
    field: str, default: str, source: str | None, read: Read
) -> None:
    reply = read(**{field: source})
    assert field_of(reply, field) == default
    assert field_of(reply, "description") == "A cat."
    assert any(f"default for {field}" in correction.message for correction in reply.corrections)


def test_characters_that_cannot_be_read_are_replaced_and_reported(read: Read) -> None:
    reply = read(description="'a\0b\ud800c'")
    assert field_of(reply, "description") == "a\ufffdb\ufffdc"
    assert [correction.line for correction in reply.corrections] == [1]
