"""Train a mini checkpoint from nothing: `python tools/train_mini.py --output FOLDER`.

Takes about an hour and a half on two cores. Kill it whenever you like: the same command goes on where it was.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # works from a checkout that is not installed

from mini_training.architecture import build_scheduler
from mini_training.diffusion import trained_unet_and_text_encoder
from mini_training.processes import Group, run_in_processes
from mini_training.settings import Settings, claim_folder
from mini_training.vae import trained_vae

from lib_omost.errors import OmostError
from lib_omost.mini.checkpoint import save_mini


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 when the checkpoint is written, 2 when the settings cannot be used."""
    options = _parser().parse_args(arguments)
    run: Path = options.run or options.output.with_name(options.output.name + "-run")
    try:
        settings = Settings(**{name: getattr(options, name) for name in Settings.__dataclass_fields__})
        claim_folder(run, settings)
    except OmostError as error:
        print(error, error.hint, sep="\n", file=sys.stderr)
        return 2
    os.environ["OMP_NUM_THREADS"] = "1"  # read by the processes when they start
    run_in_processes(functools.partial(train_mini, settings, run, options.output), settings.processes)
    print(options.output)
    return 0


def train_mini(settings: Settings, run: Path, output: Path, group: Group) -> None:
    """Both stages and the export, in each of the processes."""
    vae = trained_vae(settings, run, group)
    unet, text_encoder = trained_unet_and_text_encoder(settings, vae, run, group)
    if group.leads:
        save_mini(output, text_encoder=text_encoder, unet=unet, vae=vae, scheduler=build_scheduler())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="folder to write the checkpoint to")
    parser.add_argument("--run", type=Path, help="folder of the unfinished run (default: OUTPUT-run)")
    for name, field in Settings.__dataclass_fields__.items():
        parser.add_argument("--" + name.replace("_", "-"), type=int, default=field.default, help="default: %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main())
