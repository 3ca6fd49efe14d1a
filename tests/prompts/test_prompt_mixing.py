"""What the prompt box holds joins the paths it should, and no other."""

import pytest

from lib_omost.canvas import Canvas, Region
from lib_omost.prompts import PromptMixing, greedy_bags, mix_prompt, region_paths

PATHS = region_paths(
    Canvas(
        "A room.",
        detailed_descriptions=tuple(f"Detail number {number} of the room." for number in range(40)),
        regions=(Region("on the left", "no offset", "a small square area", 1.0, "A cat."),),
    )
)


def test_it_heads_every_bag_behind_the_descriptions(tokenize) -> None:
    mixed = mix_prompt(PATHS, " oil painting ", PromptMixing.EVERY_REGION)
    assert (mixed[0].prefixes, mixed[0].words) == (("A room.",), "oil painting")
    assert (mixed[1].prefixes, mixed[1].words) == (("A room.", "A cat."), "oil painting")
    bags = greedy_bags(mixed[0].prefixes, mixed[0].suffixes, tokenize, words=mixed[0].words).bags
    assert len(bags) > 1
    assert all(bag.prompts[:2] == ("A room.", "oil painting") for bag in bags)


def test_it_can_join_the_global_path_alone() -> None:
    mixed = mix_prompt(PATHS, "oil painting", PromptMixing.GLOBAL_ONLY)
    assert (mixed[0].prefixes, mixed[0].words) == (("A room.",), "oil painting")
    assert mixed[1:] == PATHS[1:]


@pytest.mark.parametrize(
    ("words", "mixing"), [("oil painting", PromptMixing.IGNORE), ("  ", PromptMixing.EVERY_REGION)]
)
def test_nothing_changes_when_there_is_nothing_to_join(words: str, mixing: PromptMixing) -> None:
    assert mix_prompt(PATHS, words, mixing) == PATHS
