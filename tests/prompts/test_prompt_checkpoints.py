"""What a checkpoint's name tells of its tag style."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.auto import AUTO
from lib_omost.prompts import TagStyle
from lib_omost.prompts.checkpoints import FAMILIES, Family, family_named, style_for


@pytest.mark.parametrize(("file", "style"), [
    ("ponyDiffusionV6XL_v6StartWithThisOne.safetensors", TagStyle.PONY), ("autismmixSDXL_autismmixPony", TagStyle.PONY),
    ("CyberRealistic Pony v8", TagStyle.PONY), ("Illustrious-XL-v1.0.safetensors", TagStyle.BOORU),
    ("noobaiXLNAIXL_vPred10Version", TagStyle.BOORU), ("waiIllustriousSDXL_v140", TagStyle.BOORU),
    ("animagine-xl-4.0-opt", TagStyle.BOORU), ("AnythingV5Ink_ink", TagStyle.BOORU),
    ("sd_xl_base_1.0.safetensors", TagStyle.PLAIN), ("juggernautXL_ragnarok", TagStyle.PLAIN), ("", TagStyle.PLAIN),
    ("v1-5-pruned-emaonly", TagStyle.PLAIN), ("flux1-dev-fp8", TagStyle.PLAIN), ("mini.safetensors", TagStyle.PLAIN),
    ("pencilXL", TagStyle.PLAIN), ("devilXL_v1", TagStyle.PLAIN), ("realAnythingPhoto", TagStyle.PLAIN),
    ("someponytail", TagStyle.PLAIN), ("Anything-but-v1", TagStyle.PLAIN),
    ("waiANIPONYXL_v140", TagStyle.PONY), ("novaIlxl", TagStyle.BOORU), ("hassakuXLIllustrious_v21", TagStyle.BOORU),
    ("z_image_turbo_bf16", TagStyle.PLAIN), ("dreamshaper_8", TagStyle.PLAIN), ("RealVisXL_V5.0", TagStyle.PLAIN),
])  # fmt: skip
def test_a_name_tells_the_style(file: str, style: TagStyle) -> None:
    assert style_for(AUTO, file) is style


@given(st.sampled_from(list(TagStyle)), st.text())
def test_what_is_chosen_is_taken_whatever_the_name(style: TagStyle, file: str) -> None:
    assert style_for(style.value, file) is style


@given(st.sampled_from(FAMILIES), st.text("abc _-.", max_size=9), st.data())
def test_marks_and_capitals_do_not_matter(family: Family, around: str, data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(family.tells))
    spelled = "".join(data.draw(st.sampled_from([c, c.upper(), f"{c}_", f"{c}-"])) for c in word)
    assert family_named(f"{around}{spelled}") is not None


@given(st.sampled_from(FAMILIES), st.sampled_from(["", "my-", "the ", "my_2_"]), st.data())
def test_what_a_word_begins_with_is_told_at_a_words_beginning(family: Family, before: str, data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(family.begins))
    assert family_named(f"{before}{word}9") is family
    assert family_named(f"zz{word}9") is None
