"""Train a mini checkpoint from nothing: `python tools/train_mini.py --output FOLDER`.

Takes five to six hours on two cores. Stop or kill it whenever you like: the same command goes on where it was.
`--export` writes what a run has learned so far, also beside the run itself; `--gates FOLDER` measures a checkpoint
against the bars that it has to reach.
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

from lib_omost.errors import BadInputError, OmostError
from lib_omost.mini.checkpoint import save_mini
from lib_omost.mini.worlds import THINGS_WORLD

_LAYOUTS = 24


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    0: the checkpoint is written, the run was told to stop and is saved, or every gate is reached. 1: a gate is missed.
    2: the arguments cannot be used.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if (options.output is None) == (options.gates is None):
        parser.error("one of --output and --gates is needed")
    try:
        return _measure(options) if options.gates else _train(options)
    except OmostError as error:
        print(error, error.hint, sep="\n", file=sys.stderr)
        return 2


def train_mini(settings: Settings, run: Path, output: Path, as_it_stands: bool, group: Group) -> None:
    """All stages and the export, in each of the processes."""
    vae = trained_vae(settings, run, group, as_it_stands=as_it_stands)
    unet, text_encoder = trained_unet_and_text_encoder(settings, vae, run, group, as_it_stands=as_it_stands)
    if group.leads:
        scheduler = build_scheduler()
        save_mini(output, text_encoder=text_encoder, unet=unet, vae=vae, scheduler=scheduler, world=THINGS_WORLD)


def _train(options: argparse.Namespace) -> int:
    run: Path = options.run or options.output.with_name(options.output.name + "-run")
    values = {name: getattr(options, name) for name in Settings.__dataclass_fields__}
    settings = Settings(**(values | {"processes": 1} if options.export else values))
    if options.export and not run.is_dir():
        raise BadInputError(f"there is no run in {run}", hint="name its folder with --run")
    claim_folder(run, settings)
    os.environ["OMP_NUM_THREADS"] = "1"  # read by the processes when they start
    work = functools.partial(train_mini, settings, run, options.output, options.export)
    if not run_in_processes(work, settings.processes):
        print("stopped and saved; the same command goes on from here", file=sys.stderr)
        return 0
    print(options.output)
    return 0


def _measure(options: argparse.Namespace) -> int:
    from mini_training.gates import measure, table

    gates = measure(options.gates, options.layouts, options.sheet)
    print(table(gates))
    return 0 if all(gate.is_reached for gate in gates) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, help="folder to write the checkpoint to")
    parser.add_argument("--run", type=Path, help="folder of the unfinished run (default: OUTPUT-run)")
    parser.add_argument("--export", action="store_true", help="write the run's checkpoint as it stands, train nothing")
    parser.add_argument("--gates", type=Path, metavar="FOLDER", help="measure the checkpoint in FOLDER, train nothing")
    parser.add_argument(
        "--layouts", type=int, default=_LAYOUTS, help="of 2, of 3 and of 4 boxes for --gates; default: %(default)s"
    )
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="with --gates: draw the first pictures, too")
    for name, field in Settings.__dataclass_fields__.items():
        parser.add_argument("--" + name.replace("_", "-"), type=int, default=field.default, help="default: %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main())
