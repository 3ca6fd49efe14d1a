"""Derives `nouns.txt` and `rare.txt`, the things that training messages are about, from WordNet 3.0.

    python wordnet.py DICT_FOLDER

Debian's package wordnet-base has the folder as /usr/share/wordnet. Kept are nouns of things that can be seen, by their
first sense: in `nouns.txt` those that WordNet's own definitions use often enough for people to know them, in `rare.txt`
all others, to be copied letter by letter. No noun of `bench compose`'s own set is among the rare ones.
"""

from __future__ import annotations

import functools
import re
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # works from a checkout that is not installed

from lib_omost.bench.compose.messages import own_messages

# Lexicographer files. People are in `everyday.txt`: WordNet's are peoples, the famous and the ill-spoken of as often as not.
FILES = {5: "animal", 6: "artifact", 13: "food", 20: "plant"}
# What an artifact is, by the first of its hypernyms that is one of these.
KINDS = {
    "vehicle": "vehicle",
    "furniture": "furniture",
    "furnishing": "furniture",
    "musical_instrument": "instrument",
    "clothing": "clothing",
    "footwear": "clothing",
    "headdress": "clothing",
    "building": "building",
    "structure": "building",
    "container": "container",
    "tool": "tool",
    "implement": "tool",
    "weapon": "tool",
    "toy": "toy",
    "plaything": "toy",
    "machine": "machine",
    "device": "machine",
    "equipment": "machine",
}
MOST = {"machine": 300, "building": 300, "animal": 450, "plant": 250, "food": 350}
MOST_OF_OTHERS = 250
LEAST_USED = 3  # times in definitions
_LEFT_OUT = re.compile(
    "sex|penis|vagin|breast|anus|nazi|slave|whore|prostitut|negro|orgy|condom|porn|brothel|corpse|dildo|bastard|bitch"
    "|faggot|cunt|shit|turd|urin|feces|toilet|genital|contracep|rapist|terror|suicid|abort|nude|harlot|savage|cripple"
    "|idiot|moron|retard|dwarf|midget|mulatto|squaw|gypsy|heathen|infidel|spastic|lunatic|pygmy|alien|eskimo|jew|arab|virus|bacteri|ameba|amoeba|embryo|fetus|weapon|rape"
)
_RARE = re.compile("[a-z]{3,16}([_-][a-z']{2,14}){0,2}")
_NOTICE = """# Nouns of things that can be seen, by kind, derived from WordNet 3.0 by wordnet.py.
# WordNet 3.0 Copyright 2006 by Princeton University. All rights reserved. THIS SOFTWARE AND DATABASE IS PROVIDED "AS IS"
# AND PRINCETON UNIVERSITY MAKES NO REPRESENTATIONS OR WARRANTIES, EXPRESS OR IMPLIED. Permission to use, copy, modify and
# distribute this software and database and its documentation for any purpose and without fee or royalty is granted,
# provided that this notice appears on all copies: https://wordnet.princeton.edu/license-and-commercial-use
"""


def main() -> int:
    """Write the list beside this file."""
    folder = Path(sys.argv[1])
    nouns = seen_things(folder)
    known = {name for names in nouns.values() for name in names}
    for name, things in (("nouns.txt", nouns), ("rare.txt", rare_things(folder, known))):
        lines = [f"{kind}: {', '.join(sorted(names))}" for kind, names in sorted(things.items())]
        Path(__file__).with_name(name).write_text(_NOTICE + "\n".join(lines) + "\n", encoding="ascii")
        print(name, {kind: len(names) for kind, names in things.items()})
    return 0


def seen_things(folder: Path) -> dict[str, list[str]]:
    """The kept nouns by kind, those that are used most first."""
    synsets = _synsets(folder / "data.noun")
    used = Counter(
        word
        for name in ("noun", "verb", "adj", "adv")
        for line in (folder / f"data.{name}").read_text(encoding="latin-1").splitlines()
        for word in re.findall("[a-z]+", line.partition(" | ")[2].lower())
    )
    found: dict[str, list[tuple[int, str]]] = {}
    for line in (folder / "index.noun").read_text(encoding="latin-1").splitlines():
        if line.startswith(" "):
            continue
        lemma, first = line.split()[0], re.findall(r"\b\d{8}\b", line)[0]
        kind = _kind(first, synsets)
        often = _often(lemma, used)
        if kind not in ("", "artifact") and often >= LEAST_USED and _is_plain(lemma, synsets[first][3]):
            found.setdefault(kind, []).append((-often, lemma.replace("_", " ")))
    return {
        kind: [name for _, name in sorted(names)[: MOST.get(kind, MOST_OF_OTHERS)]] for kind, names in found.items()
    }


def rare_things(folder: Path, known: set[str]) -> dict[str, list[str]]:
    """All other nouns of things that can be seen, by kind, but for proper nouns and those of the own set."""
    synsets = _synsets(folder / "data.noun")
    own = {noun for message in own_messages() for thing in message.things for noun in thing.nouns}
    found: dict[str, list[str]] = {}
    for line in (folder / "index.noun").read_text(encoding="latin-1").splitlines():
        if line.startswith(" "):
            continue
        lemma, first = line.split()[0], re.findall(r"\b\d{8}\b", line)[0]
        name = lemma.replace("_", " ")
        if name in known or own & {name, *name.split()} or lemma not in _words_of(folder, first):
            continue
        kind = _kind(first, synsets)
        if kind and _RARE.fullmatch(lemma) and not _LEFT_OUT.search(lemma) and not _is_latin(lemma, synsets[first][3]):
            found.setdefault("object" if kind == "artifact" else kind, []).append(name)
    return found


@functools.cache
def _lines(folder: Path) -> dict[str, str]:
    lines = (folder / "data.noun").read_text(encoding="latin-1").splitlines()
    return {line[:8]: line for line in lines if not line.startswith(" ")}


def _words_of(folder: Path, number: str) -> list[str]:
    """The words of a synset, with their capitals."""
    parts = _lines(folder)[number].split(" ")
    return parts[4 : 4 + 2 * int(parts[3], 16) : 2]


def _synsets(path: Path) -> dict[str, tuple[int, str, list[str], str]]:
    """Of every synset its lexicographer file, first word, hypernyms and definition."""
    synsets = {}
    for line in path.read_text(encoding="latin-1").splitlines():
        if line.startswith(" "):
            continue
        fields, _, gloss = line.partition(" | ")
        parts = fields.split(" ")
        hypernyms = re.findall(r"@i? (\d{8}) n", fields)
        synsets[parts[0]] = (int(parts[1]), parts[4].lower(), hypernyms, gloss)
    return synsets


def _kind(number: str, synsets: dict[str, tuple[int, str, list[str], str]]) -> str:
    kind = FILES.get(synsets[number][0], "")
    seen = 0
    while kind == "artifact" and synsets[number][2] and seen < 20:
        if synsets[number][1] in KINDS:
            return KINDS[synsets[number][1]]
        number, seen = synsets[number][2][0], seen + 1
    return kind


def _often(lemma: str, used: Counter[str]) -> int:
    parts = lemma.split("_")
    return used[lemma] if len(parts) == 1 else min(used[part] for part in parts) // 12


def _is_plain(lemma: str, gloss: str) -> bool:
    if not re.fullmatch("[a-z]{3,14}(_[a-z]{3,12})?", lemma) or _LEFT_OUT.search(lemma):
        return False
    return not _is_latin(lemma, gloss)


def _is_latin(lemma: str, gloss: str) -> bool:
    """Whether it is the name of a family, or not for everybody's ears."""
    latin = re.search(
        "genus|family|taxonom|order |class |phylum|extinct|offensive|disparag|slang|obscene|ethnic", gloss
    )
    return bool(latin) or lemma.endswith(("idae", "aceae", "ales", "ness", "ism"))


if __name__ == "__main__":
    sys.exit(main())
