"""What the composer learns to write it is also let write."""

from __future__ import annotations

from pathlib import Path

import llguidance
from composer_training.evaluation import grammar_of
from composer_training.known_words import known_words, write_words
from composer_training.pairs import pair_at

from lib_omost.grammar.lark import lark

PAIRS = 150


def test_nearly_every_reply_of_the_training_can_be_written_in_the_words_of_its_prompt_and_known_ones() -> None:
    vocabulary = llguidance.LLTokenizer("byte")
    refused = []
    for number in range(PAIRS):
        pair = pair_at(5, number)
        grammar = llguidance.LLMatcher.grammar_from_lark(lark(grammar_of(pair.prompt)))
        matcher = llguidance.LLMatcher(vocabulary, grammar)
        text = pair.reply.encode()
        if matcher.try_consume_tokens(list(text)) < len(text) or not matcher.is_accepting():
            refused.append((pair.prompt, pair.reply))
    assert len(refused) <= PAIRS * 0.02, refused


def test_the_words_of_a_run_are_written_beside_its_weights(tmp_path: Path) -> None:
    count = write_words(tmp_path / "words.txt", 1, 300)
    lines = (tmp_path / "words.txt").read_text("ascii").splitlines()
    words, nouns = known_words(1, 300)
    assert lines == [word + " n" * (word in nouns) for word in sorted(words)]
    assert len(lines) == count > 100
    assert {"scene", "left"} <= words - nouns
    assert len(nouns) > 15
