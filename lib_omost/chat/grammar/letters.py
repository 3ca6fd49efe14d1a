"""The characters of a text in a reply: plain prose, in the scripts that people write messages in.

CLIP reads text as UTF-8, lower-cased and composed, and a token of it stands for at least one byte. A character of
ASCII is therefore at most one token, and one of `OTHER` at most three: no `OTHER` character has more than three bytes
after CLIP's preparation, which a test holds for each of them.
"""

from __future__ import annotations

from lib_omost.grammar.rules import Chars

ALNUM = ("az", "AZ", "09")
MARKS = ("  ", ",,", "..", ";;", "::", "!!", "??", "((", "))", "&&", "%%", "++", "--")
DASH, APOSTROPHE = "––", "’’"
OTHER_LETTERS = (
    "ÀÖ",  # Latin
    "Øö",
    "øɏ",
    "Ḁỿ",
    "ΈΊ",  # Greek
    "ΎΡ",
    "Σώ",
    "Ѐԯ",  # Cyrillic
    "ԱՖ",  # Armenian
    "աֆ",
    "את",  # Hebrew
    "ءغ",  # Arabic
    "في",
    "ٱە",
    "अह",  # Devanagari
    "ाौ",
    "กะ",  # Thai
    "เๆ",
    "აჺ",  # Georgian
    "ぁゖ",  # Japanese
    "ァー",
    "一鿼",  # Chinese
    "가힣",  # Korean
)

WORD = Chars(ALNUM)
PROSE = Chars((*ALNUM, *MARKS))
OTHER = Chars((*OTHER_LETTERS, DASH, APOSTROPHE))
ANY_WORD = Chars((*ALNUM, *OTHER_LETTERS))
ANY_PROSE = Chars((*ALNUM, *MARKS, *OTHER.ranges))
