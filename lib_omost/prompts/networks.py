"""Tags such as <lora:name:1> in the words of regions, where they are no words."""

from __future__ import annotations

import re
from dataclasses import replace

from lib_omost.prompts.paths import RegionPath, sub_prompts

NETWORK = re.compile(r"<(?:lora|lyco|lycoris|hypernet|loha|lokr|ti):[^<>\n]{1,200}>", re.IGNORECASE)  # in a prompt


def without_networks(paths: tuple[RegionPath, ...]) -> tuple[tuple[RegionPath, ...], tuple[str, ...]]:
    """The paths without tags such as <lora:name:1>, and a note for each: a text encoder would read them as words."""
    notes: dict[str, None] = {}

    def cleaned(texts: tuple[str, ...]) -> tuple[str, ...]:
        for text in texts:
            for tag in NETWORK.findall(text):
                notes[f"{tag} was left out of a region: in the prompt box it holds for the whole picture."] = None
        return sub_prompts(" ".join(NETWORK.sub(" ", text).split()) if NETWORK.search(text) else text for text in texts)

    kept = tuple(replace(path, prefixes=cleaned(path.prefixes), suffixes=cleaned(path.suffixes)) for path in paths)
    return (kept, tuple(notes)) if notes else (paths, ())
