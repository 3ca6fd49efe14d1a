"""Which tag style suits a checkpoint. Families that differ in what they were trained on alone are told by their names.

One row of FAMILIES a family; the first that knows a name counts. Sources: the families' model cards (Pony Diffusion V6
XL asks for score tags; Illustrious, NoobAI and Animagine were trained on Danbooru's tags).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lib_omost.prompts.styles import TagStyle

AUTO = "auto"  # a setting's word for what suits the checkpoint


@dataclass(frozen=True)
class Family:
    """`tells`: what its checkpoints are called, one of these words in a file's name."""

    name: str
    tells: tuple[str, ...]
    style: TagStyle


FAMILIES = (
    Family("Pony", ("pony", "pdxl", "autismmix"), TagStyle.PONY),
    Family("Illustrious", ("illustrious", "ilxl", "noob", "waiill", "waiani", "hassakuxl"), TagStyle.BOORU),
    Family("Animagine", ("animagine", "kohaku", "anything", "counterfeit", "aom3", "orangemix"), TagStyle.BOORU),
)


def family_named(checkpoint: str) -> Family | None:
    """The family of a checkpoint by the name of its file, of its page or both; None for any other."""
    letters = re.sub(r"[^a-z0-9]", "", checkpoint.lower())
    return next((family for family in FAMILIES if any(word in letters for word in family.tells)), None)


def style_for(named: str, checkpoint: str) -> TagStyle:
    """The tag style that a setting means: by the checkpoint's name where it says AUTO, plain where that tells none."""
    if named != AUTO:
        return TagStyle(named)
    family = family_named(checkpoint)
    return TagStyle.PLAIN if family is None else family.style
