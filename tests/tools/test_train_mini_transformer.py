"""The mini transformers' training command: what they learn from, and a run can be stopped and gone on with."""

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
from mini_training.settings import TransformerSettings, claim_folder
from mini_training.t5_words import UNKNOWN, build_tokenizer
from mini_training.transformer import KINDS, trained_transformer
from train_mini_transformer import main

from lib_omost.app.commands.cli import main as omost
from lib_omost.bench.regions import DRAWN_FROM_COLORS, MEASURED_METHODS
from lib_omost.errors import BadInputError
from lib_omost.hosts.diffusers.checkpoint import load_checkpoint
from lib_omost.hosts.diffusers.families import family_of
from lib_omost.methods.names import JOINT_METHODS
from lib_omost.mini.checkpoint import load_mini
from lib_omost.mini.folder import mini_folder
from lib_omost.mini.worlds import SHAPES_WORLD, THINGS_WORLD, world_of

CPU = torch.device("cpu")
FAMILIES = {"joint": ("Chroma", JOINT_METHODS), "cross": ("Anima", (*DRAWN_FROM_COLORS, *MEASURED_METHODS))}
STOPS = {
    "joint": (1, 3),
    "cross": (0, 1, 3),
}  # steps before the last one; the first two of the latter are the autoencoder's


def tiny(blocks):
    return TransformerSettings(processes=1, steps=4, batch=2, save_every=2, blocks=blocks, vae_steps=2, vae_batch=1)


@pytest.fixture(scope="module")
def mini():
    return load_mini()


@pytest.fixture(scope="module", params=sorted(KINDS))
def blocks(request):
    return request.param


@pytest.fixture(scope="module")
def whole(blocks, mini, tmp_path_factory):
    """The folder of a run that nobody stopped, and what came of it."""
    run = tmp_path_factory.mktemp("whole")
    return run, trained_transformer(tiny(blocks), mini, SHAPES_WORLD, run, Group(0, 1))


@pytest.fixture(scope="module")
def folder(whole, tmp_path_factory):
    made = tmp_path_factory.mktemp("written") / "mini-transformer"
    whole[1].blocks.save(made, whole[1].vae, SHAPES_WORLD)
    return made


def weights(trained):
    parts = [*trained.blocks.networks, trained.vae]
    return [parameter for part in parts for parameter in part.state_dict().values()]


def test_a_run_that_was_stopped_ends_with_the_same_weights(whole, blocks, mini, tmp_path):
    for stopped_at in STOPS[blocks]:
        run, asked = tmp_path / str(stopped_at), []
        run.mkdir()

        def told(asked=asked, stopped_at=stopped_at):
            asked.append(None)
            return len(asked) > stopped_at

        with pytest.raises(Stopped):
            trained_transformer(tiny(blocks), mini, SHAPES_WORLD, run, Group(0, 1, told=told))
        again = trained_transformer(tiny(blocks), mini, SHAPES_WORLD, run, Group(0, 1))
        for one, other in zip(weights(again), weights(whole[1]), strict=True):
            assert torch.equal(one, other)


def test_what_it_has_learned_so_far_can_be_had_and_nothing_before_that(whole, blocks, mini, tmp_path):
    as_it_stands = trained_transformer(tiny(blocks), mini, SHAPES_WORLD, whole[0], Group(0, 1), as_it_stands=True)
    for one, other in zip(weights(as_it_stands), weights(whole[1]), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(BadInputError, match=r"(vae|transformer)\.pt"):
        trained_transformer(tiny(blocks), mini, SHAPES_WORLD, tmp_path, Group(0, 1), as_it_stands=True)


def test_an_autoencoder_with_another_code_is_refused(blocks, tmp_path):
    torch.manual_seed(0)
    with pytest.raises(BadInputError, match="a code of its own"):
        trained_transformer(tiny(blocks), SimpleNamespace(vae=build_vae()), THINGS_WORLD, tmp_path, Group(0, 1))


def test_the_loss_falls(blocks):
    """On one batch of one picture, again and again."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    made = KINDS[blocks].build(SHAPES_WORLD)
    optimizer = torch.optim.AdamW([each for network in made.networks for each in network.parameters()], lr=8e-4)
    clean = torch.randn(1, 4, LATENT, LATENT).expand(4, -1, -1, -1)
    noise, share = torch.randn(clean.shape), torch.from_numpy(random_shares(rng, 4)).float()
    texts = made.encoded(["a red circle"] * 4, [rng] * 4)
    losses = []
    for _ in range(20):
        guess = made.predicted(torch.lerp(clean, noise, share[:, None, None, None]), share, texts)
        loss = (guess - (noise - clean)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


def test_watching_changes_nothing_of_what_is_predicted(blocks):
    torch.manual_seed(0)
    made = KINDS[blocks].build(SHAPES_WORLD)
    rng = np.random.default_rng(0)
    texts = made.encoded(["a red circle. a white background.", "", "a blue star"], [rng] * 3)
    noisy, share = torch.randn(3, 4, LATENT, LATENT), torch.tensor([0.2, 0.6, 1.0])
    with torch.no_grad():
        plain, watched, after = (
            made.predicted(noisy, share, texts),
            made.guessed(noisy, share, texts),
            made.predicted(noisy, share, texts),
        )
    assert torch.allclose(watched.way, plain, atol=1e-5)
    assert torch.equal(after, plain)
    assert watched.features.shape == (3, made.width, LATENT // 2, LATENT // 2)
    assert all(shares.shape[2:] == (64, texts[0].shape[1]) for shares in watched.heard)
    assert all(torch.allclose(shares.sum(-1), torch.ones(())) for shares in watched.heard)


def test_a_text_is_read_alike_alone_and_among_longer_ones(blocks):
    torch.manual_seed(0)
    made = KINDS[blocks].build(SHAPES_WORLD)
    noisy, share = torch.randn(2, 4, LATENT, LATENT), torch.tensor([0.7, 0.7])

    def of(*texts):
        encoded = made.encoded(texts, [np.random.default_rng(1)] * len(texts))
        with torch.no_grad():
            return made.predicted(noisy[: len(texts)], share[: len(texts)], encoded)[0]

    alone = of("a red circle")
    assert torch.allclose(of("a red circle", "a blue star. a green square. a white background."), alone, atol=1e-5)
    assert not torch.allclose(of("a green circle"), alone, atol=1e-5)


def test_a_vocabulary_is_the_worlds_and_strange_words_are_one():
    for world in (SHAPES_WORLD, THINGS_WORLD):
        tokenizer = build_tokenizer(world)
        words = [word for word in words_of(world) if word not in ",."]
        assert all(len(tokenizer(word, add_special_tokens=False).input_ids) == 1 for word in words)
        ids = tokenizer(". ".join(words) + ", a.", add_special_tokens=False).input_ids
        assert len(ids) == 2 * len(words) + 2
        assert UNKNOWN not in ids
    assert set(tokenizer("majestic Zürich", add_special_tokens=False).input_ids) == {UNKNOWN}


def test_noise_is_of_all_shares_and_most_of_the_middle():
    shares = random_shares(np.random.default_rng(0), 20000)
    assert ((shares > 0) & (shares <= 1)).all()
    assert np.median(shares) == pytest.approx(0.6, abs=0.03)
    assert (shares > 0.97).mean() > 0.004
    assert (shares < 0.03).mean() > 0.004


def test_what_is_written_is_a_checkpoint_of_its_size_and_world_and_the_benchmark_runs_on_it(folder, blocks, capsys):
    pipeline = load_checkpoint(folder, CPU)
    name, rows = FAMILIES[blocks]
    assert family_of(pipeline).name == name
    assert family_of(pipeline).size(pipeline) == (128, 128)
    assert world_of(folder) is SHAPES_WORLD
    assert sum(file.stat().st_size for file in folder.rglob("*")) < 20e6
    assert omost(["bench", "regions", "--checkpoint", str(folder), "--layouts", "1", "--no-ceilings", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["methods"]) == set(rows)


def test_the_gates_of_the_mini_checkpoint_can_be_measured_on_it(folder, blocks, monkeypatch):
    monkeypatch.setattr(gates, "STEPS", 2)
    through_vae, alone, from_asked = gates.measure(folder, 1)
    assert through_vae.is_reached == (blocks == "joint")  # the other's autoencoder has learned for two steps
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
    "options",
    [
        ["--steps", "0"],
        ["--batch", "3", "--processes", "2"],
        ["--blocks", "cross", "--vae-batch", "3", "--processes", "2"],
        ["--export"],
        ["--mini", "."],
    ],
)
def test_settings_that_cannot_work_end_with_2(tmp_path, capsys, options):
    assert main(["--output", str(tmp_path / "x"), *options]) == 2
    assert capsys.readouterr().err.strip()
    assert not list(tmp_path.iterdir())


def test_a_run_is_of_one_kind_of_blocks_and_older_ones_are_joint(tmp_path):
    older = tmp_path / "older"
    older.mkdir()
    (older / "settings.json").write_text('{"seed": 0, "batch": 16}')
    with pytest.raises(BadInputError, match="other settings"):
        claim_folder(older, TransformerSettings(blocks="cross"))
    claim_folder(older, TransformerSettings())
    for damaged in ("[]", "{"):
        (older / "settings.json").write_text(damaged)
        with pytest.raises(BadInputError, match="other settings"):
            claim_folder(older, TransformerSettings())
    with pytest.raises(BadInputError, match="blocks"):
        TransformerSettings(blocks="both")


def test_the_whole_command_writes_a_checkpoint_and_exports_the_same(blocks, tmp_path, capsys):
    options = ["--processes", "1", "--steps", "3", "--batch", "2", "--save-every", "2", "--blocks", blocks]
    options += ["--vae-steps", "2"]
    assert main(["--output", str(tmp_path / "out"), *options]) == 0
    assert main(["--output", str(tmp_path / "now"), "--run", str(tmp_path / "out-run"), "--export", *options]) == 0
    assert capsys.readouterr().out.split() == [str(tmp_path / "out"), str(tmp_path / "now")]
    files = [file.relative_to(tmp_path / "out") for file in Path(tmp_path / "out").rglob("*") if file.is_file()]
    assert len(files) > 8
    assert all((tmp_path / "out" / file).read_bytes() == (tmp_path / "now" / file).read_bytes() for file in files)
    assert (tmp_path / "out-run" / "mini" / "vae" / "config.json").read_text() == (
        mini_folder() / "vae" / "config.json"
    ).read_text()
