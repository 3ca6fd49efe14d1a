"""The mini transformer with joint attention: it learns what its pipeline does."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mini_training.architecture import LATENT
from mini_training.joint import JointBlocks, build_joint, pack, places, unpack
from mini_training.t5_words import UNKNOWN, build_tokenizer, ids_of

from lib_omost.hosts.diffusers.checkpoint import load_checkpoint
from lib_omost.hosts.diffusers.families.chroma import ChromaTexts
from lib_omost.mini.checkpoint import load_mini
from lib_omost.mini.worlds import SHAPES_WORLD
from lib_omost.prompts import Bag

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    made = tmp_path_factory.mktemp("joint") / "written"
    build_joint(SHAPES_WORLD).save(made, load_mini().vae, SHAPES_WORLD)
    return made


def test_its_pipeline_asks_for_what_it_learned(folder):
    """One step of the pipeline is the prediction that the loss was made of, texts and their padding included."""
    pipeline = load_checkpoint(folder, CPU)
    text = "a red circle. a white background."
    seen = {}
    pipeline.transformer.register_forward_pre_hook(lambda _, __, given: seen.update(given), with_kwargs=True)
    generator = torch.Generator().manual_seed(3)
    texts = ChromaTexts(pipeline)
    (told,) = texts.encode([Bag((text,), tuple(texts.tokenize(text)))])
    mask = torch.ones(1, len(told.tokens), dtype=torch.bool)
    latents = pipeline(
        prompt_embeds=told.tokens[None],
        prompt_attention_mask=mask,
        guidance_scale=1.0,
        width=128,
        height=128,
        num_inference_steps=1,
        generator=generator,
        output_type="latent",
    ).images
    made = JointBlocks(pipeline.transformer, pipeline.text_encoder, build_tokenizer(SHAPES_WORLD))
    noise = torch.randn(1, 4, LATENT, LATENT, generator=torch.Generator().manual_seed(3))
    ids = torch.tensor([[*ids_of(made.tokenizer, text), 1, 0, 0, 0]])  # more padding than is seen
    lengths = torch.tensor([ids.shape[1] - 3])
    with torch.no_grad():
        guess = made.predicted(noise, torch.ones(1), (ids, lengths))
    assert torch.equal(seen["img_ids"], places(LATENT // 2, LATENT // 2))
    assert torch.allclose(latents, pack(noise - guess), atol=1e-4)


def test_patches_are_put_together_again():
    latents = torch.randn(3, 4, LATENT, LATENT)
    assert torch.equal(unpack(pack(latents)), latents)


def test_strange_words_are_unknown_ids_in_a_third_of_the_texts():
    made = build_joint(SHAPES_WORLD)
    rng = np.random.default_rng(0)
    ids, lengths = made.encoded(["a red circle"] * 300, [rng] * 300)
    strange = (ids == UNKNOWN).sum(1)
    assert (strange > 0).float().mean() == pytest.approx(0.3, abs=0.08)
    assert strange.max() <= 12
    assert (lengths == 4 + strange).all()
