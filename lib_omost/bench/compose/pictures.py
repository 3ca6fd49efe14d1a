"""`bench picture`: from the message to the pixels. Sixty messages about coloured shapes, drawn and read back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.resources import files

from lib_omost.bench.compose.answers import Answer
from lib_omost.bench.compose.checks import judge
from lib_omost.bench.compose.figures import by_category, percent, right
from lib_omost.bench.compose.messages import Message, Thing, read_messages
from lib_omost.bench.compose.reading import read_picture
from lib_omost.bench.rates import Rate, rate
from lib_omost.canvas import Canvas, parse_reply, write_canvas
from lib_omost.mini.scenes import Image

Draw = Callable[[Canvas, int], Image]  # a canvas and a seed → (H, W, 3)


@dataclass(frozen=True)
class Seen:
    """What a picture shows of its message: whether each `thing` is where it was asked, and what fails of the whole."""

    answer: Answer
    picture: Image | None  # None where there was no canvas
    things: tuple[bool, ...]
    failed: tuple[str, ...]

    @property
    def right(self) -> bool:
        return not self.failed


def picture_messages() -> tuple[Message, ...]:
    """The messages of `pictures.json`. Each thing has a shape for its noun and one colour."""
    return read_messages(files("lib_omost.bench.compose").joinpath("pictures.json").read_text(encoding="utf-8"))


def draw_all(
    draw: Draw, answers: Sequence[Answer], done: Callable[[int, int], None] = lambda *_: None
) -> tuple[Seen, ...]:
    """Draw each answer's canvas, with the message's number as the seed, and look for what was asked."""
    seen = []
    for seed, answer in enumerate(answers):
        canvas = parse_reply(answer.reply).canvas
        seen.append(look(answer, None if canvas is None else draw(canvas, seed)))
        done(len(seen), len(answers))
    return tuple(seen)


def look(answer: Answer, picture: Image | None) -> Seen:
    """Compare a picture with its message: it is read back as a canvas, to which the same checks apply."""
    message = answer.message
    if picture is None:
        return Seen(answer, None, tuple(False for _ in message.things), ("parses",))
    shown = write_canvas(read_picture(picture))
    named = replace(message, things=tuple(map(_by_color, message.things)))
    things = tuple(
        judge(Message(message.id, message.category, message.message, (thing,), extra_ok=True), shown).right
        for thing in named.things
    )
    return Seen(answer, picture, things, judge(named, shown).failed)


def report(seen: Sequence[Seen]) -> dict[str, object]:
    """Everything measured, as JSON; each rate with `value`, `error` (one standard error; null if unknown), `count`."""
    return {
        "categories": {
            name: {"canvas": right(_canvases(some)), "picture": right(_pictures(some)), "things": right(_things(some))}
            for name, some in _by_category(seen).items()
        },
        "messages": [
            {
                "id": one.answer.message.id,
                "message": one.answer.message.message,
                "canvas_right": one.answer.verdict.right,
                "picture_right": one.right,
                "failed_checks": list(one.failed),
                "things": list(one.things),
            }
            for one in seen
        ],
    }


def table(seen: Sequence[Seen]) -> str:
    """The same for people, in percent ± one standard error."""
    names = ("canvas right", "picture right", "things found")
    lines = [f"{'category':<12}{'messages':>9}" + "".join(f"{name:>18}" for name in names)]
    for name, some in _by_category(seen).items():
        rates = (_canvases(some), _pictures(some), _things(some))
        lines.append(f"{name:<12}{len(some):>9}" + "".join(f"{percent(one):>18}" for one in rates))
    lines.append("percent ± one standard error; a thing is found when its colour and shape are where they were asked")
    return "\n".join(lines)


def _by_color(thing: Thing) -> Thing:
    """By colour and shape together, as what is read from a picture is described: no two things are alike then."""
    return replace(thing, nouns=tuple(f"{color} {noun}" for color in thing.colors for noun in thing.nouns))


def _by_category(seen: Sequence[Seen]) -> dict[str, list[Seen]]:
    return by_category(seen, lambda one: one.answer.message.category)


def _canvases(seen: Sequence[Seen]) -> Rate:
    return rate([(one.answer.verdict.right, 1) for one in seen])


def _pictures(seen: Sequence[Seen]) -> Rate:
    return rate([(one.right, 1) for one in seen])


def _things(seen: Sequence[Seen]) -> Rate:
    return rate([(sum(one.things), len(one.things)) for one in seen])
