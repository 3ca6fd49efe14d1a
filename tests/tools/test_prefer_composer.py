"""Preferences: what a trained model gets wrong is kept, and training comes to prefer what means the message."""

from __future__ import annotations

import math

import prefer_composer
import pytest
import torch
import train_composer
from composer_training import preferences
from composer_training.batches import padded
from composer_training.evaluation import grammar_of, held_out_pairs
from composer_training.generate import replies
from composer_training.preferences import Preference, collect
from composer_training.preferring import prefer, preference_loss, reply_scores
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer, LlamaForCausalLM

from lib_omost.chat.local.adapter import read_adapter

PROMPT = "picture: a red ball\n"


@pytest.fixture
def llama(folders):
    torch.manual_seed(0)
    model = LlamaForCausalLM.from_pretrained(folders["llama"])
    return model, AutoTokenizer.from_pretrained(folders["llama"])


def preferred(number=0):
    return Preference(number, PROMPT, "1 a red ball\n", "1 a blue cup\n")


def test_a_reply_scores_the_sum_of_its_tokens_log_probabilities(llama):
    model, _ = llama
    rows = [([5, 6, 7], [8, 9]), ([1, 2], [3, 4, 5, 6])]
    got = reply_scores(model, padded(rows)).detach()
    for row, (prompt, reply) in enumerate(rows):
        with torch.no_grad():
            logits = model(torch.tensor([prompt + reply])).logits[0].double().log_softmax(-1)
        wanted = sum(float(logits[len(prompt) + place - 1, token]) for place, token in enumerate(reply))
        assert float(got[row]) == pytest.approx(wanted, abs=1e-4)


numbers = st.lists(st.floats(-50, 0), min_size=4, max_size=4)


@given(numbers, numbers, st.floats(0.01, 2), st.floats(0, 1))
def test_the_loss_is_the_papers(now, before, beta, likelihood):
    lengths = [3, 5, 4, 6]
    got = preference_loss(torch.tensor(now), torch.tensor(before), torch.tensor(lengths), beta, likelihood)
    each = []
    for chosen, rejected in ((0, 2), (1, 3)):
        margin = beta * ((now[chosen] - before[chosen]) - (now[rejected] - before[rejected]))
        each.append(math.log1p(math.exp(-margin)) - likelihood * now[chosen] / lengths[chosen])
    assert float(got) == pytest.approx(sum(each) / 2, rel=1e-3, abs=1e-4)


def test_training_comes_to_prefer_the_reply_that_means_the_message(llama):
    model, tokenizer = llama
    weights = dict(model.named_parameters())
    pairs = [preferred(number) for number in range(40)]

    def margin():
        batch = padded(
            [(tokenizer(PROMPT).input_ids, tokenizer(one).input_ids) for one in ("1 a red ball\n", "1 a blue cup\n")]
        )
        with torch.no_grad():
            chosen, rejected = reply_scores(model, batch)
        return float(chosen - rejected)

    before = margin()
    seen = prefer(
        model, weights, tokenizer, pairs,
        rate=1e-2, beta=0.5, likelihood=0.1, pairs_a_step=4, seed=0, should_stop=lambda: False,
    )  # fmt: skip
    assert seen == 40
    assert margin() > before + 1


def test_what_is_kept_is_gone_on_with_and_half_a_save_counts_for_nothing(llama, tmp_path, monkeypatch):
    model, tokenizer = llama
    monkeypatch.setattr(preferences, "AT_ONCE", 2)
    path, asked = tmp_path / "kept.jsonl", []

    def ask(messages, stop=lambda: False):
        return collect(
            path, model, tokenizer, seed=1, first=500, messages=messages, temperature=0.0,
            should_stop=stop, told=lambda done, _found: asked.append(done),
        )  # fmt: skip

    first = ask(4)
    assert asked == [2, 4]
    assert len(first) == 4  # random weights mean nothing
    assert {one.number for one in first} == {500, 501, 502, 503}
    assert all(one.chosen != one.rejected for one in first)
    path.with_suffix(".part").write_text('{"asked": 9', encoding="utf-8")  # killed while it saved
    again = ask(6)
    assert asked == [2, 4, 6]
    assert again[:4] == first
    assert ask(6) == again
    assert ask(8, stop=lambda: True) == again


def test_replies_are_drawn_at_a_temperature_and_the_most_probable_at_none(llama):
    model, tokenizer = llama
    asked = [(pair.prompt, grammar_of(pair.prompt)) for pair in held_out_pairs(1, 2)]
    assert replies(model, tokenizer, asked) == replies(model, tokenizer, asked)
    drawn = {tuple(replies(model, tokenizer, asked, temperature=1.5)) for _ in range(3)}
    assert len(drawn) > 1


def test_the_command_ships_an_adapter_that_differs_from_the_trained_one(folders, tmp_path, capsys):
    base = ["--base", str(folders["llama"]), "--dtype", "float32", "--rank", "4", "--window", "8", "--batch", "600"]
    assert train_composer.main(["--run", str(tmp_path / "run"), *base, "--pairs", "4", "--evaluate", "0"]) == 0
    command = ["--trained", str(tmp_path / "run"), "--run", str(tmp_path / "preferred"), "--messages", "6"]
    assert prefer_composer.main([*command, "--collect"]) == 0
    assert not (tmp_path / "preferred" / "adapter.safetensors").exists()
    assert prefer_composer.main(command) == 0
    assert "6 preferences" in capsys.readouterr().out
    before, after = (read_adapter(tmp_path / name / "adapter.safetensors") for name in ("run", "preferred"))
    assert before.keys() == after.keys()
    assert any(not torch.equal(before[name], after[name]) for name in before)


def test_a_folder_without_a_run_is_refused(tmp_path, capsys):
    assert prefer_composer.main(["--trained", str(tmp_path), "--run", str(tmp_path / "new")]) == 2
    assert "settings.json is not there" in capsys.readouterr().err
