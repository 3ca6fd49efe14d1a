"""`models`: which language models there are, and fetching, checking and removing them."""

from __future__ import annotations

import argparse

from lib_omost.app.console import ProgressLine, print_json, say
from lib_omost.chat.models.catalogue import CATALOGUE, ModelSpec, Source, find_model
from lib_omost.chat.models.download import Progress, download
from lib_omost.chat.models.store import check, remove, stored_models
from lib_omost.errors import BadInputError

HELP = "list, download, check and remove language models"
FAILED = 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One sub-command a chore."""
    chores = parser.add_subparsers(dest="chore", required=True, metavar="list|download|check|remove")
    chores.add_parser("list", help="the known models and those on this computer, as JSON")
    for name, text in (
        ("download", "fetch a model from the hub; goes on where it was interrupted"),
        ("check", "whether all files of a model are here and whole"),
        ("remove", "remove a model from the hub's cache on this computer"),
    ):
        chores.add_parser(name, help=text).add_argument("model", help="one of the list, or a hub id")


def run(arguments: argparse.Namespace) -> int:
    """Do the chore; `check` ends with 1 when something is wrong."""
    if arguments.chore == "list":
        print_json(_listed())
        return 0
    spec = find_model(arguments.model)
    if arguments.chore == "check":
        return _check(spec)
    if arguments.chore == "remove":
        say(f"{spec.name}: removed, {remove(spec) / 1e9:.2f} GB are free again")
        return 0
    if spec.source is not Source.HUB:
        raise BadInputError(f"{spec.name} is not fetched from the hub", hint="it is here already, or comes by pip")
    with ProgressLine("fetching", "B", scaled=True) as line:

        def report(progress: Progress) -> None:
            line.update(progress.done, progress.total)

        path = download(spec, report)
    say(f"{spec.name}: {path}")
    return 0


def _check(spec: ModelSpec) -> int:
    problems = check(spec)
    for problem in problems:
        say(f"{spec.name}: {problem}")
    if problems:
        say(f"python -m lib_omost models download {spec.name}" if spec.source is Source.HUB else "fetch it again")
        return FAILED
    say(f"{spec.name}: complete")
    return 0


def _listed() -> list[dict[str, object]]:
    stored = {each.repository: each.size for each in stored_models()}
    known = [
        {
            "name": spec.name,
            "source": f"{spec.source.value} {spec.where}",
            "gigabytes": round(spec.size / 1e9, 1),
            "here": not check(spec),
            "note": spec.note,
        }
        for spec in CATALOGUE
    ]
    names = {spec.where for spec in CATALOGUE}
    others = [
        {"name": name, "source": f"hub {name}", "gigabytes": round(size / 1e9, 1), "here": True, "note": ""}
        for name, size in stored.items()
        if name not in names
    ]
    return [*known, *others]
