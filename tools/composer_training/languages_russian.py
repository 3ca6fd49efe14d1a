"""Russian nouns and adjectives in their cases, by rule: nom, gen, acc, ins(trumental) and pre(positional)."""

from __future__ import annotations

import re

CASES = ("nom", "gen", "acc", "ins", "pre")
_HARD = {
    "m": ("ый", "ого", "ый", "ым", "ом"),
    "f": ("ая", "ой", "ую", "ой", "ой"),
    "n": ("ое", "ого", "ое", "ым", "ом"),
}
_SOFT = {
    "m": ("ий", "его", "ий", "им", "ем"),
    "f": ("яя", "ей", "юю", "ей", "ей"),
    "n": ("ее", "его", "ее", "им", "ем"),
}
_HISSED = {
    "m": ("ий", "его", "ий", "им", "ем"),
    "f": ("ая", "ей", "ую", "ей", "ей"),
    "n": ("ее", "его", "ее", "им", "ем"),
}
_AFTER_K = {
    "m": ("ий", "ого", "ий", "им", "ом"),
    "f": ("ая", "ой", "ую", "ой", "ой"),
    "n": ("ое", "ого", "ое", "им", "ом"),
}


def adjective(stem: str, gender: str, case: str) -> str:
    """An adjective from its masculine form ("красный", "синий"), for a noun of gender m, ma, f or n."""
    base = stem[:-2]
    table = (
        _SOFT
        if stem == "синий"
        else {**dict.fromkeys("кгх", _AFTER_K), **dict.fromkeys("жчшщ", _HISSED)}.get(base[-1], _HARD)
    )
    if stem.endswith("ой"):  # stressed: большой
        table = _AFTER_K
    if case == "acc" and gender == "ma":
        case = "gen"
    ending = table["m" if gender == "ma" else gender][CASES.index(case)]
    return (
        stem if stem.endswith("ой") and (gender, case) in (("m", "nom"), ("m", "acc"), ("ma", "nom")) else base + ending
    )


def noun(word: str, gender: str, case: str, oblique: str = "") -> str:
    """A noun, or an adjective and a noun; `oblique` is the stem of all cases but the first where it is another.

    With "-" as its stem it has no cases. What follows a noun stays as it is.
    """
    if case == "nom" or oblique == "-":
        return word
    first, _, rest = word.partition(" ")
    if rest and re.search("(ый|ий|ой|ая|ое)$", first):
        base = first[:-2] + ("ий" if first[-3] in "кгхжчшщ" else "ый")
        return f"{adjective(base, gender, case)} {noun(rest, gender, case, oblique)}"
    if rest:
        return f"{noun(first, gender, case, oblique)} {rest}"
    if re.search("(ский|ный)$", word):
        return adjective(word, gender, case)
    if case == "acc" and gender == "m":
        return word
    if case == "acc" and gender == "ma" and word[-1] not in "ая":
        case = "gen"
    return _declined(word, gender, case, oblique)


def _declined(word: str, gender: str, case: str, oblique: str) -> str:
    last = word[-1]
    if last in "ая":
        stem = word[:-1]
        sibilant = stem[-1] in "жчшщ"
        endings = {
            "gen": "и" if last == "я" or sibilant or stem[-1] in "гкх" else "ы",
            "acc": "у" if last == "а" else "ю",
            "ins": "ей" if last == "я" or stem[-1] == "ц" or (sibilant and word != "свеча") else "ой",
            "pre": "и" if stem.endswith("и") else "е",
        }
    elif gender == "f":  # кровать, мышь, церковь
        if case in ("acc", "ins"):
            return word if case == "acc" else word + "ю"
        stem, endings = oblique or word[:-1], {"gen": "и", "pre": "и"}
    elif gender == "n":
        if case == "acc":
            return word
        stem = word[:-1]
        soft = last in "её" and stem[-1] not in "цжшщч"
        endings = {
            "gen": "я" if soft else "а",
            "ins": ("ём" if last == "ё" else "ем") if last in "её" else "ом",
            "pre": "и" if stem.endswith("и") else "е",
        }
    else:
        soft = last in "ьй"
        stem = oblique or (word[:-1] if soft else word)
        hard = stem in ("огурц", "дворц") or stem[-1] != "ц"
        endings = (
            {"gen": "я", "ins": "ем", "pre": "е"} if soft else {"gen": "а", "ins": "ом" if hard else "ем", "pre": "е"}
        )
    return stem + endings[case]
