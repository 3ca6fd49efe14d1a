"""What a checkpoint's name and kind tell of what suits it, and the table that says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.auto import AUTO
from lib_omost.defaults.checkpoints import Defaults, defaults_in, defaults_of, methods_for, own_file, rows_for
from lib_omost.defaults.table import FamilyRow, read_rows, shipped_rows, written
from lib_omost.errors import BadInputError
from lib_omost.hosts.diffusers.families.stable_diffusion import SD1, SDXL
from lib_omost.hosts.diffusers.settings import RenderSettings, chosen
from lib_omost.methods.names import CROSS_METHODS, JOINT_METHODS, METHOD_NAMES, UNET_METHODS, preferring
from lib_omost.methods.tuning import MINI, tuned
from lib_omost.prompts import TagStyle


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
    assert defaults_of(file).style is style


FAMILIES = tuple(row for row in shipped_rows() if row.begins)


def knows(row: FamilyRow, checkpoint: str) -> bool:
    return row in rows_for([row], checkpoint, next(iter(row.kinds), ""))


@given(st.sampled_from(FAMILIES), st.text("abc _-.", max_size=9), st.data())
def test_marks_and_capitals_do_not_matter(family: FamilyRow, around: str, data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(family.tells))
    spelled = "".join(data.draw(st.sampled_from([c, c.upper(), f"{c}_", f"{c}-"])) for c in word)
    assert knows(family, f"{around}{spelled}")


@given(st.sampled_from(FAMILIES), st.sampled_from(["", "my-", "the ", "my_2_"]), st.data())
def test_what_a_word_begins_with_is_told_at_a_words_beginning(
    family: FamilyRow, before: str, data: st.DataObject
) -> None:
    word = data.draw(st.sampled_from(family.begins))
    assert knows(family, f"{before}{word}9")
    assert not knows(family, f"zz{word}9")


@pytest.mark.parametrize(("file", "kind", "style", "method"), [
    ("dreamshaperXL_lightningDPMSDE", "SDXL", TagStyle.PLAIN, "score"),
    ("sd_xl_turbo_1.0_fp16", "SDXL", TagStyle.PLAIN, "score"), ("ponyRealism_v22LCM", "SDXL", TagStyle.PONY, "score"),
    ("waiIllustriousSDXL_v140", "SDXL", TagStyle.BOORU, AUTO), ("realvisxl_hyperSD8", "SDXL", TagStyle.PLAIN, "score"),
    ("hyperrealism_v3", "SD1.x", TagStyle.PLAIN, AUTO), ("z_image_turbo_bf16", "Z-Image", TagStyle.PLAIN, "score"),
    ("mini", "SD1.x", TagStyle.PLAIN, AUTO), ("", "", TagStyle.PLAIN, AUTO),
])  # fmt: skip
def test_each_value_is_of_the_first_row_that_says_it(file: str, kind: str, style: TagStyle, method: str) -> None:
    found = defaults_of(file, kind)
    assert (found.style, found.method) == (style, method)


def test_every_shipped_row_says_where_it_is_from_and_the_last_says_all() -> None:
    rows = shipped_rows()
    assert all(row.source for row in rows)
    assert len({row.name for row in rows}) == len(rows)
    assert defaults_in(rows[-1:], "anything") == Defaults(TagStyle.PLAIN, AUTO, 2.5, 0.36)


def test_a_row_of_ones_own_comes_first_and_leaves_the_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMOST_DATA_DIR", str(tmp_path))
    own_file().write_text(written((FamilyRow("mine", tells=("mymix",), kinds=("SDXL",), word_weight=4.0),)))
    assert defaults_of("My-Mix_pony_v2", "SDXL") == Defaults(TagStyle.PONY, AUTO, 4.0, 0.36)
    assert defaults_of("My-Mix_pony_v2", "SD1.x").word_weight == 2.5


@pytest.mark.parametrize("kind", ["Flux 1", "Flux", "Flux.2 Klein", "Flux2", "Chroma", "SD3",
                                  "ZImage", "Z-Image", "Lumina2", "Lumina 2", "QwenImage", "Qwen-Image"])  # fmt: skip
def test_joint_attention_begins_with_less_noise_by_whichever_name_its_kind_is_told(kind: str) -> None:
    assert defaults_of("some file", kind).start_noise == 0.14
    assert defaults_of("some file", "Anima").start_noise == 0.36


@pytest.mark.parametrize(("file", "kind", "can", "first"), [
    ("flux1-dev-Q4_K_S.gguf", "Flux", JOINT_METHODS, "sketch"), ("chroma-v50", "Chroma", JOINT_METHODS, "sketch"),
    ("sd3.5_large", "SD3", JOINT_METHODS, "sketch"), ("anima-preview", "Anima", CROSS_METHODS, "sketch"),
    ("flux1-schnell-fp8", "Flux", JOINT_METHODS, "layout"), ("FLUX.2-klein-4B", "Flux2", JOINT_METHODS, "layout"),
    ("z_image_turbo_bf16", "ZImage", JOINT_METHODS, "layout"), ("sd3.5_large_turbo", "SD3", JOINT_METHODS, "layout"),
    ("anima-turbo", "Anima", CROSS_METHODS, "score"), ("some file", "Cosmos-Predict2", CROSS_METHODS, "score"),
    ("kleinstadtXL", "SDXL", UNET_METHODS, "sketch"),
])  # fmt: skip
def test_what_a_model_is_drawn_by_where_no_method_is_chosen(
    file: str, kind: str, can: tuple[str, ...], first: str
) -> None:
    """A model of few steps is not asked what it thinks of a sketch: that is a step more."""
    assert methods_for(can, file, kind)[0] == first


@pytest.mark.parametrize(("text", "place"), [
    ("{", "no JSON"), ("{}", "no list"), ("[1]", "family 1 has no name"), ('[{"name": " "}]', "family 1 has no name"),
    ('[{"name": "a"}, {"name": "b", "styel": "pony"}]', "family 2 says 'styel'"),
    ('[{"name": "a", "style": "ponny"}]', "style is 'ponny'"), ('[{"name": "a", "method": 3}]', "method is 3"),
    ('[{"name": "a", "word_weight": true}]', "word_weight is True"),
    ('[{"name": "a", "start_noise": NaN}]', "start_noise is nan"), ('[{"name": "a", "start_noise": -1}]', "is -1"),
    ('[{"name": "a", "tells": "pony"}]', "tells is no list"), ('[{"name": "a", "tells": [""]}]', "tells is no list"),
    ("[" * 100_000, "no JSON"), ('[{"name": "a", "word_weight": 1' + "0" * 400 + "}]", "word_weight is 1000"),
    ('[{"name": "a", "begins": ["-_"]}]', "begins is no list"),
])  # fmt: skip
def test_a_table_that_cannot_be_used_is_refused_with_the_place(text: str, place: str, tmp_path: Path) -> None:
    file = tmp_path / "families.json"
    with pytest.raises(BadInputError, match=re.escape(place)) as refused:
        read_rows(text, str(file))
    assert str(file) in str(refused.value)
    assert refused.value.hint


words = st.lists(st.text("abcdefg0123", min_size=1, max_size=9), max_size=3).map(tuple)
rows = st.builds(
    FamilyRow,
    name=st.text("abc é", min_size=1).filter(str.strip),
    named=words,
    tells=words,
    begins=words,
    kinds=words,
    style=st.none() | st.sampled_from([style.value for style in TagStyle]),
    method=st.none() | st.sampled_from([AUTO, *METHOD_NAMES]),
    word_weight=st.none() | st.floats(0, 20),
    start_noise=st.none() | st.floats(0, 10),
    source=st.text("abc é", max_size=9),
)


@given(st.lists(rows, max_size=4).map(tuple))
def test_what_is_written_is_read_again(some: tuple[FamilyRow, ...]) -> None:
    assert read_rows(written(some), "x") == some


@given(st.sampled_from([AUTO, *METHOD_NAMES]), st.lists(st.sampled_from(METHOD_NAMES), unique=True).map(tuple))
def test_a_method_that_is_preferred_comes_first_where_the_model_can_do_it(method: str, can: tuple[str, ...]) -> None:
    order = preferring(method, can)
    assert sorted(order) == sorted(can)
    assert order == can if method not in can else order[0] == method


def test_marks_and_capitals_of_a_row_do_not_matter_either() -> None:
    (row,) = read_rows('[{"name": "a", "tells": ["my-Mix"], "kinds": ["sdxl"], "named": ["Other_v2.1"]}]', "x")
    assert knows(row, "the_mymix_v3")
    assert rows_for([row], "Other v2.1.safetensors", "SDXL") == [row]
    assert not knows(row, "another v2.1.safetensors")
    assert rows_for([row], "my-mix", "SD1.x") == []


def test_where_the_users_table_cannot_be_used_a_list_goes_by_the_shipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMOST_DATA_DIR", str(tmp_path))
    own_file().write_text("{")
    assert methods_for(("sketch", "score"), "a_lightning") == ("score", "sketch")
    with pytest.raises(BadInputError):
        defaults_of("a_lightning")


def test_by_itself_a_family_has_its_method_and_its_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMOST_DATA_DIR", str(tmp_path))
    own_file().write_text(written((FamilyRow("mine", tells=("mine",), word_weight=4.0, start_noise=0.5),)))
    usual = chosen(RenderSettings(checkpoint="other.safetensors"), SD1)
    assert (usual.method, usual.tuning) == ("sketch", MINI)
    assert chosen(RenderSettings(checkpoint="pony_v6.safetensors", style=None), SDXL).wording.style is TagStyle.PONY
    mine = chosen(RenderSettings(checkpoint="mine.safetensors"), SD1)
    assert (mine.method, mine.wording.tuning) == ("sketch", tuned(4.0, 0.5))
    assert chosen(RenderSettings(checkpoint="x_lightning.safetensors"), SDXL).method == "score"
    assert chosen(RenderSettings(checkpoint="x_lightning.safetensors", method="sketch"), SDXL).method == "sketch"
    assert mine.wording.steers.attention == tuned(4.0, 0.5).own_words
    assert mine.wording.steers.start == tuned(4.0, 0.5).sketch
