"""The mini transformer with cross-attention: it learns what Anima's pipeline does, and its autoencoder is Anima's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from mini_training.architecture import LATENT
from mini_training.captions import words_of
from mini_training.cross import CrossBlocks, build_cross, build_text_tokenizer
from mini_training.image_vae import OF_ANIMA, build_image_vae, on_single_frames
from mini_training.linear import latents_of
from mini_training.pictures import as_tensor, training_picture
from mini_training.processes import Group
from mini_training.settings import Settings
from mini_training.t5_words import UNKNOWN, build_tokenizer, ids_of
from mini_training.vae import trained_vae
from transformers import Qwen2Tokenizer

from lib_omost.hosts.diffusers.checkpoint import load_checkpoint
from lib_omost.hosts.diffusers.families.anima import AnimaTexts
from lib_omost.hosts.replaced import replaced
from lib_omost.mini.worlds import SHAPES_WORLD, THINGS_WORLD
from lib_omost.prompts import Bag

CPU = torch.device("cpu")


class Asked(Exception):
    """The first call of a transformer, which need not go on."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(0)
    made = tmp_path_factory.mktemp("cross") / "written"
    build_cross(SHAPES_WORLD).save(made, build_image_vae(), SHAPES_WORLD)
    return made


@pytest.mark.parametrize("text", ["a red circle. a white background.", "a zorp Red circle", ""])
def test_its_pipeline_asks_for_what_it_learned(folder, text):
    """The pipeline's prediction is the one that the loss was made of, with all zeros behind a text."""
    pipeline = load_checkpoint(folder, CPU)
    texts = AnimaTexts(pipeline)
    (told,) = texts.encode([Bag((text,), tuple(texts.tokenize(text)))])
    prompt = torch.cat([told.tokens, told.padding])[None]
    assert prompt.shape[1] == 512
    noise = torch.randn(1, 4, 1, LATENT, LATENT, generator=torch.Generator().manual_seed(3))
    theirs = []
    forward = pipeline.transformer.forward

    def hear(**given):
        assert torch.equal(given["hidden_states"], noise)
        theirs.extend(forward(**given))
        raise Asked

    with replaced(pipeline.transformer, "forward", hear), pytest.raises(Asked):
        pipeline(
            prompt_embeds=prompt,
            negative_prompt_embeds=None,
            guidance_scale=1.0,
            width=128,
            height=128,
            num_inference_steps=1,
            generator=[torch.Generator().manual_seed(3)],
        )
    made = CrossBlocks(
        pipeline.transformer,
        pipeline.text_encoder,
        pipeline.text_conditioner,
        build_tokenizer(SHAPES_WORLD),
        build_text_tokenizer(SHAPES_WORLD),
    )
    ids = torch.tensor([[*ids_of(made.tokenizer, text), 1, 0, 0, 0]])  # more padding than is needed
    words = made.text_tokenizer(text).input_ids or [0]
    encoded = ids, torch.tensor([ids.shape[1] - 3]), torch.tensor([[*words, 0, 0]]), torch.tensor([len(words)])
    with torch.no_grad():
        guess = made.predicted(noise[:, :, 0], torch.ones(1), encoded)
    assert torch.allclose(theirs[0][:, :, 0], guess, atol=1e-4)


def test_each_word_of_the_world_is_one_token_and_all_else_is_bytes(tmp_path):
    for world in (SHAPES_WORLD, THINGS_WORLD):
        tokenizer = build_text_tokenizer(world)
        words = sorted(words_of(world) - {",", "."})
        assert tokenizer.tokenize("." + "".join(f" {word}" for word in words)) == [".", *(f"Ġ{word}" for word in words)]
    assert tokenizer.tokenize(" Zé") == ["Ġ", "Z", "Ã", "©"]
    tokenizer.save_pretrained(tmp_path)
    text = "a red circle. A majestic blue background, and Zürich"
    assert Qwen2Tokenizer.from_pretrained(tmp_path)(text).input_ids == tokenizer(text).input_ids


def test_strange_words_are_the_same_for_both_tokenizers_and_words_are_found_among_them():
    made = build_cross(SHAPES_WORLD)
    rng = np.random.default_rng(0)
    ids, lengths, words, counts = made.encoded(["a red circle"] * 300, [rng] * 300)
    strange = (ids == UNKNOWN).sum(1)
    assert (strange > 0).float().mean() == pytest.approx(0.3, abs=0.08)
    assert (counts[strange == 0] == 3).all()
    assert (counts[strange > 0] > 3).all()
    circle = made.tokenizer("circle", add_special_tokens=False).input_ids[0]
    assert ((ids == circle).sum(1) == 1).all()
    assert ids.shape[1] == lengths.max() + 1
    assert words.shape[1] == counts.max()


def test_a_single_frame_is_read_and_drawn_as_its_autoencoder_does():
    torch.manual_seed(0)
    vae = build_image_vae()
    pictures, latents = torch.rand(2, 3, 64, 64) * 2 - 1, torch.randn(2, 4, 8, 8)
    with torch.no_grad():
        theirs = vae.encode(pictures[:, :, None]).latent_dist.parameters[:, :, 0]
        drawn = vae.decode(latents[:, :, None]).sample[:, :, 0]
        with on_single_frames(vae):
            assert torch.allclose(OF_ANIMA.read(vae, pictures), theirs, atol=1e-5)
            assert torch.allclose(OF_ANIMA.drawn(vae, latents).clamp(-1, 1), drawn, atol=1e-4)
        assert torch.equal(vae.encode(pictures[:, :, None]).latent_dist.parameters[:, :, 0], theirs)


def test_it_learns_to_read_and_to_draw(learned):
    torch.manual_seed(0)
    vae = build_image_vae()
    rng = np.random.default_rng(5)
    pictures = as_tensor(np.stack([training_picture(rng) for _ in range(2)]))
    latents = latents_of(pictures)

    def loss():
        read = (OF_ANIMA.read(vae, pictures)[:, :4] - latents).square()
        return read.mean((1, 2, 3)) + (OF_ANIMA.drawn(vae, latents) - pictures).square().mean((1, 2, 3))

    with on_single_frames(vae):
        losses = learned(list(vae.parameters()), loss)
    assert losses[-1] < 0.9 * losses[0]


def test_what_is_encoded_is_its_mean(tmp_path):
    vae = trained_vae(Settings(processes=1, vae_steps=1, vae_batch=1), tmp_path, Group(0, 1), kind=OF_ANIMA)
    assert vae.encode(torch.randn(2, 3, 1, 64, 64)).latent_dist.std.max() < 0.05
