"""What the second stage learns from."""

import numpy as np
import pytest
import torch
from mini_training.captions import Vocabulary
from mini_training.feeding import batches
from mini_training.gradients import gradients_of
from mini_training.samples import Samples, samples

from lib_omost.mini.worlds import THINGS_WORLD

SIGMAS = np.geomspace(0.03, 14.6, 1000)
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def vocabulary():
    return Vocabulary(THINGS_WORLD)


def test_each_depends_on_its_row_alone_however_many_share_the_batch(vocabulary):
    whole = samples(7, 3, range(6), vocabulary, SIGMAS)
    assert [tensor.shape[0] for tensor in whole] == [6] * len(whole)
    for part in (range(0, 6, 2), range(1, 6, 2)):
        for mine, all_of in zip(samples(7, 3, part, vocabulary, SIGMAS), whole, strict=True):
            assert torch.equal(mine, all_of[list(part)])


@pytest.mark.parametrize(("seed", "step"), [(8, 3), (7, 4)])
def test_no_two_steps_or_runs_see_the_same(vocabulary, seed, step):
    one, other = samples(7, 3, range(2), vocabulary, SIGMAS), samples(seed, step, range(2), vocabulary, SIGMAS)
    assert not torch.equal(one.clean, other.clean)
    assert not torch.equal(one.noise, other.noise)
    assert not torch.equal(one.clean[0], one.clean[1])


def test_what_is_said_is_what_is_shown(vocabulary):
    some = samples(0, 0, range(60), vocabulary, SIGMAS)
    shown = torch.stack([(some.segments == number).flatten(1).any(1) for number in range(1, 5)], 1)
    assert torch.equal(some.numbers[:, 1:] > 0, shown)
    said = some.named.amax(2)
    assert ((said[:, 1:] > 0) <= shown).all()
    untitled = (some.named == 0).flatten(1).all(1)
    assert untitled.float().mean() == pytest.approx(0.1, abs=0.1)
    assert torch.equal(said[~untitled][:, 1:] > 0, shown[~untitled])


def test_batches_come_in_order_as_their_steps_make_them():
    made = list(batches(lambda step: Samples(*(torch.full((2,), step) for _ in Samples._fields)), range(3, 6), CPU))
    assert [int(batch[0][0]) for batch in made] == [3, 4, 5]


def test_gradients_are_of_one_batch_alone():
    model = torch.nn.Linear(1, 1, bias=False)
    learn = gradients_of(lambda batch: (model(batch[0]) * batch[1]).sum(), model)
    for slope in (2.0, 5.0):
        loss = learn((torch.ones(1, 1), torch.full((1, 1), slope)))
        assert float(model.weight.grad) == slope
        assert not loss.requires_grad


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a graphics card")
def test_a_graphics_card_gives_the_same_gradients():
    there = torch.nn.Linear(3, 2).cuda()
    here = torch.nn.Linear(3, 2)
    here.load_state_dict(there.state_dict())
    made = lambda step: (torch.randn(4, 3, generator=torch.Generator().manual_seed(step)),)  # noqa: E731
    learn, reference = (gradients_of(lambda b, m=model: m(b[0]).square().sum(), model) for model in (there, here))
    for step, batch in enumerate(batches(made, range(5), torch.device("cuda"))):
        assert learn(batch).item() == pytest.approx(reference(made(step)).item(), rel=1e-4)
        assert torch.allclose(there.weight.grad.cpu(), here.weight.grad, rtol=1e-4, atol=1e-5)
