"""`bags`: how the sub-prompts of a canvas share the text encoder's 75 tokens, as JSON."""

from __future__ import annotations

import argparse

from lib_omost.app.commands.canvas_file import add_file_argument, canvas_of
from lib_omost.app.commands.options import add_style_argument
from lib_omost.app.console import print_json, quiet_libraries, say
from lib_omost.prompts import TagStyle, greedy_bags, region_paths

HELP = "print the bags of each region as JSON"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """FILE and the tag style."""
    add_file_argument(parser)
    add_style_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the JSON: `tokens` counts a bag's tokens without BOS and EOS."""
    canvas = canvas_of(arguments.file)
    with quiet_libraries():
        from lib_omost.hosts.diffusers.shared.encode import tokenize_with
        from lib_omost.mini.tokenizer import load_tokenizer

        tokenize = tokenize_with(load_tokenizer())
    regions = []
    for path in region_paths(canvas, TagStyle(arguments.style)):
        result = greedy_bags(path.prefixes, path.suffixes, tokenize)
        for note in result.notes:
            say(note)
        regions.append([{"prompts": list(bag.prompts), "tokens": len(bag.ids)} for bag in result.bags])
    print_json({"regions": [{"bags": bags} for bags in regions]})
    return 0
