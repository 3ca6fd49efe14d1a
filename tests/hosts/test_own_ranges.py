"""Which tokens of a region are its own words: read back by what stands at their places."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch

from lib_omost.canvas import Canvas, Region
from lib_omost.hosts.conditioning import encode_canvas
from lib_omost.hosts.host import EncodedText
from lib_omost.hosts.wording import Wording
from lib_omost.prompts import Bag, PromptMixing, TagStyle


class WordHost:
    """A word is a token, and a token's embedding says which word it is: 0 for BOS, EOS and padding."""

    denoiser = None
    long_texts = True
    reads_syntax = False
    bag_limit = 75

    def __init__(self) -> None:
        self.words: list[str] = [""]

    def literal(self, text: str, /) -> str:
        return text

    def tokenize(self, text: str, /) -> list[int]:
        for word in text.split():
            if word not in self.words:
                self.words.append(word)
        return [self.words.index(word) for word in text.split()]

    def encode(self, bags: Sequence[Bag], /) -> list[EncodedText]:
        found = []
        for bag in bags:
            ids = self.tokenize(bag.text)
            rows = 77 * max(1, -(-len(ids) // 75))
            tokens = torch.zeros(rows, 1)
            for place, number in enumerate(ids):
                tokens[1 + place + 2 * (place // 75)] = number
            found.append(EncodedText(tokens, {}))
        return found


DETAILS = tuple(f"detail{number} {'x' * (number % 7 + 1)} y" for number in range(40))  # more than one bag
CANVAS = Canvas(
    "A green meadow.",
    detailed_descriptions=("soft light",),
    tags="calm",
    regions=(
        Region("on the left", "no offset", "a small vertical area", 2.0, "A red barn.", DETAILS, "rural"),
        Region("on the right", "no offset", "a small vertical area", 1.0, "An old oak."),
    ),
)


def own_words(words: str = "", mixing: PromptMixing = PromptMixing.EVERY_REGION, style: TagStyle = TagStyle.PLAIN):
    """For each span, the words at its own places, and the number of its bags."""
    host = WordHost()
    context = encode_canvas(host, CANVAS, Wording("sketch", style, mixing), words).context
    at = context.embeddings[:, 0].int().tolist()
    return [
        (" ".join(host.words[at[token]] for start, stop in span.own for token in range(start, stop)), span.bags)
        for span in context.spans
    ]


@pytest.mark.parametrize("words", ["", "oil painting, by a master", "painted " * 80])
def test_own_words_are_a_regions_sub_prompts_without_what_is_shared(words: str) -> None:
    whole, barn, oak = own_words(words)
    assert whole[0] == "soft light. calm."
    assert oak[0] == "An old oak."
    assert set(barn[0].split()) >= {"A", "red", "barn.", "rural.", "detail0", "detail39"}
    for shared in ("green", "meadow.", "oil", "painting,", "painted", "soft", "calm."):
        assert shared not in barn[0].split()
    assert barn[1] > oak[1] >= 1


def test_a_subject_that_heads_several_bags_is_marked_in_each() -> None:
    barn, bags = own_words()[1]
    assert barn.split().count("barn.") == bags > 1


def test_a_joined_prompt_is_one_span_for_the_whole_picture() -> None:
    host = WordHost()
    (span,) = encode_canvas(host, CANVAS, Wording("plain"), "").context.spans
    assert span.rect == (0, 90, 0, 90)
