"""The extension sd-dynamic-prompts: its own generator, for texts that stand in no prompt box."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from lib_omost.hosts.webui.capabilities.scripts_of_job import first_argument, scripts_of

Expand = Callable[[str, str], str]
OPTIONS = {  # of ours for its parser → its setting, and what that is by default
    "variant_start": ("dp_parser_variant_start", "{"),
    "variant_end": ("dp_parser_variant_end", "}"),
    "wildcard_wrap": ("dp_parser_wildcard_wrap", "__"),
}


def expander_of(p: Any) -> Expand | None:
    """A text and a seed → what that draws of the text's variants and wildcards; the same for the same.

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

    signs = {name: getattr(shared.opts, key, default) for name, (key, default) in OPTIONS.items()}
    spaces = bool(getattr(shared.opts, "dp_ignore_whitespace", False))

    def expand(text: str, seed: str) -> str:
        one = generator(manager, seed=seed, ignore_whitespace=spaces, parser_config=config(**signs))
        return str(one.generate(text, 1)[0])

    return expand


def _wildcards(p: Any, script: Any) -> Any:
    """Those of the script, where it is that extension's and its first argument, the switch, is on."""
    manager = getattr(script, "_wildcard_manager", None)
    if manager is None or not hasattr(manager, "get_all_values"):
        return None
    return manager if first_argument(p, script) else None
