"""Train a model to compose: `python tools/train_composer.py --run FOLDER`.

It makes its messages and plans as it goes. Kill it whenever you like: the same command goes on where it was. Any
causal model of transformers can be trained (`--base FOLDER`); without one it is SmolLM2-135M from the package index.
`--rank 0` trains all weights but the embeddings, which asks for a lower rate (`--rate 1e-4`).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # works from a checkout that is not installed

import torch
from composer_training.base import load_base
from composer_training.evaluation import evaluate, held_out_pairs
from composer_training.known_words import WORDS, write_words
from composer_training.loop import train
from composer_training.lora import trainable
from composer_training.messages import answer
from composer_training.settings import Settings, claim_folder
from composer_training.ship import ADAPTER, put_into, write_weights
from composer_training.stopping import told_to_stop

from lib_omost.chat.local.adapter import read_adapter
from lib_omost.errors import OmostError


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 when it is through, 2 when the settings cannot be used, 130 when it was told to stop."""
    options = _parser().parse_args(arguments)
    settings = Settings(**{name: getattr(options, name) for name in Settings.__dataclass_fields__})
    try:
        claim_folder(options.run, settings)
        torch.manual_seed(settings.seed)
        model, tokenizer = load_base(settings, options.run)
        weights = trainable(model, settings.rank, settings.seed)
        with told_to_stop() as should_stop:
            state = train(
                settings,
                model,
                weights,
                tokenizer,
                run=options.run,
                pairs=options.pairs,
                cooldown=options.cooldown,
                save_seconds=options.save_seconds,
                should_stop=should_stop,
            )
        if state.pairs < options.pairs:
            print(f"stopped after {state.pairs} pairs; the same command goes on", file=sys.stderr)
            return 130
        size = write_weights(options.run / ADAPTER, state.average)
        print(f"{options.run / ADAPTER}: {size / 1e6:.1f} MB, after {state.pairs} pairs")
        print(f"{options.run / WORDS}: {write_words(options.run / WORDS, settings.seed, state.pairs)} words")
        put_into(weights, read_adapter(options.run / ADAPTER))  # what ships is what is measured
        if options.evaluate:
            _evaluate(model, tokenizer, options)
        if options.messages:
            rows = answer(model, tokenizer, options.messages, told=_told)
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            (options.run / "replies.jsonl").write_text(text, encoding="utf-8")
            print(options.run / "replies.jsonl")
    except OmostError as error:
        print(error, error.hint, sep="\n", file=sys.stderr)
        return 2
    return 0


def _evaluate(model: Any, tokenizer: Any, options: argparse.Namespace) -> None:
    """Print what is right of the held-out pairs, and keep what is wrong."""
    counts, wrong = evaluate(model, tokenizer, held_out_pairs(options.seed, options.evaluate), told=_told)
    for category, (right, total) in counts.items():
        print(f"{category:24} {right:4} of {total:4}")
    right, total = (sum(pair[place] for pair in counts.values()) for place in (0, 1))
    print(f"{'all':24} {right:4} of {total:4}  {right / total:.1%} ± {(right * (total - right) / total**3) ** 0.5:.1%}")
    shown = (f"--- {pair.category}\n{pair.prompt}wanted:\n{pair.reply}written:\n{reply}\n" for pair, reply in wrong)
    (options.run / "wrong.txt").write_text("".join(shown), encoding="utf-8")


def _told(done: int) -> None:
    print(f"{done} replies", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument(
        "--pairs", type=int, default=30_000, help="how many pairs to train on in all (default: %(default)s)"
    )
    parser.add_argument(
        "--cooldown", type=int, default=0, help="the rate falls to nothing over so many of the last pairs (default: 0)"
    )
    parser.add_argument("--save-seconds", type=float, default=180, help="time between two saves (default: %(default)s)")
    parser.add_argument(
        "--evaluate", type=int, default=300, help="held-out pairs to evaluate on (default: %(default)s)"
    )
    parser.add_argument(
        "--messages", type=Path, help="a file of messages to answer; the replies go into the run's folder"
    )
    for name, field in Settings.__dataclass_fields__.items():
        parser.add_argument(f"--{name}", type=type(field.default), default=field.default, help="default: %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main())
