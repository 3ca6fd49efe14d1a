"""The estimate of a server's tokens against a real tokenizer: that of the embedded model."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib_omost.chat.client.tokens import Scale, estimate_tokens
from lib_omost.chat.conversation.prompt import system_prompt, whole_examples, worked_examples
from lib_omost.chat.local.transformers_model import TransformersModel
from lib_omost.chat.model import Message

ROOT = Path(__file__).parents[3]
PROSE = (
    "A lighthouse keeper's widow stands on the rocks below her cottage at dusk, holding a lantern against the wind."
    " Behind her the tower throws its beam across a grey sea; three small boats are hurrying home, sails torn, and a"
    " dog waits on the pier. The mood is quiet and a little sad, as in an old oil painting with heavy brush strokes."
)
CHINESE = (
    "一位老渔夫坐在海边的木船上，身后是一座白色的灯塔。天空中有几只海鸥，远处的山峦被晨雾笼罩着。",
    "请把小船画成蓝色，灯塔放在右边，整个画面安静而温暖。夜晚的城市，霓虹灯下一只黑猫坐在屋顶上。",
)
RUSSIAN = (
    "Старый рыбак сидит в деревянной лодке у берега, а за ним возвышается белый маяк. В небе летают чайки.",
    "Лиса бежит по снегу, за ней ели и луна. Добавь справа красный дом с дымом из трубы и сделай небо тёмным.",
)


@pytest.mark.parametrize(
    "messages",
    [
        (Message("system", system_prompt()),),
        worked_examples(),
        whole_examples(),
        (Message("user", PROSE),),
        (Message("user", (ROOT / "lib_omost" / "chat" / "local" / "decode.py").read_text(encoding="utf-8")),),
        (Message("system", system_prompt()), *whole_examples(), Message("user", PROSE)),
    ],
    ids=["prompt", "plans", "canvases", "prose", "code", "a chat"],
)
def test_english_and_code_are_estimated_within_a_tenth(
    embedded_model: TransformersModel, messages: tuple[Message, ...]
) -> None:
    exact = _exact(embedded_model, messages)
    assert estimate_tokens(messages) == pytest.approx(exact, rel=0.1)


@pytest.mark.parametrize("texts", [CHINESE, RUSSIAN], ids=["Chinese", "Russian"])
def test_other_scripts_are_within_a_tenth_once_a_reply_has_told(
    embedded_model: TransformersModel, texts: tuple[str, str]
) -> None:
    before, after = ((Message("user", text),) for text in texts)
    scale = Scale().learned(before, _exact(embedded_model, before))
    assert estimate_tokens(after, scale) == pytest.approx(_exact(embedded_model, after), rel=0.1)
    chat = (Message("system", system_prompt()), *after)
    assert estimate_tokens(chat, scale) == pytest.approx(_exact(embedded_model, chat), rel=0.1)


def _exact(model: TransformersModel, messages: tuple[Message, ...]) -> int:
    """Without the beginning of the reply, which is no message, and without a system prompt of the template's own."""
    empty = (Message("system", "."), Message("user", "."))
    whole = messages if messages[0].role == "system" else (empty[0], *messages)
    beside = model.count_tokens(empty) - 2 * 6 if messages[0].role == "system" else model.count_tokens(empty) - 6
    return model.count_tokens(whole) - beside
