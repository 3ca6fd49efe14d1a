"""The mini transformer's training command: what it learns from is what its pipeline does, and a run can be stopped."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mini_training import gates
from mini_training.architecture import LATENT, build_vae
from mini_training.captions import words_of
from mini_training.kept import kept
from mini_training.noise import random_shares
from mini_training.processes import Group, Stopped
from mini_training.settings import TransformerSettings
from mini_training.transformer import encoded, predicted, trained_transformer
from mini_training.transformer_parts import (
    UNKNOWN,
    build_text_encoder,
    build_tokenizer,
    build_transformer,
    pack,
    places,
    save_transformer,
)
from train_mini_transformer import main

from lib_omost.app.commands.cli import main as omost
from lib_omost.errors import BadInputError
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint
from lib_omost.hosts.diffusers.families import family_of
from lib_omost.hosts.diffusers.families.chroma import ChromaTexts
from lib_omost.mini.checkpoint import load_mini
from lib_omost.mini.folder import mini_folder
from lib_omost.mini.worlds import SHAPES_WORLD, THINGS_WORLD, world_of
from lib_omost.prompts import Bag

TINY = TransformerSettings(processes=1, steps=4, batch=2, save_every=2)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def mini():
    return load_mini()


@pytest.fixture(scope="module")
def whole(mini, tmp_path_factory):
    """The folder of a run that nobody stopped, and what came of it."""
    run = tmp_path_factory.mktemp("whole")
    return run, trained_transformer(TINY, mini, SHAPES_WORLD, run, Group(0, 1))


@pytest.fixture(scope="module")
def folder(whole, mini, tmp_path_factory):
    transformer, text_encoder, tokenizer = whole[1]
    made = tmp_path_factory.mktemp("written") / "mini-transformer"
    save_transformer(
        made, transformer=transformer, text_encoder=text_encoder, tokenizer=tokenizer, vae=mini.vae, world=SHAPES_WORLD
    )
    return made


def weights(parts):
    return [parameter for part in parts[:2] for parameter in part.state_dict().values()]


@pytest.mark.parametrize("stopped_at", [1, 3])
def test_a_run_that_was_stopped_ends_with_the_same_weights(whole, mini, tmp_path, stopped_at):
    asked = []

    def told():
        asked.append(None)
        return len(asked) > stopped_at

    with pytest.raises(Stopped):
        trained_transformer(TINY, mini, SHAPES_WORLD, tmp_path, Group(0, 1, told=told))
    again = trained_transformer(TINY, mini, SHAPES_WORLD, tmp_path, Group(0, 1))
    for one, other in zip(weights(again), weights(whole[1]), strict=True):
        assert torch.equal(one, other)


def test_what_it_has_learned_so_far_can_be_had_and_nothing_before_that(whole, mini, tmp_path):
    as_it_stands = trained_transformer(TINY, mini, SHAPES_WORLD, whole[0], Group(0, 1), as_it_stands=True)
    for one, other in zip(weights(as_it_stands), weights(whole[1]), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(BadInputError, match=r"transformer\.pt"):
        trained_transformer(TINY, mini, SHAPES_WORLD, tmp_path, Group(0, 1), as_it_stands=True)


def test_an_autoencoder_with_another_code_is_refused(tmp_path):
    torch.manual_seed(0)
    with pytest.raises(BadInputError, match="a code of its own"):
        trained_transformer(TINY, SimpleNamespace(vae=build_vae()), THINGS_WORLD, tmp_path, Group(0, 1))


def test_the_loss_falls():
    """On one batch of one picture, again and again."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    tokenizer = build_tokenizer(SHAPES_WORLD)
    transformer, text_encoder = build_transformer(), build_text_encoder(len(tokenizer))
    optimizer = torch.optim.AdamW([*transformer.parameters(), *text_encoder.parameters()], lr=8e-4)
    clean = pack(torch.randn(1, 4, LATENT, LATENT)).expand(4, -1, -1)
    noise, share = torch.randn(clean.shape), torch.from_numpy(random_shares(rng, 4)).float()
    ids, lengths = encoded(tokenizer, ["a red circle"] * 4, [rng] * 4)
    losses = []
    for _ in range(20):
        noisy = torch.lerp(clean, noise, share[:, None, None])
        where = places(LATENT // 2, LATENT // 2)
        guess = predicted(transformer, text_encoder, noisy, share, ids=ids, lengths=lengths, where=where)
        loss = (guess - (noise - clean)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


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
    tokenizer = build_tokenizer(SHAPES_WORLD)
    noise = torch.randn(1, 4, LATENT, LATENT, generator=torch.Generator().manual_seed(3))
    ids = torch.tensor(
        [[*tokenizer(text, add_special_tokens=False).input_ids, 1, 0, 0, 0]]
    )  # more padding than is seen
    lengths = torch.tensor([ids.shape[1] - 3])
    where = places(LATENT // 2, LATENT // 2)
    with torch.no_grad():
        guess = predicted(
            pipeline.transformer,
            pipeline.text_encoder,
            pack(noise),
            torch.ones(1),
            ids=ids,
            lengths=lengths,
            where=where,
        )
    assert torch.equal(seen["img_ids"], where)
    assert torch.allclose(latents, pack(noise) - guess, atol=1e-4)


def test_a_vocabulary_is_the_worlds_and_strange_words_are_one():
    for world in (SHAPES_WORLD, THINGS_WORLD):
        tokenizer = build_tokenizer(world)
        words = [word for word in words_of(world) if word not in ",."]
        assert all(len(tokenizer(word, add_special_tokens=False).input_ids) == 1 for word in words)
        ids = tokenizer(". ".join(words) + ", a.", add_special_tokens=False).input_ids
        assert len(ids) == 2 * len(words) + 2
        assert UNKNOWN not in ids
    assert set(tokenizer("majestic Zürich", add_special_tokens=False).input_ids) == {UNKNOWN}
    rng = np.random.default_rng(0)
    ids, lengths = encoded(tokenizer, ["a red circle"] * 300, [rng] * 300)
    strange = (ids == UNKNOWN).sum(1)
    assert (strange > 0).float().mean() == pytest.approx(0.3, abs=0.08)
    assert strange.max() <= 12
    assert (lengths == 4 + strange).all()


def test_noise_is_of_all_shares_and_most_of_the_middle():
    shares = random_shares(np.random.default_rng(0), 20000)
    assert ((shares > 0) & (shares <= 1)).all()
    assert np.median(shares) == pytest.approx(0.6, abs=0.03)
    assert (shares > 0.97).mean() > 0.004
    assert (shares < 0.03).mean() > 0.004


def test_what_is_written_is_a_checkpoint_of_its_size_and_world_and_the_benchmark_runs_on_it(folder, capsys):
    pipeline = load_checkpoint(folder, CPU)
    assert family_of(pipeline).name == "Chroma"
    assert family_of(pipeline).size(pipeline) == (128, 128)
    assert world_of(folder) is SHAPES_WORLD
    assert sum(file.stat().st_size for file in folder.rglob("*")) < 20e6
    assert omost(["bench", "regions", "--checkpoint", str(folder), "--layouts", "1", "--no-ceilings", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["methods"]) == {"plain", "layout", "sketch"}


def test_the_gates_of_the_mini_checkpoint_can_be_measured_on_it(folder, monkeypatch):
    monkeypatch.setattr(gates, "STEPS", 2)
    through_vae, alone, from_asked = gates.measure(folder, 1)
    assert through_vae.is_reached
    assert not alone.is_reached  # it has learned for four steps
    assert alone.colors.count == from_asked.colors.count == 9


def test_the_command_keeps_the_autoencoder_that_a_run_began_with(tmp_path):
    mini = tmp_path / "mini"
    (mini / "vae").mkdir(parents=True)
    (mini / "vae" / "config.json").write_text("first")
    own = kept(mini, tmp_path / "run" / "mini")
    (mini / "vae" / "config.json").write_text("second")
    assert kept(mini, tmp_path / "run" / "mini") == own
    assert (own / "vae" / "config.json").read_text() == "first"


@pytest.mark.parametrize(
    "options", [["--steps", "0"], ["--batch", "3", "--processes", "2"], ["--export"], ["--mini", "."]]
)
def test_settings_that_cannot_work_end_with_2(tmp_path, capsys, options):
    assert main(["--output", str(tmp_path / "x"), *options]) == 2
    assert capsys.readouterr().err.strip()
    assert not list(tmp_path.iterdir())


def test_the_whole_command_writes_a_checkpoint_and_exports_the_same(tmp_path, capsys):
    options = ["--processes", "1", "--steps", "3", "--batch", "2", "--save-every", "2"]
    assert main(["--output", str(tmp_path / "out"), *options]) == 0
    assert main(["--output", str(tmp_path / "now"), "--run", str(tmp_path / "out-run"), "--export", *options]) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / "out"), str(tmp_path / "now")]
    files = [file.relative_to(tmp_path / "out") for file in Path(tmp_path / "out").rglob("*") if file.is_file()]
    assert len(files) > 8
    assert all((tmp_path / "out" / file).read_bytes() == (tmp_path / "now" / file).read_bytes() for file in files)
    assert (tmp_path / "out-run" / "mini" / "vae" / "config.json").read_text() == (
        mini_folder() / "vae" / "config.json"
    ).read_text()
