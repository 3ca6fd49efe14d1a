"""The language of a message, as far as its small words tell."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = re.compile(r"[^\W\d_]+")


def _row(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Small words by which a language is told; none is a small word of two of them.
ENGLISH = _row(
    "a an the of and or with without on in at by to from over under above below behind between beside near next into"
    " is are be it its this that there some any no not two three four five six make put add remove left right draw show"
    " picture red green blue yellow white black big small large old give please you your could want should would"
    " among around seven eight nine she they them his which while standing sitting looking holding wearing flying"
)
_FOREIGN = _row(
    "der das den dem des ein eine einen einem einer und mit ohne auf unter neben hinter vor zwischen links rechts oben"
    " unten mach zeichne zwei drei vier ist im el los las una unos y con sin sobre bajo junto entre izquierda derecha"
    " arriba abajo dos tres cuatro cinco pon dibuja le les une et avec sans sur sous dans devant derriere gauche droite"
    " haut bas deux trois quatre il lo gli uno e di senza sopra sotto destra sinistra due tre quattro um uma os com sem"
    " em acima abaixo esquerda direita dois tres het een en met zonder onder naast op rechts twee drie i z na pod obok"
    " dwa trzy och med utan ett tva"
)
# Words that both sides have, or that may stand alone in any: they tell a language by their number, but are no proof.
_SHARED = _row(
    "a an in on no is im met pod sin con links due i em op os com haut"
    " red green blue yellow white black big small large old picture"
)


def is_surely_english(message: str) -> bool:
    """Whether a message has a small word that only English has, and none of another language, nor letters of one."""
    if any(char.isalpha() and not char.isascii() for char in message):
        return False
    words = frozenset(_LETTERS.findall(message.lower())) - _SHARED
    return bool(words & ENGLISH) and not words & _FOREIGN


def is_english(message: str, nouns: frozenset[str]) -> bool:
    """Whether more of its small words are English than are of the other languages; without any, a noun decides."""
    words = _LETTERS.findall(message.lower())
    if any(unicodedata.name(word[0], "")[:5] != "LATIN" for word in words):
        return False
    plain = [plain_ascii(word) for word in words]
    english, foreign = (sum(word in small for word in plain) for small in (ENGLISH, _FOREIGN))
    return english > foreign or (not foreign and any(word in nouns for word in plain))


def plain_ascii(text: str) -> str:
    """A text without accents and what has no letter of ASCII."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
