"""Train a mini diffusion transformer from nothing: `python tools/train_mini_transformer.py --output FOLDER`.

Flux's blocks in Chroma's form, a tiny T5 trained with them, and the autoencoder of a mini checkpoint, whose world of
pictures is learned. Stop or kill it whenever you like: the same command goes on where it was. `--export` writes what a
run has learned so far; `--gates FOLDER` measures what is written against the bars of the mini checkpoint, and
`python -m lib_omost bench regions --checkpoint FOLDER` how far its regions are obeyed.
"""

from __future__ import annotations

import argparse
import functools
import os
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # works from a checkout that is not installed

from mini_training.processes import Group, run_in_processes
from mini_training.settings import TransformerSettings, claim_folder
from mini_training.transformer import trained_transformer
from mini_training.transformer_parts import save_transformer

from lib_omost.errors import BadInputError, OmostError
from lib_omost.mini.checkpoint import load_mini
from lib_omost.mini.folder import check_mini_folder, mini_folder
from lib_omost.mini.worlds import world_of

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


def train_mini_transformer(
    settings: TransformerSettings, mini: Path, run: Path, output: Path, group: Group, *, as_it_stands: bool
) -> None:
    """The stage and the export, in each of the processes."""
    world = world_of(mini)
    vae = load_mini(mini).vae.eval().requires_grad_(False)
    transformer, text_encoder, tokenizer = trained_transformer(
        settings, vae, world, run, group, as_it_stands=as_it_stands
    )
    if group.leads:
        save_transformer(
            output, transformer=transformer, text_encoder=text_encoder, tokenizer=tokenizer, vae=vae, world=world
        )


def kept(mini: Path, folder: Path) -> Path:
    """The checkpoint that the run began with: its own copy, since all that was learned rests on its autoencoder."""
    if not folder.is_dir():
        unfinished = folder.with_suffix(".part")
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(mini, unfinished)
        unfinished.rename(folder)
    return folder


def _train(options: argparse.Namespace) -> int:
    run: Path = options.run or options.output.with_name(options.output.name + "-run")
    values = {name: getattr(options, name) for name in TransformerSettings.__dataclass_fields__}
    settings = TransformerSettings(**(values | {"processes": 1} if options.export else values))
    if options.export and not run.is_dir():
        raise BadInputError(f"there is no run in {run}", hint="name its folder with --run")
    mini = options.mini or mini_folder()
    check_mini_folder(mini)
    claim_folder(run, settings)
    mini = kept(mini, run / "mini")
    os.environ["OMP_NUM_THREADS"] = "1"  # read by the processes when they start
    work = functools.partial(train_mini_transformer, settings, mini, run, options.output, as_it_stands=options.export)
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
    parser.add_argument(
        "--mini", type=Path, help="whose autoencoder a run begins with (default: the shipped checkpoint)"
    )
    parser.add_argument("--run", type=Path, help="folder of the unfinished run (default: OUTPUT-run)")
    parser.add_argument("--export", action="store_true", help="write the run's checkpoint as it stands, train nothing")
    parser.add_argument("--gates", type=Path, metavar="FOLDER", help="measure the checkpoint in FOLDER, train nothing")
    parser.add_argument(
        "--layouts", type=int, default=_LAYOUTS, help="of 2, of 3 and of 4 boxes for --gates; default: %(default)s"
    )
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="with --gates: draw the first pictures, too")
    for name, field in TransformerSettings.__dataclass_fields__.items():
        parser.add_argument("--" + name.replace("_", "-"), type=int, default=field.default, help="default: %(default)s")
    return parser


if __name__ == "__main__":
    sys.exit(main())
