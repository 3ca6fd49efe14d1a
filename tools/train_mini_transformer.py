"""Train a mini diffusion transformer from nothing: `python tools/train_mini_transformer.py --output FOLDER`.

With `--blocks joint` Flux's blocks in Chroma's form, a tiny T5 trained with them, and the autoencoder of a mini
checkpoint; with `--blocks cross` Cosmos' blocks with cross-attention, Anima's Qwen3 and adapter in tiny, and an
autoencoder of Anima's class, which a first stage trains to the mini checkpoint's latents. That checkpoint's UNet is the
teacher: four shapes in eight colours before three backgrounds, which it learns in hours, not all things. Stop or kill
it whenever you like: the same command goes on where it was. `--export` writes what a run has learned so far;
`--gates FOLDER` measures what is written against the bars of the mini checkpoint, and
`python -m lib_omost bench regions --checkpoint FOLDER` how far its regions are obeyed.
"""

from __future__ import annotations

import argparse
import dataclasses
import functools
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # works from a checkout that is not installed

from mini_training.command import Work, run_command
from mini_training.kept import kept
from mini_training.processes import Group
from mini_training.settings import TransformerSettings
from mini_training.transformer import trained_transformer

from lib_omost.mini.checkpoint import load_mini
from lib_omost.mini.folder import check_mini_folder, mini_folder
from lib_omost.mini.worlds import SHAPES_WORLD, THINGS_WORLD

# with scenes in which nothing is: what is asked for nowhere must not be drawn
WORLD = dataclasses.replace(SHAPES_WORLD, empty=THINGS_WORLD.empty)


def main(arguments: list[str] | None = None) -> int:
    """Run the command: its exit code, as `run_command` says."""
    return run_command(arguments, __doc__ or "", TransformerSettings, _begin, add=_add, check=_check)


def train_mini_transformer(
    settings: TransformerSettings, mini: Path, run: Path, output: Path, group: Group, *, as_it_stands: bool
) -> None:
    """The stage and the export, in each of the processes."""
    checkpoint = load_mini(mini)
    trained = trained_transformer(settings, checkpoint, WORLD, run, group, as_it_stands=as_it_stands)
    if group.leads:
        trained.blocks.save(output, trained.vae, WORLD)


def _begin(settings: TransformerSettings, options: argparse.Namespace) -> Work:
    mini = kept(options.mini or mini_folder(), options.run / "mini")
    return functools.partial(
        train_mini_transformer, settings, mini, options.run, options.output, as_it_stands=options.export
    )


def _check(options: argparse.Namespace) -> None:
    check_mini_folder(options.mini or mini_folder())


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mini", type=Path, help="whose autoencoder and UNet a run begins with (default: the shipped checkpoint)"
    )


if __name__ == "__main__":
    sys.exit(main())
