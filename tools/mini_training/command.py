"""What the commands that train miniatures share: their options, resuming, the export and the gates."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from lib_omost.errors import BadInputError, OmostError
from mini_training.processes import Group, run_in_processes
from mini_training.settings import CHOICES, claim_folder

_LAYOUTS = 24
Work = Callable[[Group], None]
Begin = Callable[[Any, argparse.Namespace], Work]  # settings and options → what each of the processes does


def run_command(
    arguments: Sequence[str] | None,
    description: str,
    settings_of: type[Any],
    begin: Begin,
    *,
    add: Callable[[argparse.ArgumentParser], None] = lambda _: None,
    check: Callable[[argparse.Namespace], None] = lambda _: None,
) -> int:
    """Run the command. settings_of: Settings or a kind of them, an option each. add: options of the command's own.

    check: raises OmostError for those that cannot be trained with, before anything is written.

    0: the checkpoint is written, the run was told to stop and is saved, or every gate is reached. 1: a gate is missed.
    2: the arguments cannot be used.
    """
    parser = _parser(description, settings_of)
    add(parser)
    options = parser.parse_args(arguments)
    if (options.output is None) == (options.gates is None):
        parser.error("one of --output and --gates is needed")
    options.run = options.run or (options.output and options.output.with_name(options.output.name + "-run"))
    try:
        return _measure(options) if options.gates else _train(options, settings_of, begin, check)
    except OmostError as error:
        print(error, error.hint, sep="\n", file=sys.stderr)
        return 2


def _train(
    options: argparse.Namespace, settings_of: type[Any], begin: Begin, check: Callable[[argparse.Namespace], None]
) -> int:
    values = {name: getattr(options, name) for name in settings_of.__dataclass_fields__}
    device = torch.device(options.device)
    is_alone = options.export or device.type != "cpu"
    settings = settings_of(**(values | {"processes": 1} if is_alone else values))
    if device.type == "cuda" and not torch.cuda.is_available():
        raise BadInputError("there is no graphics card that PyTorch can use", hint="leave --device out")
    if options.export and not options.run.is_dir():
        raise BadInputError(f"there is no run in {options.run}", hint="name its folder with --run")
    check(options)
    claim_folder(options.run, settings)
    os.environ["OMP_NUM_THREADS"] = "1"  # read by the processes when they start
    os.environ["TOKENIZERS_PARALLELISM"] = "false"  # its threads do not survive a fork
    torch.set_float32_matmul_precision("high")  # TF32, where there is that
    if not run_in_processes(begin(settings, options), settings.processes, device):
        print("stopped and saved; the same command goes on from here", file=sys.stderr)
        return 0
    print(options.output)
    return 0


def _measure(options: argparse.Namespace) -> int:
    from mini_training.gates import measure, table

    gates = measure(options.gates, options.layouts, options.sheet)
    print(table(gates))
    return 0 if all(gate.is_reached for gate in gates) else 1


def _parser(description: str, settings_of: type[Any]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, help="folder to write the checkpoint to")
    parser.add_argument("--run", type=Path, help="folder of the unfinished run (default: OUTPUT-run)")
    parser.add_argument("--export", action="store_true", help="write the run's checkpoint as it stands, train nothing")
    parser.add_argument(
        "--device", choices=("cpu", "cuda"), default="cpu", help="a graphics card learns many times as much an hour"
    )
    parser.add_argument("--gates", type=Path, metavar="FOLDER", help="measure the checkpoint in FOLDER, train nothing")
    parser.add_argument(
        "--layouts", type=int, default=_LAYOUTS, help="of 2, of 3 and of 4 boxes for --gates; default: %(default)s"
    )
    parser.add_argument("--sheet", type=Path, metavar="PNG", help="with --gates: draw the first pictures, too")
    for name, field in settings_of.__dataclass_fields__.items():
        parser.add_argument(
            "--" + name.replace("_", "-"),
            type=type(field.default),
            choices=CHOICES.get(name),
            default=field.default,
            help="default: %(default)s",
        )
    return parser
