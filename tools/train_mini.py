"""Train a mini checkpoint from nothing: `python tools/train_mini.py --output FOLDER`.

Takes about eight hours on two cores; with `--device cuda`, larger batches and cores that draw pictures ahead, twenty
minutes teach it more. Stop or kill it whenever you like: the same command goes on where it was. The
autoencoder comes first; `--autoencoder` begins with one that was trained before.
`--export` writes what a run has learned so far, also beside the run itself; `--gates FOLDER` measures a checkpoint
against the bars that it has to reach.
"""

from __future__ import annotations

import argparse
import filecmp
import functools
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # works from a checkout that is not installed

from mini_training.architecture import build_scheduler
from mini_training.command import Work, run_command
from mini_training.diffusion import trained_unet_and_text_encoder
from mini_training.kept import kept
from mini_training.processes import Group
from mini_training.settings import Settings
from mini_training.vae import trained_before, trained_vae

from lib_omost.errors import BadInputError
from lib_omost.mini.checkpoint import save_mini
from lib_omost.mini.worlds import THINGS_WORLD

_BEFORE = "autoencoder"  # in the folder of a run: the one that it began with


def main(arguments: list[str] | None = None) -> int:
    """Run the command: its exit code, as `run_command` says."""
    return run_command(arguments, __doc__ or "", Settings, _begin, add=_add, check=_check)


def train_mini(settings: Settings, run: Path, output: Path, as_it_stands: bool, group: Group) -> None:
    """All stages and the export, in each of the processes."""
    before = run / _BEFORE
    vae = trained_before(before) if before.is_dir() else trained_vae(settings, run, group, as_it_stands=as_it_stands)
    unet, text_encoder = trained_unet_and_text_encoder(settings, run, group, as_it_stands=as_it_stands)
    if group.leads:
        scheduler = build_scheduler()
        save_mini(output, text_encoder=text_encoder, unet=unet, vae=vae, scheduler=scheduler, world=THINGS_WORLD)


def _begin(settings: Settings, options: argparse.Namespace) -> Work:
    if options.autoencoder:
        kept(options.autoencoder, options.run / _BEFORE)
    return functools.partial(train_mini, settings, options.run, options.output, options.export)


def _check(options: argparse.Namespace) -> None:
    if options.autoencoder:
        trained_before(options.autoencoder)
        if (options.run / "vae.pt").exists():
            raise BadInputError(f"{options.run} trains an autoencoder of its own", hint="name another --run folder")
        own, weights = options.run / _BEFORE, "diffusion_pytorch_model.safetensors"
        if own.is_dir() and not filecmp.cmp(own / weights, options.autoencoder / weights, shallow=False):
            raise BadInputError(
                f"{options.run} began with another autoencoder", hint="name that, or another --run folder"
            )


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--autoencoder",
        type=Path,
        metavar="FOLDER",
        help="a VAE that this command trained before, as diffusers writes it",
    )


if __name__ == "__main__":
    sys.exit(main())
