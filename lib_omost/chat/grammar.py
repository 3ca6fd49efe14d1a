"""The Canvas language as an llguidance grammar (Lark syntax), made from the vocabulary of `lib_omost.canvas`.

A reply held to it is one fenced block in the layout that the Omost models write; every name in it is a known one and
every text a closed literal. So whatever the model chooses, a reply that ends is a canvas. Layout and field names leave
no choice: they cost the model no forward pass.
"""

from __future__ import annotations

from lib_omost.canvas.colors import COLORS
from lib_omost.canvas.vocabulary import AREAS, GLOBAL_METHOD, LOCAL_METHOD, LOCATIONS, OFFSETS
from lib_omost.chat.bounds import Bounds
from lib_omost.chat.lark import OPENING, WORD, literal
from lib_omost.chat.plan import Plan

# The marks of plain prose, letters and digits. No quote, backslash, backtick, newline.
_PROSE = r"[\p{L}\p{N} ,.;:!?()&%+–’-]"

_INITIALIZE = "# Initialize the canvas\ncanvas = Canvas()\n\n# Set a global description for the canvas\n"

# Fields and the rules of their values.
_LISTS = (("detailed_descriptions", "items"), ("tags", "TAGS"))
_PLACE = (("offset", "OFFSET"), ("area", "AREA"), ("distance_to_viewer", "DISTANCE"))
_MOODS = (
    ("atmosphere", "MOOD"),
    ("style", "MOOD"),
    ("quality_meta", "MOOD"),
)
_COLOR = ("HTML_web_color_name", "COLOR")


def canvas_grammar(bounds: Bounds, plan: Plan | None = None) -> str:
    """The grammar of a reply, as `llguidance.LLMatcher.grammar_from_lark` reads it.

    With a plan the reply begins with it and has its regions: where each lies and how its description begins is settled.
    """
    least, most = bounds.regions
    if plan is None:
        opening, whole, body = OPENING, "SENTENCE", f"region_0{{{least},{most}}}"
        regions = [_region("COMMENT", "LOCATION", "SENTENCE")]
    else:
        opening, whole = plan.text + "\n", _begins(plan.scene)
        body = " ".join(f"region_{number}" for number in range(len(plan.entries)))
        regions = [_region(literal(thing), literal(repr(place)), _begins(thing)) for thing, place in plan.entries]
    global_call = _call(GLOBAL_METHOD, (("description", whole), *_LISTS, _COLOR))
    rules = (
        f"start: {literal(opening + _INITIALIZE)} {global_call} {body} {literal('```')}",
        *(f"region_{number}: {region}" for number, region in enumerate(regions)),
        f"items: {_items(*bounds.items)}",
        f"item: {literal('        ')} SENTENCE {literal(',' + chr(10))}",
        f"COMMENT: /{WORD}[\\p{{L}}\\p{{N}} ,-]{{0,{bounds.sentence - 1}}}/",
        f"SENTENCE: {_text(bounds.sentence)}",
        f"REST: /([ ,.]{_PROSE}{{0,{bounds.sentence - 1}}})?'/",
        f"TAGS: {_text(bounds.tags)}",
        f"MOOD: {_text(bounds.mood)}",
        r"DISTANCE: /[1-9][0-9]?\.[0-9]/",
        f"LOCATION: {_names(LOCATIONS)}",
        f"OFFSET: {_names(OFFSETS)}",
        f"AREA: {_names(AREAS)}",
        f"COLOR: {_names(COLORS)}",
    )
    return "%llguidance {}\n" + "\n".join(rules) + "\n"


def _region(comment: str, location: str, description: str) -> str:
    fields = (("location", location), *_PLACE, ("description", description), *_LISTS, *_MOODS, _COLOR)
    added = literal("\n# Add ")
    return f"{added} {comment} {literal('.' + chr(10))} {_call(LOCAL_METHOD, fields)}"


def _begins(words: str) -> str:
    """A description that begins with these words."""
    return f"{literal(chr(39) + words[0].upper() + words[1:])} REST"


def _call(method: str, fields: tuple[tuple[str, str], ...]) -> str:
    """`canvas.method(` and one field a line; neighbouring literals are joined into one."""
    parts: list[str] = []
    text = f"canvas.{method}(\n"
    for name, rule in fields:
        parts += [literal(f"{text}    {name}="), rule]
        text = ",\n"
    return " ".join([*parts, literal(",\n)\n")])


def _items(least: int, most: int) -> str:
    if most == 0:
        return literal("[]")
    some = f"{literal('[' + chr(10))} item{{{max(least, 1)},{most}}} {literal('    ]')}"
    return some if least else f"{literal('[]')} | {some}"


def _text(longest: int) -> str:
    """A single-quoted text of 1 to `longest` characters. Curly apostrophes are inside it as they are."""
    return f"/'{WORD}{_PROSE}{{0,{longest - 1}}}'/"


def _names(table: dict[str, tuple[int, int]] | dict[str, tuple[int, int, int]]) -> str:
    return " | ".join(literal(repr(name)) for name in table)
