"""The prompt box beside a canvas: prompt editing, AND, a prompt a picture, long prompts, and what is encoded once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from lib_omost.canvas import Canvas, Region, write_canvas
from lib_omost.hosts.webui.capabilities.encoder import text_encoder_of
from lib_omost.hosts.webui.encoding import EncodingCache, encode_texts

CODE = write_canvas(
    Canvas(
        "A white background.",
        regions=(Region("on the left", "no offset", "a small vertical area", 2.0, "A red circle."),),
    )
)


@pytest.fixture
def spoken(job: Any, run: Callable) -> Callable[..., list[str]]:
    """The texts that a job sends to the encoder."""

    def texts(*arguments: Any, passes: int = 1) -> list[str]:
        job.encoded.clear()
        run(job, *arguments, passes=passes)
        return [text for call in job.encoded for text in call]

    return texts


def schedules(job: Any, picture: int = 0) -> list[tuple[int, torch.Tensor]]:
    """(end_at_step, cond) of a picture's canvas, as the sampler got them."""
    return [tuple(one) for one in job.sampler.conditionings[-1].batch[picture][0].schedules]


def test_prompt_editing_changes_the_words_at_its_step(job: Any, spoken: Callable) -> None:
    job.prompts = ("[oil:water:10] colours",)
    texts = spoken(True, CODE)
    assert sum("oil colours" in text for text in texts) == sum("water colours" in text for text in texts) == 2
    (first_end, first), (second_end, second) = schedules(job)
    assert (first_end, second_end) == (10, 20)
    assert not torch.equal(first, second)


def test_the_canvas_joins_the_first_part_of_AND_alone(job: Any, spoken: Callable) -> None:
    job.prompts = ("a forest AND a lake",)
    texts = spoken(True, CODE)
    assert all("a forest" in text and "lake" not in text for text in texts)


def test_each_picture_of_a_batch_has_its_own_prompt(job: Any, spoken: Callable) -> None:
    job.batch, job.prompts = 2, ("at dawn", "at dusk, in a heavy rain")
    texts = spoken(True, CODE)
    assert sum("dawn" in text for text in texts) == sum("dusk" in text for text in texts) == 2
    assert not torch.equal(schedules(job, 0)[0][1], schedules(job, 1)[0][1])


def test_the_pictures_of_a_batch_are_what_they_are_alone(job: Any, run: Callable) -> None:
    prompts = ("at dawn", "at dusk")
    job.batch, job.prompts = 2, prompts
    together = run(job, True, CODE)
    starts = torch.randn(2, 4, 11, 8, generator=torch.Generator().manual_seed(1))
    for number, prompt in enumerate(prompts):
        job.batch, job.prompts = 1, (prompt,)
        job.setup_conds()
        script_call = starts[number : number + 1]
        alone = sample_once(job, script_call)
        assert torch.allclose(alone, together[number : number + 1], atol=1e-5)


def sample_once(job: Any, latents: torch.Tensor) -> torch.Tensor:
    from lib_omost.ui.script import OmostScript

    OmostScript().process_before_every_sampling(job, True, CODE)
    return job.sampler.sample(job, latents, job.c, job.uc)


def test_a_prompt_longer_than_a_bag_stands_beside_the_regions_as_the_host_would_encode_it(
    job: Any, spoken: Callable
) -> None:
    words = " ".join(f"word{number}" for number in range(100)) + ", (bright:1.2)"
    job.prompts = (words,)
    texts = spoken(True, CODE)
    assert words in texts  # whole: its brackets still mean emphasis
    assert "A white background." in texts
    (_, cond) = schedules(job)[0]
    assert len(cond) == 77 * (1 + 2 + 1 + 2)  # each region's bag, then the words' two chunks


PLENTY = " ".join(["word"] * 74)


@pytest.mark.parametrize(
    ("words", "chunks"),
    [
        (f"{PLENTY} word", 1),
        (f"{PLENTY} word word", 2),
        (" ".join(["word"] * 60) + ", " + " ".join(["word"] * 87), 3),  # padded behind the comma: 148 tokens in two
        (" ".join(["word"] * 40) + ", " + " ".join(["word"] * 107), 2),  # too far from the comma
        (f"{PLENTY} photo-style", 2),
        (f"word photo-style {PLENTY}", 3),  # 158 tokens, where uncut the style would end a chunk
        ("a BREAK b", 2),
        (f"{PLENTY} word word BREAK", 2),
    ],
)
def test_a_prompt_fills_as_many_chunks_as_the_host_gives_it(
    job: Any, spoken: Callable, words: str, chunks: int
) -> None:
    job.embedder.embeddings["photo-style"] = 75
    job.prompts = (words,)
    assert words in spoken(True, CODE)
    ((_, cond),) = schedules(job)
    assert len(job.embedder.tokenize_line(words)[0]) == chunks
    assert len(cond) == 77 * (1 + chunks + 1 + chunks)


def test_a_long_prompt_can_stand_in_the_global_region_alone(job: Any, spoken: Callable) -> None:
    job.prompts = (" ".join(["word"] * 80),)
    spoken({"canvas": CODE, "mixing": "global only"})
    assert len(schedules(job)[0][1]) == 77 * (1 + 2 + 1)


def test_a_textual_inversion_takes_as_many_tokens_as_it_has_vectors(job: Any, spoken: Callable) -> None:
    job.embedder.embeddings["photo-style"] = 74
    job.prompts = ("photo-style",)
    texts = spoken(True, CODE)
    # the style and the global description do not fit one bag together
    assert any("photo-style" in text and "A white" not in text for text in texts)


def test_the_hires_pass_has_the_hires_prompt(job: Any, spoken: Callable) -> None:
    job.prompts, job.hr_prompts, job.is_hr_pass = ("rough",), ("sharp",), True
    assert all("sharp" in text and "rough" not in text for text in spoken(True, CODE))


def test_a_new_seed_encodes_nothing(job: Any, spoken: Callable) -> None:
    assert spoken(True, CODE) != []
    assert spoken(True, CODE) == []


def test_an_edited_region_alone_is_encoded_again(job: Any, spoken: Callable) -> None:
    spoken(True, CODE)
    assert spoken(True, CODE.replace("A red circle.", "A blue circle.")) == ["A white background. A blue circle."]


@pytest.mark.parametrize("change", [{"clip_skip": 2}, {"extra_network_data": {"lora": ["style"]}}, {"width": 96}])
def test_whatever_changes_the_encoder_encodes_again(job: Any, spoken: Callable, change: dict[str, Any]) -> None:
    texts = spoken(True, CODE)
    for name, value in change.items():
        setattr(job, name, value)
    assert spoken(True, CODE) == texts


def test_texts_with_emphasis_are_encoded_alone(job: Any) -> None:
    encode_texts(text_encoder_of(job), EncodingCache(), ["one", "(two:1.2)", r"three \(plain\)"], width=64, height=64)
    assert job.encoded == [["one", r"three \(plain\)"], ["(two:1.2)"]]


def test_the_cache_stays_within_its_bound_and_lets_the_oldest_go(job: Any) -> None:
    encoder = replace(text_encoder_of(job), state="one")
    row = 77 * 12 * 4
    cache = EncodingCache(limit=2 * row)
    encode_texts(encoder, cache, ["a", "b", "c"], width=64, height=64)
    assert cache.size == 2 * row
    job.encoded.clear()
    encode_texts(encoder, cache, ["c", "a"], width=64, height=64)
    assert job.encoded == [["a"]]


def test_a_network_of_another_kind_in_a_region_is_left_out_with_a_note(job: Any, spoken: Callable) -> None:
    texts = spoken(True, CODE.replace("A red circle", "A red circle <hypernet:round:0.8>"))
    assert not any("hypernet" in text for text in texts)
    assert any("A red circle." in text for text in texts)
    notes = [text for key, text in job.extra_generation_params.items() if key.startswith("Omost note")]
    assert any("<hypernet:round:0.8> was left out" in note for note in notes)


def test_a_bracket_that_is_escaped_already_is_one_bracket(job: Any, spoken: Callable) -> None:
    texts = spoken(True, CODE.replace("A red circle", r"A red circle \\(flat\\)"))
    assert any(r"A red circle \(flat\)." in text for text in texts)
