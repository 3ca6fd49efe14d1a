"""Teach a trained composer what it gets wrong: `python tools/prefer_composer.py --trained RUN --run FOLDER`.

It asks the model that `train_composer.py` left in RUN what messages mean that it was not trained on, keeps those
replies that do not mean their message, and trains by direct preference optimisation: the right reply before its own.
Kill it while it asks whenever you like: the same command goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # works from a checkout that is not installed

import torch
from composer_training.base import load_base
from composer_training.lora import trainable
from composer_training.preferences import collect
from composer_training.preferring import prefer
from composer_training.settings import Settings
from composer_training.ship import ADAPTER, put_into, write_weights
from composer_training.stopping import told_to_stop

from lib_omost.chat.local.adapter import read_adapter
from lib_omost.errors import OmostError

PREFERENCES = "preferences.jsonl"


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 when it is through, 2 when a folder cannot be used, 130 when it was told to stop."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings(**json.loads((options.trained / "settings.json").read_text(encoding="utf-8")))
        options.run.mkdir(parents=True, exist_ok=True)
        torch.manual_seed(settings.seed)
        model, tokenizer = load_base(settings, options.trained)
        weights = trainable(model, settings.rank, settings.seed)
        put_into(weights, read_adapter(options.trained / ADAPTER))
        with told_to_stop() as should_stop:
            preferences = collect(
                options.run / PREFERENCES,
                model,
                tokenizer,
                seed=settings.seed,
                first=options.first,
                messages=options.messages,
                temperature=options.temperature,
                should_stop=should_stop,
                told=_told,
            )
            if should_stop() or options.collect:
                return 130 if should_stop() else 0
            seen = prefer(
                model,
                weights,
                tokenizer,
                preferences,
                rate=options.rate,
                beta=options.beta,
                likelihood=options.likelihood,
                pairs_a_step=options.pairs_a_step,
                seed=settings.seed,
                should_stop=should_stop,
            )
            if should_stop():
                return 130
        size = write_weights(options.run / ADAPTER, {name: weight.detach() for name, weight in weights.items()})
        print(f"{options.run / ADAPTER}: {size / 1e6:.1f} MB, after {seen} preferences")
    except FileNotFoundError as error:
        print(
            f"{error.filename} is not there",
            "--trained is the folder of a run of train_composer.py",
            sep="\n",
            file=sys.stderr,
        )
        return 2
    except OmostError as error:
        print(error, error.hint, sep="\n", file=sys.stderr)
        return 2
    return 0


def _told(asked: int, found: int) -> None:
    print(f"{asked} messages asked, {found} replies wrong", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--trained", type=Path, required=True, help="folder of a run of train_composer.py")
    add("--run", type=Path, required=True, help="folder for what this makes")
    add("--messages", type=int, default=4000, help="how many messages to ask (default: %(default)s)")
    add(
        "--first",
        type=int,
        default=1_000_000,
        help="number of the first one's pair, beyond those of training (default: %(default)s)",
    )
    add(
        "--temperature",
        type=float,
        default=0.0,
        help="of the replies asked for; 0 is the most probable (default: %(default)s)",
    )
    add("--rate", type=float, default=1e-4, help="learning rate (default: %(default)s)")
    add("--beta", type=float, default=0.1, help="how near the model stays to what it was (default: %(default)s)")
    add("--likelihood", type=float, default=0.2, help="weight of the chosen reply's likelihood (default: %(default)s)")
    add("--pairs-a-step", type=int, default=4, help="default: %(default)s")
    add("--collect", action="store_true", help="only ask, and keep what is wrong")
    return parser


if __name__ == "__main__":
    sys.exit(main())
