"""The training command on models of a few thousand weights: it trains, goes on where it was, ships what it measures."""

from __future__ import annotations

import json
import signal

import pytest
import torch
import train_composer
from composer_training import loop
from composer_training.batches import IGNORED, encode, padded, window
from composer_training.edit_phrases import FORMS
from composer_training.evaluation import evaluate, grammar_of, held_out_pairs, means_the_same
from composer_training.loop import State, rate_at, reply_loss
from composer_training.lora import Adapted, trainable
from composer_training.nouns import everyday, nouns, rare
from composer_training.pairs import Pair, pair_at
from composer_training.settings import Settings
from composer_training.ship import write_weights
from composer_training.things import NUMBERS, plural
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast, Qwen2ForCausalLM

from lib_omost.chat.local.adapter import read_adapter
from lib_omost.compose.edit_text import read_edits
from lib_omost.compose.plan_text import read_plan


def run(folder, base, *options):
    arguments = ["--run", str(folder), "--base", str(base), "--dtype", "float32", "--rank", "4", "--window", "8"]
    return train_composer.main([*arguments, "--batch", "600", "--evaluate", "0", *options])


def sequence_of(pairs):
    return [(pair.prompt, pair.reply) for pair in pairs]


@pytest.mark.parametrize("kind", ["llama", "qwen", "phi"])
@pytest.mark.parametrize("rank", ["4", "0"])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_every_kind_of_model_can_be_trained(folders, tmp_path, kind, rank, dtype):
    assert run(tmp_path / "run", folders[kind], "--pairs", "4", "--rank", rank, "--dtype", dtype) == 0
    values = read_adapter(tmp_path / "run" / "adapter.safetensors")
    assert any(
        value.abs().max() > 0 for name, value in values.items() if name.endswith(".up" if rank == "4" else "weight")
    )
    assert not any("embed" in name for name in values)


def test_killed_and_started_again_it_comes_to_the_same(folders, tmp_path):
    run(tmp_path / "whole", folders["llama"], "--pairs", "12")
    for pairs in ("3", "7", "12"):
        run(tmp_path / "parts", folders["llama"], "--pairs", pairs)
    whole, parts = (read_adapter(tmp_path / name / "adapter.safetensors") for name in ("whole", "parts"))
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_a_cooldown_is_the_same_in_parts(folders, tmp_path):
    run(tmp_path / "whole", folders["llama"], "--pairs", "12", "--cooldown", "8")
    run(tmp_path / "warm", folders["llama"], "--pairs", "12")
    run(tmp_path / "parts", folders["llama"], "--pairs", "3")
    run(tmp_path / "parts", folders["llama"], "--pairs", "12", "--cooldown", "8")
    whole, warm, parts = (read_adapter(tmp_path / name / "adapter.safetensors") for name in ("whole", "warm", "parts"))
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    assert not all(torch.equal(whole[name], warm[name]) for name in whole)


def test_the_rate_rises_stays_and_falls():
    settings = Settings(rate=1.0, warmup=4)
    rates = [rate_at(settings, State(step=step, pairs=step), 20, 10) for step in range(20)]
    assert rates[:4] == [0.25, 0.5, 0.75, 1.0]
    assert rates[4:11] == [1.0] * 7
    assert rates[11:] == pytest.approx([0.9 - 0.1 * step for step in range(9)])


def test_told_to_stop_it_saves_what_it_has(folders, tmp_path, capsys, monkeypatch):
    def loss_and_signal(model, batch):
        signal.raise_signal(signal.SIGTERM)
        return reply_loss(model, batch)

    with monkeypatch.context() as patched:
        patched.setattr(loop, "reply_loss", loss_and_signal)
        assert run(tmp_path / "run", folders["llama"], "--pairs", "12") == 130
    assert "the same command goes on" in capsys.readouterr().err
    assert not (tmp_path / "run" / "adapter.safetensors").exists()
    assert 0 < torch.load(tmp_path / "run" / "state.pt")["state"]["pairs"] < 12
    run(tmp_path / "run", folders["llama"], "--pairs", "12")
    run(tmp_path / "whole", folders["llama"], "--pairs", "12")
    whole, parts = (read_adapter(tmp_path / name / "adapter.safetensors") for name in ("whole", "run"))
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_a_run_of_other_settings_is_left_alone(folders, tmp_path, capsys):
    run(tmp_path / "run", folders["llama"], "--pairs", "1")
    assert run(tmp_path / "run", folders["llama"], "--pairs", "1", "--seed", "2") == 2
    assert "other settings: seed" in capsys.readouterr().err


def test_it_evaluates_and_answers_messages(folders, tmp_path, capsys):
    messages = tmp_path / "messages.json"
    code = "canvas = Canvas()\ncanvas.set_global_description(description='A room.')\n"
    code += "canvas.add_local_description(location='on the left', area='a small square area', description='A fox.')\n"
    asked = [{"id": "new", "message": "a hen"}, {"id": "edit", "message": "remove it", "before": [["a fox", code]]}]
    messages.write_text(json.dumps(asked), encoding="utf-8")
    assert run(tmp_path / "run", folders["llama"], "--pairs", "1", "--evaluate", "3", "--messages", str(messages)) == 0
    rows = [json.loads(line) for line in (tmp_path / "run" / "replies.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["new", "edit"]
    assert " of    3" in capsys.readouterr().out
    for row in rows:  # it babbles within the grammar; what is cut off has no canvas
        assert row["reply"] == "" or "canvas.set_global_description" in row["reply"]


def test_pairs_are_the_same_for_the_same_seed_and_number():
    assert sequence_of(pair_at(1, number) for number in range(30)) == sequence_of(
        pair_at(1, number) for number in range(30)
    )
    assert pair_at(1, 5) != pair_at(2, 5)
    assert len({pair_at(1, number).prompt for number in range(400)}) == 400


@pytest.mark.parametrize("held_out", [False, True])
def test_every_reply_can_be_read_and_means_itself(held_out):
    for number in range(400):
        pair = pair_at(3, number, held_out=held_out)
        if pair.prompt.startswith("picture: "):
            read_plan(pair.reply)
        elif pair.reply.startswith("new\n"):
            read_plan(pair.reply.removeprefix("new\n"))
        else:
            read_edits(pair.reply)
        assert means_the_same(pair, pair.reply)


def test_the_evaluation_has_nouns_of_its_own():
    for table in (nouns, everyday, rare):
        trained, kept = ({word for names in table(held).values() for word in names} for held in (False, True))
        assert len(kept) > 20
        assert not trained & kept


def test_a_wrong_reply_is_wrong():
    pair = Pair(
        "picture: a red fox left of a hen in a park\nplan:\n", "scene: park\nred fox; left of hen; red\nhen\n", "two"
    )
    assert means_the_same(pair, "scene: park; green\nred fox; left of hen; red\nhen; white\n")
    assert not means_the_same(pair, "scene: park\nred fox; right of hen; red\nhen\n")
    assert not means_the_same(pair, "scene: park\nred fox; left of hen; blue\nhen\n")
    assert not means_the_same(pair, "scene: park\nred fox; left of hen; red\n")
    assert not means_the_same(pair, "scene: field\nred fox; left of hen; red\nhen\n")
    assert not means_the_same(pair, "remove 1\n")


def test_a_wrong_edit_is_wrong():
    listed = "scene: park; green\n1 fox; left; small; gray\n2 hen; right; small; gray\n3 hat; top; small; gray\n"
    pair = Pair(listed + "change: x\nedit:\n", "swap 1, 2\nadd: red cup; left; red\nscene: snow; snow\n", "edit")
    assert means_the_same(pair, "scene: snow; white\nadd: red cup; left; red\nswap 2, 1\n")
    assert not means_the_same(pair, "swap 1, 3\nadd: red cup; left; red\nscene: snow; snow\n")
    assert not means_the_same(pair, "swap 1, 2\nadd: red cup; left; blue\nscene: snow; snow\n")
    assert not means_the_same(pair, "swap 1, 2\nadd: cup; left\nscene: snow; snow\n")
    assert not means_the_same(pair, "swap 1, 2\nadd: red cup; left; red\nscene: sea; snow\n")
    assert not means_the_same(pair, "swap 1, 2\nadd: red cup; left; red\n")


def test_only_replies_are_trained_on(folders):
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folders["llama"])
    pair = Pair("picture: fox\nplan:\n", "scene: den\nfox\n", "single")
    batch = padded([encode(tokenizer, pair), ([1], [2])])
    trained = batch.ids[0][batch.labels[0] != IGNORED].tolist()
    assert tokenizer.decode(trained) == pair.reply + "</s>"
    assert batch.mask.sum(1).tolist() == [len(pair.prompt) + len(pair.reply) + 1, 2]
    assert sum(len(part.ids) for part in window(Settings(window=20), tokenizer, 0)) == 20


def test_the_loss_is_that_of_the_replies_tokens(folders):
    torch.manual_seed(0)
    model = LlamaForCausalLM.from_pretrained(folders["llama"])
    batch = padded([([5, 6, 7], [8, 9]), ([5, 6], [10])])
    scores = model(batch.ids, attention_mask=batch.mask).logits.log_softmax(-1)
    wanted = -(scores[0, 2, 8] + scores[0, 3, 9] + scores[1, 1, 10]) / 3
    assert torch.allclose(reply_loss(model, batch), wanted, atol=1e-5)


def test_an_adapter_starts_as_nothing_and_adds_its_product(folders):
    model = LlamaForCausalLM.from_pretrained(folders["llama"])
    ids = torch.tensor([[1, 2, 3]])
    before = model(ids).logits
    weights = trainable(model, 4, 1)
    assert torch.equal(model(ids).logits, before)
    assert all(name.endswith((".up", ".down")) for name in weights)
    layer = next(module for module in model.modules() if isinstance(module, Adapted))
    torch.nn.init.normal_(layer.up)
    x = torch.randn(2, layer.linear.in_features)
    assert torch.allclose(layer(x), layer.linear(x) + x @ (layer.up @ layer.down).T, atol=1e-5)


def test_weights_in_eight_bits_are_near(tmp_path):
    weights = {"a": torch.randn(6, 40), "b": torch.randn(5)}
    write_weights(tmp_path / "x.safetensors", weights)
    read = read_adapter(tmp_path / "x.safetensors")
    assert (read["a"] - weights["a"]).abs().max() <= weights["a"].abs().max() / 127
    assert torch.allclose(read["b"], weights["b"], atol=2e-3)


def test_replies_keep_to_the_grammar(folders):
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folders["qwen"])
    model = Qwen2ForCausalLM.from_pretrained(folders["qwen"])
    pairs = held_out_pairs(1, 5)
    counts, wrong = evaluate(model, tokenizer, pairs)
    assert sum(total for _, total in counts.values()) == 5
    for pair, reply in wrong:
        assert reply.startswith(tuple("abcdefghijklmnopqrstuvwxyz0123456789"))
        assert grammar_of(pair.prompt).rules["start"]


def test_plurals_and_numbers():
    assert [plural(noun, noun) for noun in ("red ball", "box", "cherry", "man", "gas lamp")] == [
        *("red balls", "boxes", "cherries", "men", "gas lamps"),
    ]
    assert set(NUMBERS) == {2, 3, 4, 5, 6}


def test_the_forms_of_edits_have_their_words():
    for name, forms in FORMS.items():
        assert all("{" in form for form in forms) == (name != "nothing")
