"""English as far as a comparison with a canvas needs it: words, and which of them can name nothing that is seen."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lib_omost.compose.known import known_words
from lib_omost.compose.language import ENGLISH, is_surely_english
from lib_omost.compose.words import color_of, counts_to, singular

NUMBERS = {"a": 1, "an": 1, "one": 1, "another": 1, "1": 1, **counts_to(9)}
_NEGATIONS = "no not without never nobody none nothing minus lacking free don't doesn't isn't"
# Words behind which no more of a thing's own words come.
_BOUNDARIES = """
of in on at by to from with without into onto over above below under underneath beneath behind before after near beside
besides between among around along across against atop inside within outside next off through towards toward facing
and or but nor that which who whose while as when where than then plus minus for up down out is are was be been has have
had shall should will must can could would may might needs goes stands sits lies hangs looks rests leads waits holds
belongs again instead asleep too also please its his her their my your our it he she they them him there the this these
those any no each every some
"""
# Words that name places of a picture, pictures, and what people say around them.
_UNSEEN = """
left right top bottom upper lower middle center centre corner side edge front back half halves background foreground
distance leg legs arm arms foot hands eye eyes ear ears tail mouth nose head hair face row line circle pair couple
trio group lot bit few kind sort way thing something anything nothing everything
picture image photo photograph pic painting drawing scene view viewer camera frame shot portrait poster card cover
wallpaper sketch illustration logo render style idea version size time hand mistake menu conversation dozen half single
other first last big large small tiny little huge tall short wide long enormous gigantic massive miniature far close
closest nearest farthest away leftmost rightmost high low make draw show give want need like see put place get take
paint create generate add change turn keep leave remove swap move bring set let feel love hi hello thanks thank
please pls just only very really quite rather more most much many all both else not none never nobody you your me we us
quarter quarters third thirds percent tenth o'clock flyer leaflet
bigger larger smaller taller shorter wider narrower thinner thicker darker lighter brighter closer nearer further
farther higher lower
invitation postcard deal tad touch notch step inch what how some are was were do does did having being together
"""
_VAGUE = "something anything surprise maybe idk whatever mood"
# What things stand before, or under, without its being a thing among them.
_BACKDROPS = "sky sunset sunrise horizon night dawn dusk storm landscape skyline cityscape"
_CORRECTION = re.compile(r"\b(?:sorry|er|erm|i mean|scratch that|wait|actually)\b|\.\.|…|\bno, ", re.I)
_TOKEN = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[.,;:!?()\n]")
_LONG = 4  # letters: a longer word may be a part of another, as "bowl" of "fishbowl"

MARKS = frozenset(".,;:!?()\n")
CLAUSE_ENDS = MARKS - {","}
NEGATIONS, BOUNDARIES = frozenset(_NEGATIONS.split()), frozenset(_BOUNDARIES.split()) | frozenset(NUMBERS)
BACKDROPS = frozenset(_BACKDROPS.split())
UNSEEN, VAGUE = frozenset(_UNSEEN.split()), frozenset(_VAGUE.split())


def tokens(text: str) -> list[str]:
    """Words and marks of a text, in lower case."""
    return _TOKEN.findall(text.lower().replace("’", "'"))


def is_sure(message: str) -> bool:
    """Whether a message is English for certain, and takes nothing back that it said."""
    return (is_surely_english(message) or _is_all_known(message)) and not _CORRECTION.search(message)


def _is_all_known(message: str) -> bool:
    """Whether all words are ones of the composer's list, or numbers: "7 ducks in a row"."""
    known = known_words()
    words = [singular(word) for word in tokens(message) if word not in MARKS and not word.isdecimal()]
    return any(word in known.nouns for word in words) and all(word in known.words or word in ENGLISH for word in words)


def stems(texts: Iterable[str]) -> frozenset[str]:
    """The words of texts in the singular, each part of "ice-cream" by itself, too."""
    words = (word for text in texts for word in re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.lower()))
    return frozenset(singular(part) for word in words for part in (word, *re.split("['’-]", word)))


def is_said(word: str, said: frozenset[str]) -> bool:
    """Whether a word, or one of its parts, is among stems, be it as a part of a longer one."""
    parts = {singular(part) for part in (word, *re.split("['-]", word)) if part}
    if parts & said:
        return True
    stem = singular(word)
    return len(stem) > _LONG and any(stem[:-1] in other or (len(other) > _LONG and other in stem) for other in said)


def is_gerund(word: str) -> bool:
    """Whether a word is the form of a verb: "running", but not "king" nor "building"."""
    return word.endswith("ing") and len(word) > len("swing") and word not in known_words().nouns


def is_adverb(word: str) -> bool:
    """Whether a word says how something is done: "slowly", but not "butterfly" nor "lily"."""
    return word.endswith("ly") and not word.endswith("fly") and word not in known_words().nouns


def can_be_seen(word: str) -> bool:
    """Whether a word may name something in a picture, and is no verb's form or adverb."""
    is_form = word.endswith(("n't", "'s")) or is_adverb(word) or is_gerund(word)
    return len(word) > 2 and word not in UNSEEN | BOUNDARIES and not is_form and color_of(word) is None
