"""The HTML colour that is meant: CSS notations, everyday words, shades, typing errors, other languages."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence
from difflib import get_close_matches

from lib_omost.canvas.colors import COLORS
from lib_omost.canvas.words import MAX_CHARS, MAX_WORDS, folded

_NUMBER = r"[+-]?(?:\d{1,6}(?:\.\d{0,12})?|\.\d{1,12})"
_FUNCTION = re.compile(
    rf"(rgb|hsl|hwb)a?\s*\(\s*({_NUMBER}(?:%|deg)?)[\s,]+({_NUMBER}%?)[\s,]+({_NUMBER}%?)"
    r"\s*(?:[,/][\d\s.%]*)?\)?"
)
_TRIPLE = re.compile(r"\(?\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*(?:,[\d\s.]*)?\)?")
_HEX = re.compile(r"(?:#|0x)?([0-9a-f]{6})(?:[0-9a-f]{2})?|#([0-9a-f]{3})[0-9a-f]?")


def nearest_color(text: str) -> str | None:
    """'Light Blue' → 'lightblue', 'hsl(0 100% 50%)' → 'red', 'mint' → 'aquamarine'; else None."""
    if text in COLORS:
        return text
    text = folded(text.strip()[:MAX_CHARS])
    if (rgb := _notation(text)) is not None:
        return nearest_rgb(rgb)
    compact = re.sub(r"[^a-z]", "", text)
    if compact in COLORS:
        return compact
    if compact in _WORDS:
        return _WORDS[compact]
    typo = get_close_matches(compact, COLORS, n=1, cutoff=0.85)
    return typo[0] if typo else _within(re.findall(r"[^\W\d_]+", text)[: 2 * MAX_WORDS])


def nearest_rgb(rgb: Sequence[float]) -> str:
    """The colour whose red, green and blue are nearest, by the sum of squared differences.

    What is outside 0…255 is brought to it first, as CSS does (CSS Color Module Level 4, "clamped").
    """
    clamped = [min(max(value, 0), 255) for value in rgb]
    return min(COLORS, key=lambda name: sum((a - b) ** 2 for a, b in zip(COLORS[name], clamped, strict=True)))


def _notation(text: str) -> tuple[float, ...] | None:
    """Red, green and blue, 0…255, of a colour as CSS writes it (CSS Color Module Level 4), or as `0xff0000`."""
    if match := _HEX.fullmatch(text):
        digits = match[1] or "".join(digit * 2 for digit in match[2])
        return tuple(bytes.fromhex(digits))
    if match := _TRIPLE.fullmatch(text):
        return tuple(int(value) for value in match.groups())
    match = _FUNCTION.fullmatch(text)
    if match is None:
        return None
    if match[1] == "rgb":
        return tuple(_share(value) * 255 if value.endswith("%") else float(value) for value in match.groups()[1:])
    hue = (float(match[2].rstrip("%deg")) / 360) % 1
    second, third = _share(match[3]), _share(match[4])
    if match[1] == "hsl":
        return tuple(channel * 255 for channel in colorsys.hls_to_rgb(hue, third, second))
    white, black = second, third
    if white + black > 1:
        white, black = white / (white + black), black / (white + black)
    pure = colorsys.hls_to_rgb(hue, 0.5, 1.0)
    return tuple((channel * (1 - white - black) + white) * 255 for channel in pure)


def _share(value: str) -> float:
    return max(0.0, min(1.0, float(value.rstrip("%")) / 100))


def _within(words: list[str]) -> str | None:
    """The longest colour at the end of the words, for the noun stands last: "reddish brown"; else at their start."""
    runs = [words[start:] for start in range(len(words))] + [words[:end] for end in range(len(words), 0, -1)]
    return next((color for run in runs if (color := _color_word("".join(run)))), None)


def _color_word(word: str) -> str | None:
    """A colour, one of its synonyms, one with two letters exchanged, or one with a shade written to it: "deepred"."""
    if not word.isascii():
        return _other_script(word)
    for known in (word, _SHADE.sub("", word), _SUFFIX.sub("", word)):
        if known in COLORS:
            return known
        if known in _WORDS:
            return _WORDS[known]
        if len(known) <= _LONGEST:
            swaps = (known[:i] + known[i + 1] + known[i] + known[i + 2 :] for i in range(len(known) - 1))
            if swapped := next((swap for swap in swaps if swap in COLORS), None):
                return swapped
    return None


def _other_script(word: str) -> str | None:
    """'深蓝色' → 'darkblue': the colour that the word holds, with its shade where HTML has that."""
    found = next((name for name in sorted(_OTHERS, key=len, reverse=True) if name in word), None)
    if found is None:
        return None
    color = _OTHERS[found]
    shade = next((shade for mark, shade in _OTHER_SHADES.items() if mark in word), "")
    return shade + color if shade + color in COLORS else color


_LONGEST = max(map(len, COLORS))
_SHADE = re.compile(
    "^(?:light|dark|deep|pale|bright|medium|vivid|soft|dull|pastel|neon|hot|cool|warm|rich|dusty|muted|royal|very"
    "|hell|dunkel|off)"
)
_SUFFIX = re.compile("(?<=red)dish$|(?:ish|en|y|s)$")  # "reddish", "golden", "silvery"

# Colours that people and language models name and HTML does not.
_MEANT = {
    "crimson": "scarlet ruby cherry strawberry cranberry carmine",
    "maroon": "burgundy wine bordeaux mahogany oxblood merlot",
    "darkred": "blood garnet",
    "firebrick": "brick",
    "tomato": "vermilion vermillion watermelon poppy",
    "orangered": "fire flame lava ember",
    "coral": "sunset",
    "darkorange": "tangerine pumpkin carrot marigold",
    "orange": "amber saffron naranja",
    "sandybrown": "sand apricot",
    "peachpuff": "peach",
    "bisque": "skin flesh nude",
    "goldenrod": "mustard ochre ocher honey",
    "darkgoldenrod": "brass",
    "gold": "sunflower sun dore dorado oro",
    "yellow": "lemon canary gelb jaune amarillo amarilla giallo amarelo",
    "khaki": "straw butter blond blonde",
    "cornsilk": "cream vanilla",
    "blanchedalmond": "champagne",
    "ivory": "eggshell milk alabaster",
    "floralwhite": "offwhite",
    "antiquewhite": "bone parchment",
    "linen": "pearl",
    "white": "weiss blanc blanche blanco blanca bianco branco",
    "whitesmoke": "chalk",
    "gainsboro": "platinum",
    "lightgray": "smoke mist fog",
    "darkgray": "ash stone",
    "gray": "concrete cement grau gris grigio cinza pewter",
    "dimgray": "lead iron graphite",
    "slategray": "slate",
    "darkslategray": "charcoal gunmetal",
    "black": "ebony jet onyx coal raven obsidian ink schwarz noir noire negro negra nero preto",
    "peru": "bronze copper caramel wood wooden",
    "tan": "camel taupe khakibrown",
    "burlywood": "oak",
    "sienna": "rust terracotta clay mocha",
    "saddlebrown": "chestnut walnut coffee espresso cocoa umber hazel sepia earth soil mud",
    "brown": "braun brun marron marrone castano marrom",
    "aquamarine": "mint",
    "mediumseagreen": "emerald jade malachite",
    "seagreen": "sea pine",
    "forestgreen": "forest grass",
    "darkolivegreen": "moss army",
    "olivedrab": "avocado",
    "darkseagreen": "sage",
    "palegreen": "pistachio",
    "green": "grun gruen vert verte verde",
    "darkcyan": "petrol",
    "steelblue": "steel ocean denim",
    "skyblue": "sky babyblue",
    "dodgerblue": "cerulean",
    "royalblue": "sapphire cobalt",
    "mediumblue": "ultramarine",
    "midnightblue": "midnight prussian",
    "blue": "blau bleu bleue azul blu",
    "mediumslateblue": "periwinkle",
    "rebeccapurple": "grape",
    "indigo": "eggplant aubergine",
    "purple": "lila purpur morado morada viola roxo pourpre",
    "violet": "violett",
    "mediumvioletred": "raspberry mulberry berry",
    "plum": "lilac",
    "thistle": "mauve",
    "pink": "rose rosa",
    "mistyrose": "blush",
    "hotpink": "bubblegum flamingo",
    "red": "rot rouge rojo roja rosso rossa vermelho",
    "silver": "silber argent plata argento prata chrome",
}
_WORDS = {word: color for color, words in _MEANT.items() for word in words.split()}
_OTHERS = {
    word: color
    for color, words in {
        "red": "红 紅 赤 빨강 빨간 красн",
        "blue": "蓝 藍 青 파랑 파란 син голуб",
        "green": "绿 綠 緑 초록 зелен",
        "yellow": "黄 黃 노랑 노란 желт",
        "white": "白 흰 하얀 бел",
        "black": "黑 黒 검정 검은 черн",
        "gray": "灰 회색 сер",
        "orange": "橙 橘 주황 оранж",
        "purple": "紫 보라 фиолет",
        "pink": "粉 桃 분홍 розов",
        "brown": "棕 褐 茶 갈색 коричн",
        "gold": "金 золот",
        "silver": "银 銀 серебр",
    }.items()
    for word in words.split()
}
_OTHER_SHADES = {"深": "dark", "暗": "dark", "浅": "light", "淡": "light", "темно": "dark", "светло": "light"}
