"""From the arguments of a call to the fields of a region, each with what had to be put right."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches

from lib_omost.canvas.calls import Argument, Call
from lib_omost.canvas.color_notation import scaled
from lib_omost.canvas.color_words import nearest_color, nearest_rgb
from lib_omost.canvas.limits import MAX_DEPTH, MAX_ITEMS
from lib_omost.canvas.rects import BOX, BOX_2D, BOXES, CORNERS, SIDES
from lib_omost.canvas.report import Reports
from lib_omost.canvas.source import Source
from lib_omost.canvas.strays import with_strays
from lib_omost.canvas.values import (
    Attribute,
    Joined,
    Named,
    Node,
    Refused,
    Repaired,
    Template,
    Value,
    Word,
    named,
    read_value,
)
from lib_omost.errors import has_halves, whole_characters

MAX_ALIAS_CHARS = 60
MAX_FIELDS = 64  # of an object
LARGEST = 10**30  # whole number that is read
NAMES_FOR_PEOPLE = ("name", "id", "label", "title", "comment", "note", "key", "index", "number")
_NAMES = ("name", "label", "title")  # those that may say what a region shows
_SYNONYMS = {
    **dict.fromkeys(("bbox", "box", "boundingbox", "xywh", "boundary", "bounds", "rectangle", "coordinates"), BOX),
    **dict.fromkeys(("coords", "ltwh", "bboxxywh"), BOX),
    **dict.fromkeys(("xyxy", "ltrb", "corners", "bboxxyxy", "x1y1x2y2"), CORNERS),
    "box2d": BOX_2D,
    **dict.fromkeys(("position", "pos", "place", "placement"), "location"),
    **dict.fromkeys(("size", "shape", "dimensions"), "area"),
    **dict.fromkeys(("distance", "depth", "distancefromviewer"), "distance_to_viewer"),
    **dict.fromkeys(("details", "detailed", "subprompts"), "detailed_descriptions"),
    **dict.fromkeys(("color", "colorname", "htmlcolor", "webcolor", "htmlwebcolor"), "HTML_web_color_name"),
    **dict.fromkeys(("prompt", "text", "caption", "desc"), "description"),
    **dict.fromkeys(("mood", "ambience", "ambiance"), "atmosphere"),
    **dict.fromkeys(("quality", "meta"), "quality_meta"),
}
_NUMBERS = (*BOXES, *SIDES)  # of which nothing is nearly right


def bind(source: Source, call: Call, names: tuple[str, ...], reports: Reports) -> dict[str, Node]:
    """The values of a call by parameter name. Names that are nearly right are corrected; unknown ones are reported."""
    values: dict[str, Node] = {}
    arguments = with_strays(source, call.arguments, reports)
    written = {argument.name for argument in arguments}
    for position, argument in enumerate(arguments):
        name = _parameter(argument, position, names, written | values.keys())
        line = source.lines(argument.place)
        if name is None:
            _report_unknown(argument, names, line, reports)
            continue
        if argument.name is not None and argument.name != name:
            reports.correct(line, f"read {argument.name} as {name}")
        node = read_value(source.text, argument, source.lines)
        if node is None:
            continue
        if name in values:
            reports.correct(line, f"{name} is given twice; the first counts")
            continue
        values[name] = _without_variables(node, source, reports)
    if call.ending == "closed" and "description" in names:
        named = (argument for argument in call.arguments if argument.name and _plain(argument.name) in _NAMES)
        _described_by_name(values, (read_value(source.text, argument, source.lines) for argument in named), reports)
    return values


def bind_object(data: Mapping[str, object], names: tuple[str, ...], line: int, reports: Reports) -> dict[str, Node]:
    """The values of a JSON object by parameter name, as `bind` reads those of a call."""
    values: dict[str, Node] = {}
    if len(data) > MAX_FIELDS:
        reports.problem(line, f"{len(data) - MAX_FIELDS} fields beyond the first {MAX_FIELDS} were left out")
        data = dict(list(data.items())[:MAX_FIELDS])
    for key, value in data.items():
        argument = Argument(str(key)[:MAX_ALIAS_CHARS], 0)
        name = _parameter(argument, 0, names, {*data, *values})
        if name is None:
            _report_unknown(argument, names, line, reports)
        elif name in values:
            reports.correct(line, f"{name} is given twice; the first counts")
        else:
            if key != name:
                reports.correct(line, f"read {key[:MAX_ALIAS_CHARS]} as {name}")
            values[name] = node_of(value, line)
    named = (node_of(value, line) for key, value in data.items() if _plain(str(key)) in _NAMES)
    _described_by_name(values, named, reports)
    return values


def _described_by_name(values: dict[str, Node], named: Iterable[Node | None], reports: Reports) -> None:
    """Where a region has no description, its name is one."""
    for node in named if values and "description" not in values else ():
        if node is not None and isinstance(node.value, str) and node.value.strip():
            reports.correct(node.line, "there is no description; the name stands for it")
            values["description"] = node
            return


def node_of(value: object, line: int, depth: int = 0) -> Node:
    """A JSON value as the value of an argument; `depth` is that of the lists around it."""
    if isinstance(value, (list, tuple)):
        if depth == MAX_DEPTH:
            return Node(Refused("a list in too many lists"), line)
        return Node([node_of(item, line, depth + 1) for item in value[: 4 * MAX_ITEMS]], line)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= LARGEST:
        return Node(Refused("a number that is too large"), line)
    if isinstance(value, Mapping) and depth < MAX_DEPTH:
        few = list(value.items())[: 4 * MAX_ITEMS]
        return Node(Named({str(key): node_of(item, line, depth + 1) for key, item in few}), line)
    if value is None or isinstance(value, (str, bool, int, float)):
        return Node(value, line)
    return Node(Refused("a dictionary"), line)


def _report_unknown(argument: Argument, names: tuple[str, ...], line: int, reports: Reports) -> None:
    if argument.name is not None and _plain(argument.name) in NAMES_FOR_PEOPLE:
        reports.correct(line, f"left {argument.name} out: a region is known by its description")
        return
    what = f"the argument {argument.name}" if argument.name else "a value without a name"
    known = [name for name in names if name not in (*_NUMBERS, "free_rect")]
    reports.problem(line, f"{what} is not known and was left out", "one of " + ", ".join(known))


def _without_variables(node: Node, source: Source, reports: Reports) -> Node:
    """A value with what its variables stand for in their place."""
    value = node.value
    if isinstance(value, list):
        return Node([_without_variables(item, source, reports) for item in value], node.line)
    if isinstance(value, Template) and (filled := _filled(value, source)) is not None:
        reports.correct(node.line, f"put in what {', '.join(value.names)} stand for")
        return Node(filled, node.line)
    variable = source.variables.get(value) if isinstance(value, Word) else None
    if variable is None or variable.value is None:
        return node
    reports.correct(node.line, f"put in what the variable {value} stands for")
    plain = variable.value
    return Node([Node(item, node.line) for item in plain] if isinstance(plain, list) else plain, node.line)


def _filled(template: Template, source: Source) -> str | None:
    """The text of a template whose variables are all known; None where one is not."""
    known = {name: source.variables.get(name) for name in template.names}
    plain = {name: found.value for name, found in known.items() if found and isinstance(found.value, (str, int, float))}
    if len(plain) < len(known):
        return None
    return "".join(str(plain[part]) if isinstance(part, Word) else part for part in template.parts)


def _parameter(argument: Argument, position: int, names: tuple[str, ...], taken: set[str | None]) -> str | None:
    name = argument.name
    if name is None:
        is_free = position < len(names) and names[position] not in {*taken, *_NUMBERS}
        return names[position] if is_free else None
    plain = _plain(name)
    meant = _SYNONYMS.get(plain, plain if plain in SIDES else name)
    if meant in names and (meant == name or meant not in taken):
        return meant
    if plain in NAMES_FOR_PEOPLE or plain in _SYNONYMS:
        return None
    free = {_plain(candidate): candidate for candidate in names if candidate not in {*taken, *_NUMBERS}}
    if plain in free:
        return free[plain]
    typos = get_close_matches(plain, free, n=1, cutoff=0.8)
    if typos:
        return free[typos[0]]
    parts = [candidate for candidate in free if len(plain) > 3 and plain in candidate]
    return free[parts[0]] if len(parts) == 1 else None


def known_field(name: str, names: tuple[str, ...]) -> str | None:
    """The one of `names` that a word surely means, or "name" for what people call a thing; None for other words."""
    plain = _plain(name)
    if plain in _NAMES:
        return "name"
    meant = _SYNONYMS.get(plain, plain)
    return meant if meant in names else _plainly(names).get(meant)


@functools.cache
def _plainly(names: tuple[str, ...]) -> dict[str, str]:
    """Names by what is plain in them."""
    return {_plain(name): name for name in names}


def _plain(name: str) -> str:
    return name[:MAX_ALIAS_CHARS].replace("_", "").lower().replace("colour", "color")


def read_text(node: Node | None, field: str, reports: Reports) -> str | None:
    """One text; None when there is none that can be read."""
    if node is None or node.value is None:
        return None
    value = node.value
    text: str | None = None
    if isinstance(value, Word):
        if " " in value and not isinstance(value, Attribute):
            reports.correct(node.line, f"{field} has no quotes")
            text = str(value)
        else:
            reports.problem(node.line, f"{field} is the variable {value[:40]}", "a text in quotes")
    elif isinstance(value, str):
        if isinstance(value, Joined):
            reports.correct(node.line, f"{field} is a sum of texts; they were joined")
        if isinstance(value, Repaired):
            reports.correct(node.line, f"{field} has quotes that do not fit each other")
        text = _whole_characters(value, node.line, field, reports)
    elif isinstance(value, list):
        texts = [text for text in (read_text(item, field, reports) for item in value) if text is not None]
        reports.correct(node.line, f"{field} is a list; its texts were joined")
        text = (", " if field == "tags" else " ").join(texts)
    elif isinstance(value, (bool, Refused)):
        reports.problem(node.line, f"{field} is {named(value)}", "a text in quotes")
    else:
        reports.correct(node.line, f"{field} is a number and was read as a text")
        text = str(value)
    return text


def read_items(node: Node | None, field: str, reports: Reports) -> tuple[str, ...] | None:
    """A list of texts; items that cannot be read are reported and left out."""
    if node is None or node.value is None:
        return None
    if isinstance(node.value, Named):
        reports.correct(node.line, f"{field} is an object; its values are the items")
        return read_items(Node(list(node.value.items.values()), node.line), field, reports)
    if not isinstance(node.value, list):
        text = read_text(node, field, reports)
        if text is not None:
            reports.correct(node.line, f"{field} is one text and was read as a list of one")
        return None if text is None else (text,)
    texts: list[str] = []
    for item in node.value:
        if isinstance(item.value, Named):
            reports.correct(item.line, f"an item of {field} is an object; its texts were joined")
            found = (read_text(part, f"an item of {field}", reports) for part in item.value.items.values())
            texts.append(" ".join(filter(None, found)))
        elif isinstance(item.value, list):
            reports.correct(item.line, f"{field} holds a list in a list; it was flattened")
            texts += read_items(item, field, reports) or ()
        elif (text := read_text(item, f"an item of {field}", reports)) is not None:
            texts.append(text)
    if len(texts) > MAX_ITEMS:
        reports.problem(node.line, f"{field} has {len(texts)} items; the first {MAX_ITEMS} are kept")
    return tuple(texts[:MAX_ITEMS])


def read_name(node: Node | None, field: str, nearest: Callable[[str], str | None], reports: Reports) -> str | None:
    """The known name that is meant; None, and a problem, when it cannot be told."""
    if node is None or node.value is None:
        return None
    value = _listed_name(node.value) if isinstance(node.value, (list, Named)) else node.value
    if isinstance(value, str) and not value.strip():
        return None
    name = nearest(value) if isinstance(value, str) else None
    if name is None:
        shown = repr(str(value)[:40]) if isinstance(value, str) else named(value)
        reports.problem(node.line, f"{field} is {shown}", "one of the names in the system prompt")
    elif name != node.value:
        reports.correct(node.line, f"read {field} {str(value)[:40]!r} as {name!r}")
    elif isinstance(value, Word):
        reports.correct(node.line, f"{field} has no quotes")
    elif isinstance(value, Joined):
        reports.correct(node.line, f"{field} is a sum of texts; they were joined")
    return name


def _listed_name(value: list[Node] | Named) -> Value:
    """A list of one name, names in a list or an object as one, or a colour as three numbers."""
    values = [item.value for item in (value.items.values() if isinstance(value, Named) else value)]
    if len(values) == 1:
        return values[0]
    if values and all(isinstance(one, str) for one in values):
        return " ".join(map(str, values))
    numbers = [one for one in values if isinstance(one, (int, float)) and not isinstance(one, bool)]
    if len(numbers) == len(values) and len(values) in (3, 4):
        letters = [str(name)[:1].lower() for name in value.items] if isinstance(value, Named) else []
        if letters[:2] == ["h", "s"]:
            second, third = (number * (100 if max(numbers[1:3]) <= 1 else 1) for number in numbers[1:3])
            return nearest_color(f"hs{letters[2]}({numbers[0]:g} {second:g}% {third:g}%)")
        return nearest_rgb(scaled(numbers[:3], are_shares=any(isinstance(one, float) for one in numbers[:3])))
    return value if isinstance(value, Named) else Refused("a list")


def _whole_characters(value: str, line: int, field: str, reports: Reports) -> str:
    """Two halves of a surrogate pair become one character; a single half becomes U+FFFD."""
    if not has_halves(value):
        return value
    reports.correct(line, f"{field} holds halves of characters, which were joined or replaced")
    return whole_characters(value)
