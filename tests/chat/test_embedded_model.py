from __future__ import annotations

from lib_omost.canvas import parse_reply
from lib_omost.chat.conversation import Conversation
from lib_omost.chat.model import Sampling
from lib_omost.chat.reply import reply
from lib_omost.chat.transformers_model import TransformersModel

DEMO = "generate an image of a red circle beside a blue square"


def test_the_demonstrations_reply_has_both_shapes_side_by_side(embedded_model: TransformersModel) -> None:
    pieces = list(reply(embedded_model, Conversation().ask(DEMO), Sampling(temperature=0)))
    parsed = parse_reply("".join(piece.text for piece in pieces))
    assert (parsed.problems, parsed.corrections) == ((), ())
    circle, square = parsed.require_canvas().regions
    assert "red circle" in circle.description.lower()
    assert "blue square" in square.description.lower()
    assert (circle.color_name, square.color_name) == ("red", "blue")
    assert circle.rect.right <= square.rect.left
    assert pieces[-1].forwards < pieces[-1].tokens / 2


def test_another_message_stopped_midway_has_its_plan(embedded_model: TransformersModel) -> None:
    written: list[str] = []
    for piece in reply(
        embedded_model,
        Conversation().ask("a pink ring on the top-left and a green square on the bottom-right"),
        Sampling(temperature=0),
        should_stop=lambda: "background: " in "".join(written),
    ):
        written.append(piece.text)
    plan = "".join(written).split("\n")[1]
    assert "pink ring: on the top-left; " in plan
    assert "green square: on the bottom-right; " in plan
