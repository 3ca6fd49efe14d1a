"""The pieces of the training command."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from mini_training import captions as captions_module
from mini_training import loop as loop_module
from mini_training.captions import Vocabulary, caption
from mini_training.linear import latents_of
from mini_training.loop import Course, train
from mini_training.noise import random_timesteps
from mini_training.pictures import as_tensor, dense_picture, training_picture
from mini_training.processes import Group, Stopped
from mini_training.settings import Settings, claim_folder
from mini_training.vae import sharp_loss

from lib_omost.errors import BadInputError, OmostError
from lib_omost.mini.scenes import Scene, Thing, background_phrase, draw_scene, phrase, random_scene
from lib_omost.mini.worlds import THINGS_WORLD

ALONE = Group(0, 1)


def skipped(seed):
    """A generator from which one number was drawn."""
    rng = np.random.default_rng(seed)
    rng.random()
    return rng


@pytest.fixture(scope="module")
def vocabulary():
    return Vocabulary(THINGS_WORLD)


class TestSettings:
    @pytest.mark.parametrize("wrong", [{"steps": 0}, {"seed": -1}, {"batch": 7}, {"vae_batch": 3}, {"processes": 3}])
    def test_settings_that_cannot_work_are_refused(self, wrong):
        with pytest.raises(BadInputError):
            Settings(**wrong)

    def test_a_run_is_resumed_with_its_own_settings_only(self, tmp_path):
        claim_folder(tmp_path / "run", Settings())
        claim_folder(tmp_path / "run", Settings())
        with pytest.raises(BadInputError, match="other settings") as caught:
            claim_folder(tmp_path / "run", Settings(seed=1))
        assert "--run" in caught.value.hint

    def test_a_run_can_be_made_longer_and_put_on_other_cores(self, tmp_path):
        claim_folder(tmp_path / "run", Settings())
        claim_folder(tmp_path / "run", Settings(processes=1, steps=40000, vae_steps=99, save_every=1))


class TestCaptions:
    def test_every_word_is_known(self, vocabulary):
        rng = np.random.default_rng(0)
        said = [caption(random_scene(rng, world=THINGS_WORLD), rng) for _ in range(300)]
        said += [phrase(color, kind) for color in THINGS_WORLD.colors for kind in THINGS_WORLD.kinds]
        said += [background_phrase(background) for background in THINGS_WORLD.backgrounds]
        assert (vocabulary.encode(said) != vocabulary.unknown).all()
        assert len(vocabulary.ids) == 50

    def test_they_name_what_is_there_and_nothing_else(self):
        things = (Thing("ring", "orange", 0.3, 0.3, 0.1), Thing("circle", "red", 0.7, 0.7, 0.1))
        rng = np.random.default_rng(0)
        said = [caption(Scene("gray", things), rng) for _ in range(400)]
        assert all("an orange ring" in text and "a red circle" in text for text in said)
        assert sum("gray background" not in text for text in said) / len(said) == pytest.approx(0.04, abs=0.03)
        assert not any(word in text for text in said for word in ("blue", "square", "white", "left", "top", "empty"))
        assert any(text.count("red") == 2 for text in said)

    def test_a_background_by_itself_is_an_empty_picture(self):
        rng = np.random.default_rng(0)
        said = {caption(Scene("evening sky over sea", (), 0.6), rng) for _ in range(100)}
        assert {"an evening sky over sea", "an evening sky over sea."} < said
        assert all("evening sky over sea" in text for text in said)
        assert any("empty" in text for text in said)

    def test_a_canvas_is_said_as_they_are(self):
        things = (Thing("boat", "brown", 0.3, 0.3, 0.1), Thing("sun", "yellow", 0.7, 0.7, 0.1))
        rng = np.random.default_rng(0)
        said = {caption(Scene("day sky over sea", things, 0.6), rng) for _ in range(400)}
        assert "a day sky over sea. a brown boat. a yellow sun." in said

    def test_rows_are_padded_with_the_end(self, vocabulary):
        (row,) = vocabulary.encode(["a red circle"])
        start, end = len(vocabulary.ids) - 2, len(vocabulary.ids) - 1
        words = [vocabulary.ids.index(token) for token in (320, 736, 7117)]  # a, red, circle
        assert row.tolist() == [start, *words] + [end] * 73

    def test_strange_words_become_the_unknown_one(self, vocabulary):
        (row,) = vocabulary.encode(["a majestic circle"])
        assert row[2] == vocabulary.unknown == len(vocabulary.ids)

    def test_half_of_the_rows_get_unknown_words_among_their_own(self, vocabulary):
        text = "a red circle and a blue square on a white background"
        (plain,) = vocabulary.encode([text])
        rows = vocabulary.encode([text] * 200, np.random.default_rng(1))
        counts = (rows == vocabulary.unknown).sum(1)
        assert (counts > 0).mean() == pytest.approx(0.5, abs=0.1)
        assert counts.max() <= 60
        for row in rows:
            assert [token for token in row if token != vocabulary.unknown][:13] == plain[:13].tolist()

    @given(st.lists(st.integers(0, 29), max_size=75), st.integers(1, 60), st.integers(0, 9999))
    def test_scattering_keeps_words_and_room(self, words, count, seed):
        mixed = captions_module.scatter(words, 30, count, np.random.default_rng(seed))
        assert [word for word in mixed if word != 30] == words
        assert len(mixed) == min(75, len(words) + count)


class TestNoise:
    sigmas = np.geomspace(0.03, 14.6, 1000)

    def test_most_of_it_is_where_the_layout_is_decided(self):
        drawn = self.sigmas[random_timesteps(np.random.default_rng(0), 20000, self.sigmas)]
        assert ((drawn > 0.5) & (drawn < 4.5)).mean() > 0.55
        assert (drawn < 0.1).mean() > 0.01
        assert (drawn > 10).mean() > 0.03


class TestCourse:
    def test_the_rate_rises_holds_and_falls(self):
        course = Course("x", 1000, 1e-3, 3e-5, 0.99, 10)
        rates = [course.rate_at(step) for step in range(1000)]
        assert rates[0] < 1e-4
        assert rates[30:500] == pytest.approx([1e-3] * 470)
        assert all(a >= b for a, b in itertools.pairwise(rates[500:]))
        assert rates[-1] == pytest.approx(3e-5, rel=0.01)


class TestLoop:
    """A straight line fitted to points, which has an answer."""

    def fit(self, folder, steps=400, stop_at=None, group=ALONE, *, steep_at=(), broken_at=None, **options):
        torch.manual_seed(0)
        model = torch.nn.Linear(3, 1)

        def batch_of(step):
            if step == stop_at:
                raise KeyboardInterrupt
            rng = torch.Generator().manual_seed(step)
            points, noise = torch.randn(16, 3, generator=rng), 0.05 * torch.randn(16, 1, generator=rng)
            target = noise + points @ torch.tensor([[1.0], [-2.0], [0.5]]) + (300 if step in steep_at else 3)
            return points, target * (math.nan if step == broken_at else 1)

        def loss_of(batch):
            points, target = batch
            return torch.nn.functional.mse_loss(model(points), target)

        course = Course("line", steps, 0.05, 1e-4, 0.95, save_every=7)
        train(model, batch_of, loss_of, course, state=folder / "line.pt", group=group, **options)
        return torch.cat([model.weight.detach()[0], model.bias.detach()])

    def test_it_learns(self, tmp_path, capsys):
        assert self.fit(tmp_path).tolist() == pytest.approx([1, -2, 0.5, 3], abs=0.02)
        lines = capsys.readouterr().err.splitlines()
        assert lines[0].startswith("line 1/400  loss ")
        assert lines[-1].startswith("line 400/400  loss ")
        assert lines[-1].endswith("0 min to go")

    @pytest.mark.parametrize("stop_at", [3, 7, 100, 399])
    def test_a_run_that_was_stopped_ends_as_if_it_was_not(self, tmp_path, stop_at):
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        whole = self.fit(tmp_path / "a")
        with pytest.raises(KeyboardInterrupt):
            self.fit(tmp_path / "b", stop_at=stop_at)
        assert torch.equal(self.fit(tmp_path / "b"), whole)

    def test_a_finished_run_is_not_trained_again(self, tmp_path):
        whole = self.fit(tmp_path)
        assert torch.equal(self.fit(tmp_path, stop_at=0), whole)

    def test_as_it_stands_it_learns_no_more(self, tmp_path):
        with pytest.raises(KeyboardInterrupt):
            self.fit(tmp_path, stop_at=100)
        kept = (tmp_path / "line.pt").read_bytes()
        mean = self.fit(tmp_path, as_it_stands=True)
        saved = torch.load(tmp_path / "line.pt", weights_only=True)
        assert saved["step"] == 98
        assert torch.equal(torch.cat([tensor.flatten() for tensor in saved["mean"]]), mean)
        assert (tmp_path / "line.pt").read_bytes() == kept

    def test_a_slow_run_is_saved_by_the_clock(self, tmp_path, monkeypatch):
        monkeypatch.setattr(loop_module, "_UNSAVED", -1)
        with pytest.raises(KeyboardInterrupt):
            self.fit(tmp_path, stop_at=5)
        assert torch.load(tmp_path / "line.pt", weights_only=True)["step"] == 5

    def test_one_batch_does_not_undo_the_others(self, tmp_path, monkeypatch):
        (tmp_path / "a").mkdir()
        monkeypatch.setattr(loop_module, "_WORSE", float("inf"))  # this batch's loss alone is far over all others
        usual = self.fit(tmp_path, steps=60, steep_at=(50,))
        monkeypatch.setattr(loop_module, "_STEEP", 1e9)
        followed = self.fit(tmp_path / "a", steps=60, steep_at=(50,))
        right = torch.tensor([1, -2, 0.5, 3])
        assert float((usual - right).norm()) < float((followed - right).norm())

    def test_a_run_that_diverges_ends_with_its_last_good_save(self, tmp_path):
        with pytest.raises(OmostError, match=r"line diverged before step \d+"):
            self.fit(tmp_path, steep_at=range(200, 400))
        kept = torch.load(tmp_path / "line.pt", weights_only=True)
        assert 190 <= kept["step"] <= 210
        again = self.fit(tmp_path)
        assert again.tolist() == pytest.approx([1, -2, 0.5, 3], abs=0.02)

    def test_what_is_no_number_is_never_saved(self, tmp_path):
        with pytest.raises(OmostError, match="no number"):
            self.fit(tmp_path, broken_at=45)
        kept = torch.load(tmp_path / "line.pt", weights_only=True)
        assert kept["step"] == 42
        assert all(torch.isfinite(one).all() for one in kept["model"])

    def test_a_run_that_has_not_begun_does_not_stand(self, tmp_path):
        with pytest.raises(BadInputError, match=r"line\.pt"):
            self.fit(tmp_path, as_it_stands=True)

    def test_a_run_of_other_networks_is_refused_and_kept(self, tmp_path):
        self.fit(tmp_path, steps=7)
        kept = (tmp_path / "line.pt").read_bytes()
        wider = torch.nn.ModuleList([torch.nn.Linear(3, 1), torch.nn.Linear(3, 1)])
        with pytest.raises(BadInputError, match="other networks"):
            train(
                wider,
                lambda step: (),
                sum,
                Course("line", 9, 0.05, 1e-4, 0.95, 7),
                state=tmp_path / "line.pt",
                group=ALONE,
            )
        assert (tmp_path / "line.pt").read_bytes() == kept

    def test_told_to_end_it_saves_first_and_goes_on_from_there(self, tmp_path):
        (tmp_path / "a").mkdir()
        (tmp_path / "b").mkdir()
        whole = self.fit(tmp_path / "a")
        answers = itertools.chain([False] * 50, itertools.repeat(True))
        with pytest.raises(Stopped):
            self.fit(tmp_path / "b", group=Group(0, 1, told=lambda: next(answers)))
        assert torch.load(tmp_path / "b" / "line.pt", weights_only=True)["step"] == 51
        assert torch.equal(self.fit(tmp_path / "b"), whole)

    def test_the_result_is_the_running_mean(self, tmp_path):
        mean = self.fit(tmp_path, steps=40)
        saved = torch.load(tmp_path / "line.pt", weights_only=True)
        last = torch.cat([tensor.flatten() for tensor in saved["model"]])
        assert torch.equal(torch.cat([tensor.flatten() for tensor in saved["mean"]]), mean)
        assert not torch.allclose(last, mean)


class TestProcesses:
    @given(st.integers(1, 5), st.integers(0, 12))
    def test_shares_are_the_whole_batch(self, count, size):
        batch = torch.arange(size)
        shares = [Group(rank, count).share(batch) for rank in range(count)]
        assert sorted(torch.cat(shares).tolist()) == batch.tolist()

    def test_one_process_leads_and_averages_with_nobody(self):
        value = torch.ones(2)
        ALONE.average([value])
        assert not ALONE.any_told()
        assert ALONE.leads
        assert value.tolist() == [1, 1]


class TestVae:
    def test_a_blurred_edge_costs_more_than_as_much_error_elsewhere(self):
        sharp = torch.zeros(1, 3, 8, 8)
        sharp[..., 4:] = 1
        blurred, shifted = sharp.clone(), sharp + 1 / 8
        blurred[..., 3:5] = 0.5
        assert (blurred - sharp).abs().mean() == pytest.approx((shifted - sharp).abs().mean())
        assert sharp_loss(blurred, sharp) > 2 * sharp_loss(shifted, sharp)
        assert sharp_loss(sharp, sharp) == 0

    def test_training_pictures_are_of_both_kinds(self):
        pictures = np.stack([training_picture(np.random.default_rng(n)) for n in range(60)])
        assert pictures.shape == (60, 64, 64, 3)
        dense = [np.array_equal(p, dense_picture(skipped(n))) for n, p in enumerate(pictures)]
        assert 15 < sum(dense) < 45

    def test_dense_pictures_are_colourful(self):
        rng = np.random.default_rng(0)
        pictures = as_tensor(np.stack([dense_picture(rng) for _ in range(200)]))
        assert pictures.shape == (200, 3, 64, 64)
        assert pictures.min() >= -1
        assert pictures.max() <= 1
        colourfulness = (pictures.amax(1) - pictures.amin(1)).mean((1, 2))
        assert (colourfulness > 0.3).float().mean() > 0.7


class TestLinear:
    pictures = as_tensor(
        np.stack([draw_scene(random_scene(np.random.default_rng(n), world=THINGS_WORLD)) for n in range(200)])
    )

    def test_they_are_white(self):
        points = latents_of(self.pictures).transpose(0, 1).flatten(1)
        assert torch.allclose(points.mean(1), torch.zeros(4), atol=0.2)
        assert torch.allclose(torch.cov(points), torch.eye(4), atol=0.25)

    def test_they_are_linear_and_each_cell_s_own(self):
        one, other = self.pictures[:8], self.pictures[8:16]
        mixed = latents_of(0.3 * one + 0.7 * other)
        assert torch.allclose(mixed, 0.3 * latents_of(one) + 0.7 * latents_of(other), atol=1e-5)
        changed = one.clone()
        changed[:, :, 24:32, 40:48] = 1
        differs = (latents_of(changed) != latents_of(one)).any(1)
        assert differs.sum() == differs[:, 3, 5].sum() > 0

    def test_a_cell_tells_its_mean_colour_and_which_half_is_lighter(self):
        halves = torch.zeros(1, 3, 8, 8)
        halves[:, :, :4] = 0.5
        upside_down = halves.flip(2)
        plain = torch.full((1, 3, 8, 8), 0.25)
        upper, lower, none = (latents_of(cell).flatten() for cell in (halves, upside_down, plain))
        assert torch.allclose((upper + lower) / 2, none, atol=1e-5)
        assert (upper - lower).norm() > 0.5
        assert (latents_of(plain + 0.5).flatten() - none).norm() > 0.5
