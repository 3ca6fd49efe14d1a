"""Which tag style suits a checkpoint. Families that differ in what they were trained on alone are told by their names.

One row of FAMILIES a family; the first that knows a name counts. Sources: the families' model cards (Pony Diffusion V6
XL asks for score tags; Illustrious, NoobAI and Animagine were trained on Danbooru's tags).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lib_omost.auto import AUTO
from lib_omost.prompts.styles import TagStyle


@dataclass(frozen=True)
class Family:
    """`tells`: what is in its checkpoints' names, whatever is around. `begins`: what a word of one begins with."""

    name: str
    tells: tuple[str, ...]
    begins: tuple[str, ...]
    style: TagStyle


FAMILIES = (
    Family("Pony", ("ponydiffusion", "ponyxl", "autismmix"), ("pony", "pdxl"), TagStyle.PONY),
    Family("Illustrious", ("illustrious", "noobai", "hassakuxl"), ("ilxl", "noob"), TagStyle.BOORU),
    Family("Animagine", ("animagine", "orangemix"), ("anythingv", "counterfeitv", "kohaku", "aom3"), TagStyle.BOORU),
)
_WORD = re.compile(
    r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+"
)  # of "ponyDiffusionV6XL": pony, Diffusion, V6, XL


def family_named(checkpoint: str) -> Family | None:
    """The family of a checkpoint by the name of its file; None for any other."""
    words = [word.lower() for word in _WORD.findall(checkpoint)]
    letters = "".join(words)
    from_each = ["".join(words[place:]) for place in range(len(words))]
    return next((family for family in FAMILIES if _tells(family, letters, from_each)), None)


def _tells(family: Family, letters: str, from_each: list[str]) -> bool:
    return any(word in letters for word in family.tells) or any(rest.startswith(family.begins) for rest in from_each)


def style_for(named: str, checkpoint: str) -> TagStyle:
    """The tag style that a setting means: by the checkpoint's name where it says AUTO, plain where that tells none."""
    if named != AUTO:
        return TagStyle(named)
    family = family_named(checkpoint)
    return TagStyle.PLAIN if family is None else family.style
