"""The extension sd-dynamic-prompts: its own generator, for texts that stand in no prompt box."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from lib_omost.hosts.webui.capabilities.scripts_of_job import first_argument, scripts_of
from lib_omost.prompts import VariantSigns

OPTIONS = {"start": "dp_parser_variant_start", "end": "dp_parser_variant_end", "wrap": "dp_parser_wildcard_wrap"}


@dataclass(frozen=True)
class Expander:
    """signs: what stands around variants and wildcards. expand: a text and a seed → what that draws of the text's; the
    same for the same."""

    signs: VariantSigns
    expand: Callable[[str, str], str]


def expander_of(p: Any) -> Expander | None:
    """The extension's, with the signs that it is set to.

    None where the extension is not there, or is switched off for the job `p`. The wildcards are its own. It takes one
    variant of each, as for a job of one picture: neither all combinations, nor templates of Jinja.
    """
    manager = next((found for script in scripts_of(p) if (found := _wildcards(p, script)) is not None), None)
    if manager is None:
        return None
    try:
        generator = import_module("dynamicprompts.generators").RandomPromptGenerator
        config = import_module("dynamicprompts.parser.config").ParserConfig
    except (ImportError, AttributeError):
        return None
    from modules import shared

    signs = signs_set_in(shared.opts)
    spaces = bool(getattr(shared.opts, "dp_ignore_whitespace", False))

    def expand(text: str, seed: str) -> str:
        own = config(variant_start=signs.start, variant_end=signs.end, wildcard_wrap=signs.wrap)
        one = generator(manager, seed=seed, ignore_whitespace=spaces, parser_config=own)
        return str(one.generate(text, 1)[0])

    return Expander(signs, expand)


def signs_set_in(options: Any) -> VariantSigns:
    """Those of its settings; what is not set, or to nothing, is as usual."""
    said = {name: getattr(options, key, None) for name, key in OPTIONS.items()}
    return VariantSigns(**{name: sign for name, sign in said.items() if isinstance(sign, str) and sign})


def _wildcards(p: Any, script: Any) -> Any:
    """Those of the script, where it is that extension's and its first argument, the switch, is on."""
    manager = getattr(script, "_wildcard_manager", None)
    if manager is None or not hasattr(manager, "get_all_values"):
        return None
    return manager if first_argument(p, script) else None
