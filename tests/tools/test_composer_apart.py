"""What the composer is measured by stands apart from what it is trained on."""

from __future__ import annotations

from composer_training.nouns import everyday, nouns, rare
from composer_training.pairs import pair_at

from lib_omost.bench.compose.messages import own_messages

PAIRS = 1500


def training_nouns() -> set[str]:
    common = [getattr(noun, "word", None) or noun[0] for names in everyday(False).values() for noun in names]
    return {*common, *(noun for table in (nouns, rare) for names in table(False).values() for noun in names)}


def test_no_thing_of_the_set_is_a_noun_of_the_training() -> None:
    """But for languages: a word that was never seen in translation cannot be translated by a model of this size."""
    own = {thing.nouns[0] for message in own_messages() if message.category != "languages" for thing in message.things}
    assert len(own) > 150
    assert sorted(own & training_nouns()) == []


def test_no_message_of_the_set_is_one_of_the_training() -> None:
    own = {" ".join(message.message.lower().split()) for message in own_messages()}
    for number in range(PAIRS):
        prompt = pair_at(0, number).prompt.lower()
        said = prompt.rpartition("change: ")[2] if "change: " in prompt else prompt.removeprefix("picture: ")
        assert said.splitlines()[0] not in own
