"""Paths of the prefix tree: what is said of each region, and in which order."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.canvas import WHOLE_GRID, Canvas, Region
from lib_omost.prompts import TagStyle, region_paths, sub_prompts

CAT = Region(
    location="on the left",
    offset="no offset",
    area="a small square area",
    distance_to_viewer=3.0,
    description="A cat.",
    detailed_descriptions=("It is furry.", "It is soft"),
    tags="cat, fur,",
    atmosphere="calm",
    style="photo",
    quality_meta="sharp",
    color_name="red",
)
SKY = dataclasses.replace(CAT, description="A cloud", distance_to_viewer=9.0)
SCENE = Canvas("A cat and a cloud", ("Blue.", "Wide."), "sky, cat", "skyblue", (CAT, SKY))


def test_the_global_path_comes_first_and_covers_the_grid() -> None:
    path = region_paths(SCENE)[0]
    assert path.rect == WHOLE_GRID
    assert path.distance_to_viewer is None
    assert path.rgb == (135, 206, 235)
    assert path.prefixes == ("A cat and a cloud.",)
    assert path.suffixes == ("Blue.", "Wide.", "sky, cat.")


def test_local_paths_go_from_the_whole_to_the_details_and_from_far_to_near() -> None:
    _, cloud, cat = region_paths(SCENE)
    assert cloud.distance_to_viewer == 9.0
    assert cloud.prefixes == ("A cat and a cloud.", "A cloud.")
    assert cat.rect == CAT.rect
    assert cat.rgb == (255, 0, 0)
    assert cat.prefixes == ("A cat and a cloud.", "A cat.")
    assert cat.suffixes == ("It is furry.", "It is soft.", "cat, fur.", "calm.", "photo.", "sharp.")


def test_empty_texts_drop_out() -> None:
    bare = Region("on the left", "no offset", "a small square area", 3.0, " . ", ("", ",. ,", "\n", "x"))
    whole, local = region_paths(Canvas("", regions=(bare,)))
    assert (whole.prefixes, whole.suffixes) == ((), ())
    assert (local.prefixes, local.suffixes) == ((), ("x.",))


@given(st.lists(st.text(alphabet=st.sampled_from("ab,. \n"), max_size=12)))
def test_a_sub_prompt_ends_in_one_full_stop(texts: list[str]) -> None:
    prompts = sub_prompts(texts)
    assert len(prompts) == sum(bool(set(text) & {"a", "b"}) for text in texts)
    for prompt in prompts:
        assert prompt[-1] == "."
        assert prompt[0] not in ",. \n"
        assert prompt[-2] not in ",. \n"
    assert sub_prompts(prompts) == prompts


def test_pony_scores_head_every_path() -> None:
    for plain, pony in zip(region_paths(SCENE), region_paths(SCENE, TagStyle.PONY), strict=True):
        assert pony.prefixes == ("score_9, score_8_up, score_7_up.", *plain.prefixes)
        assert pony.suffixes == plain.suffixes


@pytest.mark.parametrize("style", [TagStyle.BOORU, TagStyle.PONY])
def test_people_are_counted_in_every_sub_prompt(style: TagStyle) -> None:
    girl = dataclasses.replace(CAT, description="A girl.", tags="girl, hat", detailed_descriptions=("Two boys wave.",))
    _, path = region_paths(Canvas("A woman", regions=(girl,)), style)
    assert path.prefixes[-2:] == ("1girl.", "1girl.")
    assert path.suffixes[:2] == ("2boys wave.", "1girl, hat.")


def test_tags_take_the_place_of_descriptions() -> None:
    whole, cloud, cat = region_paths(SCENE, TagStyle.TAGS)
    assert (whole.prefixes, whole.suffixes) == (("sky, cat.",), ())
    assert cloud.prefixes == cat.prefixes == ("cat, fur.",)
    assert cat.suffixes == ("calm.", "photo.", "sharp.")


def test_a_region_without_tags_keeps_its_descriptions() -> None:
    untagged = dataclasses.replace(SCENE, tags=" ,", regions=(dataclasses.replace(CAT, tags=""),))
    assert region_paths(untagged, TagStyle.TAGS) == region_paths(untagged)
