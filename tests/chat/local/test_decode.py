"""Speculation leaves the reply alone: the same tokens for the same random numbers, the same distribution for others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from itertools import product

import llguidance
import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.grammar.canvas_grammar import canvas_rules
from lib_omost.chat.local.constraint import GrammarConstraint, TokenConstraint, Unconstrained
from lib_omost.chat.local.decode import PASS_TOKENS, Choose, Decoding, decode
from lib_omost.chat.local.lookup import Before, Guess, PromptLookup
from lib_omost.chat.local.pace import CPU_COST, PassCost
from lib_omost.chat.local.reader import Reader
from lib_omost.chat.local.sampler import draw_token
from lib_omost.errors import ModelError
from lib_omost.grammar.rules import Chars, Grammar, Literal, literals, sequence

EAGER = PassCost(0.0, 0.0)  # drafts as long as there are any
BOUNDS = Bounds(regions=(1, 2), items=(0, 1), sentence=9, tags=9, mood=9)
GRAMMAR = canvas_rules(BOUNDS)


def sampled(temperature: float, top_p: float, seed: int) -> Choose:
    generator = torch.Generator().manual_seed(seed)
    return lambda scores, allowed: draw_token(scores, temperature, top_p, generator, allowed)


def written(
    model: LlamaForCausalLM, prompt: list[int], constraint: TokenConstraint, choose: Choose, decoding: Decoding
) -> tuple[list[int], int]:
    """The reply, and the forward passes it took."""
    passes = 0

    def count(*_: object) -> None:
        nonlocal passes
        passes += 1

    hook = model.register_forward_hook(count)
    try:
        parts = list(decode(Reader(model), prompt, constraint, choose, decoding))
    finally:
        hook.remove()
    assert all(part.forwards <= passes for part in parts)
    return [token for part in parts for token in part.tokens], passes


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Networks this small only wait for each other on several."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def looper() -> LlamaForCausalLM:
    """A model of eight tokens that often says what it has said before."""
    torch.manual_seed(4)
    config = LlamaConfig(
        vocab_size=8,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=256,
        initializer_range=0.25,
    )
    return LlamaForCausalLM(config).eval()


@pytest.mark.parametrize("cost", [EAGER, CPU_COST])
@pytest.mark.parametrize("temperature", [0, 0.3, 1, 3])
def test_the_same_random_numbers_give_the_same_reply(
    looper: LlamaForCausalLM, temperature: float, cost: PassCost
) -> None:
    saved = 0
    for seed in range(4):
        prompt = torch.randint(0, 8, (12,), generator=torch.Generator().manual_seed(seed)).tolist() * 2
        for ends in (frozenset(), frozenset({seed % 8})):
            plain = written(
                looper, prompt, Unconstrained(), sampled(temperature, 0.95, seed), Decoding(40, ends, cost=None)
            )
            ours = written(looper, prompt, Unconstrained(), sampled(temperature, 0.95, seed), Decoding(40, ends, cost))
            assert ours[0] == plain[0]
            saved += plain[1] - ours[1]
    assert saved > 0 or temperature == 3


@pytest.mark.parametrize("temperature", [0, 0.7, 2])
@pytest.mark.parametrize("most", [150, 1000])
def test_the_same_reply_comes_under_the_grammar_in_fewer_passes(
    tiny_llama: LlamaForCausalLM, byte_vocabulary: llguidance.LLTokenizer, temperature: float, most: int
) -> None:
    first, _ = written(
        tiny_llama, [1, 2], GrammarConstraint(byte_vocabulary, GRAMMAR), sampled(0, 1, 0), Decoding(1000, cost=None)
    )
    prompt = [1, 2, *first, 3]  # as in an edit turn
    forwards = []
    replies = []
    for cost in (None, EAGER, CPU_COST):
        constraint = GrammarConstraint(byte_vocabulary, GRAMMAR)
        reply, passes = written(tiny_llama, prompt, constraint, sampled(temperature, 0.9, 7), Decoding(most, cost=cost))
        replies.append(reply)
        forwards.append(passes)
    assert replies[1] == replies[2] == replies[0]
    assert len(replies[0]) <= most
    assert forwards[1] <= forwards[0]
    if temperature == 0:
        assert forwards[1] < forwards[0]


@pytest.mark.parametrize("seed", range(3))
def test_any_draft_is_harmless(looper: LlamaForCausalLM, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Random guesses, right and wrong, at random lengths."""
    prompt = [1, 2, 3]
    plain, _ = written(looper, prompt, Unconstrained(), sampled(1, 1, seed), Decoding(80, cost=None))
    numbers = torch.Generator().manual_seed(seed)

    def guess(self: PromptLookup, draft: list[int], most: int) -> list[Guess]:
        length = int(torch.randint(0, most + 1, (), generator=numbers))
        place = len(self._text) - len(prompt)
        right = int(torch.randint(0, length + 1, (), generator=numbers))
        wrong = torch.randint(0, 8, (length - right,), generator=numbers).tolist()
        return [Guess(token, 1, Before.ONCE) for token in [*plain[place : place + right], *wrong][:most]]

    monkeypatch.setattr(PromptLookup, "guesses", guess)
    ours, forwards = written(looper, prompt, Unconstrained(), sampled(1, 1, seed), Decoding(80, cost=EAGER))
    assert ours == plain
    assert forwards < len(plain)


def chances(model: LlamaForCausalLM, prompt: list[int], temperature: float, count: int) -> dict[tuple[int, ...], float]:
    """How likely each reply of `count` tokens is, by reading every one of them whole: the naive reference."""
    found = {}
    for reply in product(range(8), repeat=count):
        ids = torch.tensor([[*prompt, *reply]])
        with torch.inference_mode():
            logits = model(ids).logits[0, len(prompt) - 1 : -1].double()
        shares = torch.softmax(logits / temperature, -1)
        found[reply] = float(shares[range(count), list(reply)].prod())
    return found


@pytest.mark.parametrize("temperature", [0.7, 1.5])
def test_speculation_keeps_the_distribution(looper: LlamaForCausalLM, temperature: float) -> None:
    """Pearson's chi-square of 2,000 drafted replies of three tokens against their true chances."""
    prompt, runs = [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2], 2000
    expected = chances(looper, prompt, temperature, 3)
    choose = sampled(temperature, 1, 11)
    reader = Reader(looper)
    reader.read(prompt)  # so that the first pass has a draft already
    seen: Counter[tuple[int, ...]] = Counter()
    shorter = 0
    for _ in range(runs):
        parts = list(decode(reader, prompt, Unconstrained(), choose, Decoding(3, cost=EAGER)))
        seen[tuple(token for part in parts for token in part.tokens)] += 1
        shorter += parts[-1].forwards < 3
    assert shorter > runs / 20  # drafts were taken
    common = [reply for reply, share in expected.items() if share * runs >= 5]
    rest = runs - sum(seen[reply] for reply in common)
    rest_share = 1 - sum(expected[reply] for reply in common)
    square = sum((seen[reply] - expected[reply] * runs) ** 2 / (expected[reply] * runs) for reply in common)
    square += (rest - rest_share * runs) ** 2 / (rest_share * runs)
    degrees = len(common)  # with the rest as one more class, less one
    assert square < degrees + 4 * (2 * degrees) ** 0.5  # four standard deviations


def test_a_failing_pass_leaves_nothing_half_read(looper: LlamaForCausalLM, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader(looper)
    list(decode(reader, [1, 2, 3], Unconstrained(), sampled(0, 1, 0), Decoding(5)))
    real = looper.lm_head.forward

    def fail(*args: object) -> None:  # after the layers have taken the tokens in
        raise torch.OutOfMemoryError("no memory is left")

    monkeypatch.setattr(looper.lm_head, "forward", fail)
    with pytest.raises(ModelError, match="no memory is left"):
        list(decode(reader, [1, 2, 3, 4], Unconstrained(), sampled(0, 1, 0), Decoding(5)))
    assert reader.tokens == []

    def interrupt(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(looper.lm_head, "forward", interrupt)
    with pytest.raises(KeyboardInterrupt):
        list(decode(reader, [1, 2, 3, 4], Unconstrained(), sampled(0, 1, 0), Decoding(5)))
    monkeypatch.setattr(looper.lm_head, "forward", real)
    again = [part.tokens for part in decode(reader, [1, 2, 3, 4], Unconstrained(), sampled(0, 1, 0), Decoding(5))]
    fresh = [
        part.tokens for part in decode(Reader(looper), [1, 2, 3, 4], Unconstrained(), sampled(0, 1, 0), Decoding(5))
    ]
    assert again == fresh


@pytest.mark.parametrize("heard", [0, 1, 2, 3])
def test_after_a_reply_that_nobody_heard_out_the_next_is_right(looper: LlamaForCausalLM, heard: int) -> None:
    reader = Reader(looper)
    prompt = [1, 2, 3, 4] * 3
    parts = decode(reader, prompt, Unconstrained(), sampled(1, 1, 3), Decoding(40, cost=EAGER))
    for _ in range(heard):
        next(parts)
    parts.close()  # type: ignore[attr-defined]
    other = [*prompt, 5, 1, 2]
    again = [part.tokens for part in decode(reader, other, Unconstrained(), sampled(1, 1, 5), Decoding(20, cost=None))]
    fresh, _ = written(looper, other, Unconstrained(), sampled(1, 1, 5), Decoding(20, cost=None))
    assert [token for tokens in again for token in tokens] == fresh


def test_a_cache_that_cannot_be_cropped_gets_no_drafts(
    looper: LlamaForCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = [1, 2, 3, 4] * 3
    plain, passes = written(looper, prompt, Unconstrained(), sampled(1, 1, 3), Decoding(20, cost=None))
    monkeypatch.setattr("transformers.cache_utils.DynamicLayer.is_croppable", False)
    reader = Reader(looper)
    reader.read(prompt)
    parts = list(decode(reader, [*prompt[:-1], 7], Unconstrained(), sampled(0, 1, 3), Decoding(1)))
    assert reader.tokens == [*prompt[:-1], 7]
    assert written(looper, prompt, Unconstrained(), sampled(1, 1, 3), Decoding(20, cost=EAGER)) == (plain, passes)
    assert parts


def test_a_long_prompt_leaves_no_pass_longer_than_it_may_be(
    looper: LlamaForCausalLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lib_omost.chat.local.decode.PASS_TOKENS", 16)
    read: list[int] = []
    real: Callable[..., torch.Tensor] = Reader.read
    monkeypatch.setattr(
        Reader, "read", lambda self, tokens, scored=1: read.append(len(tokens)) or real(self, tokens, scored)
    )
    written(looper, [1, 2, 3, 4] * 12, Unconstrained(), sampled(1, 1, 3), Decoding(60, cost=EAGER))
    assert PASS_TOKENS > 16
    assert max(read) <= 16
    assert read[:3] == [16, 16, 16]


def test_the_grammar_looks_ahead_without_taking(byte_vocabulary: llguidance.LLTokenizer) -> None:
    grammar = sequence(Literal("a"), literals("b", "c"), Literal("def"), Chars(("xy",)), Literal("!"))
    constraint = GrammarConstraint(byte_vocabulary, Grammar({"start": grammar}))
    a, b, c, d, e, f, x, mark = byte_vocabulary.tokenize_str("abcdefx!")
    assert constraint.forced() == [a]
    for _ in range(2):
        assert constraint.peek([b]) == [b, d, e, f]
        assert constraint.peek([c, d, x]) == [c, d, e, f]
        assert constraint.peek([c, d, e, f, x]) == [c, d, e, f, x, mark]
        assert constraint.peek([x]) == []
    constraint.take(c)
    assert constraint.forced() == [d, e, f]
    assert constraint.peek([x, mark]) == [x, mark]
    assert constraint.peek([x, mark, mark]) == [x, mark]
    constraint.take(x)
    assert constraint.forced() == [mark]
    assert constraint.ended()
