"""From the arguments of a call to the fields of a region, each with what had to be put right."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from difflib import get_close_matches

from lib_omost.canvas.calls import Argument, Call
from lib_omost.canvas.limits import MAX_ITEMS
from lib_omost.canvas.model import Rect
from lib_omost.canvas.nearest import nearest_rgb
from lib_omost.canvas.report import Reports
from lib_omost.canvas.values import Joined, Lines, Node, Refused, Value, Word, read_value
from lib_omost.canvas.vocabulary import GRID

DEFAULT_DISTANCE = 5.0  # the middle of what the Omost models write, which is 1 to 10
NEAREST = 0.1  # read for a distance of nought or less
FARTHEST = 1000.0  # read for one beyond every number
MAX_ALIAS_CHARS = 60


def bind(text: str, call: Call, names: tuple[str, ...], lines: Lines, reports: Reports) -> dict[str, Node]:
    """The values of a call by parameter name. Names that are nearly right are corrected; unknown ones are reported."""
    values: dict[str, Node] = {}
    written = {argument.name for argument in call.arguments}
    for position, argument in enumerate(call.arguments):
        name = _parameter(argument, position, names, written | values.keys())
        line = lines(argument.place)
        if name is None:
            what = f"the argument {argument.name}" if argument.name else "a value without a name"
            reports.problem(line, f"{what} is not known and was left out", "one of " + ", ".join(names))
            continue
        if argument.name is not None and argument.name != name:
            reports.correct(line, f"read {argument.name} as {name}")
        node = read_value(text, argument, lines)
        if node is None:
            continue
        if name in values:
            reports.correct(line, f"{name} is given twice; the first counts")
            continue
        values[name] = node
    return values


def _parameter(argument: Argument, position: int, names: tuple[str, ...], taken: set[str | None]) -> str | None:
    name = argument.name
    if name is None:
        return names[position] if position < len(names) and names[position] not in taken else None
    if name in names:
        return name
    free = {_plain(candidate): candidate for candidate in names if candidate not in taken}
    plain = _plain(name)
    if plain in free:
        return free[plain]
    typos = get_close_matches(plain, free, n=1, cutoff=0.8)
    if typos:
        return free[typos[0]]
    parts = [candidate for candidate in free if len(plain) > 3 and plain in candidate]
    return free[parts[0]] if len(parts) == 1 else None


def _plain(name: str) -> str:
    return name[:MAX_ALIAS_CHARS].replace("_", "").lower().replace("colour", "color")


def read_text(node: Node | None, field: str, reports: Reports) -> str | None:
    """One text; None when there is none that can be read."""
    if node is None or node.value is None:
        return None
    value = node.value
    text: str | None = None
    if isinstance(value, Word):
        if " " in value:
            reports.correct(node.line, f"{field} has no quotes")
            text = str(value)
        else:
            reports.problem(node.line, f"{field} is the variable {value[:40]}", "a text in quotes")
    elif isinstance(value, str):
        if isinstance(value, Joined):
            reports.correct(node.line, f"{field} is a sum of texts; they were joined")
        text = _whole_characters(value, node.line, field, reports)
    elif isinstance(value, list):
        texts = [text for text in (read_text(item, field, reports) for item in value) if text is not None]
        reports.correct(node.line, f"{field} is a list; its texts were joined")
        text = (", " if field == "tags" else " ").join(texts)
    elif isinstance(value, (bool, Refused)):
        reports.problem(node.line, f"{field} is {_what(value)}", "a text in quotes")
    else:
        reports.correct(node.line, f"{field} is a number and was read as a text")
        text = str(value)
    return text


def read_items(node: Node | None, field: str, reports: Reports) -> tuple[str, ...] | None:
    """A list of texts; items that cannot be read are reported and left out."""
    if node is None or node.value is None:
        return None
    if not isinstance(node.value, list):
        text = read_text(node, field, reports)
        if text is not None:
            reports.correct(node.line, f"{field} is one text and was read as a list of one")
        return None if text is None else (text,)
    texts: list[str] = []
    for item in node.value:
        if isinstance(item.value, list):
            reports.correct(item.line, f"{field} holds a list in a list; it was flattened")
            texts += read_items(item, field, reports) or ()
        elif (text := read_text(item, f"an item of {field}", reports)) is not None:
            texts.append(text)
    if len(texts) > MAX_ITEMS:
        reports.problem(node.line, f"{field} has {len(texts)} items; the first {MAX_ITEMS} are kept")
    return tuple(texts[:MAX_ITEMS])


def read_distance(node: Node | None, line: int, reports: Reports) -> float:
    """A positive, finite distance.

    Nought or less is read as NEAREST, an infinite one as FARTHEST, and what is missing or not a number as
    DEFAULT_DISTANCE, each with a correction.
    """
    field = "distance_to_viewer"
    if node is None:
        reports.correct(line, f"{field} is missing and was taken as {DEFAULT_DISTANCE}")
        return DEFAULT_DISTANCE
    value = node.value
    if isinstance(value, str):
        number = re.search(r"[-+]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][-+]?\d{1,4})?", value[:80])
        named = {"inf": math.inf, "infinity": math.inf, "-inf": -math.inf}.get(value.strip().lower(), math.nan)
        value = float(number[0]) if number else named
        reports.correct(node.line, f"{field} is a text and was read as a number")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or math.isnan(value):
        reports.correct(node.line, f"{field} is {_what(value)} and was taken as {DEFAULT_DISTANCE}")
        return DEFAULT_DISTANCE
    if 0 < value < math.inf:
        return float(value)
    distance = NEAREST if value <= 0 else FARTHEST
    reports.correct(node.line, f"{field} {value} is not a positive, finite number and was taken as {distance}")
    return distance


def read_rect(node: Node | None, reports: Reports) -> Rect | None:
    """A free rectangle; one that leaves the grid is clipped, one that cannot be read leaves the place to the words."""
    if node is None or node.value is None:
        return None
    field = "free_rect"
    cells = [item.value for item in node.value] if isinstance(node.value, list) else []
    numbers = [cell for cell in cells if isinstance(cell, (int, float)) and not isinstance(cell, bool)]
    if len(cells) != 4 or len(numbers) != 4 or not all(map(math.isfinite, numbers)):
        reports.problem(node.line, f"{field} is no list of four numbers", "[top, bottom, left, right] in cells")
        return None
    rect = Rect(*(round(max(0, min(GRID, number))) for number in numbers))
    if rect.top >= rect.bottom or rect.left >= rect.right:
        reports.problem(node.line, f"{field} is empty", "[top, bottom, left, right] with top < bottom, left < right")
        return None
    if tuple(rect) != tuple(numbers):
        reports.correct(node.line, f"{field} was clipped and rounded to {list(rect)}")
    return rect


def read_name(node: Node | None, field: str, nearest: Callable[[str], str | None], reports: Reports) -> str | None:
    """The known name that is meant; None, and a problem, when it cannot be told."""
    if node is None or node.value is None:
        return None
    value = _listed_name(node.value) if isinstance(node.value, list) else node.value
    if isinstance(value, str) and not value.strip():
        return None
    name = nearest(value) if isinstance(value, str) else None
    if name is None:
        shown = repr(str(value)[:40]) if isinstance(value, str) else _what(value)
        reports.problem(node.line, f"{field} is {shown}", "one of the names in the system prompt")
    elif name != node.value:
        reports.correct(node.line, f"read {field} {str(value)[:40]!r} as {name!r}")
    elif isinstance(value, Word):
        reports.correct(node.line, f"{field} has no quotes")
    elif isinstance(value, Joined):
        reports.correct(node.line, f"{field} is a sum of texts; they were joined")
    return name


def _listed_name(items: list[Node]) -> Value:
    """A list of one name, or a colour as three numbers."""
    values = [item.value for item in items]
    if len(values) == 1:
        return values[0]
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    return nearest_rgb(numbers[:3]) if len(numbers) == len(values) and len(values) in (3, 4) else Refused("a list")


def _what(value: object) -> str:
    if isinstance(value, Refused):
        return value.what
    if isinstance(value, float) and math.isnan(value):
        return "not a number"
    return "a list" if isinstance(value, list) else str(value)[:40]


def _whole_characters(value: str, line: int, field: str, reports: Reports) -> str:
    """Two halves of a surrogate pair become one character; a single half becomes U+FFFD."""
    if not any("\ud800" <= char <= "\udfff" for char in value):
        return value
    reports.correct(line, f"{field} holds halves of characters, which were joined or replaced")
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
