"""The HTML colour that is meant: notations, everyday words, shades, typing errors, other languages."""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence
from difflib import get_close_matches

from lib_omost.canvas.color_notation import LONGEST, read_notation
from lib_omost.canvas.colors import COLORS
from lib_omost.canvas.words import MAX_CHARS, MAX_WORDS, folded

_MARKS = " \t\n'\"`;,."  # around a value that was copied from elsewhere


def nearest_color(text: str) -> str | None:
    """'Light Blue' → 'lightblue', 'hsl(0 100% 50%)' → 'red', 'mint' → 'aquamarine'; else None."""
    if text in COLORS:
        return text
    if (rgb := read_notation(folded(text[:LONGEST]).strip(_MARKS))) is not None:
        return nearest_rgb(rgb)
    text = folded(text[:MAX_CHARS]).strip(_MARKS)
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


def _within(words: list[str]) -> str | None:
    """The longest colour at the end of the words, for the noun stands last: "reddish brown"; else at their start.

    A word before it that names a shade of that very colour is what is meant: "olive green" is olive.
    """
    shade = next((_SHADES[word] for word in words if word in _SHADES), "")
    words = [word for word in words if word not in _SHADES]
    for start in range(len(words)):
        if noun := _color_word("".join(words[start:])):
            before = (_WORDS.get(run, run) for first in range(start) if (run := "".join(words[first:start])))
            nearer = next((color for color in before if color in COLORS and _is_kind_of(color, noun)), noun)
            return _shaded(shade, nearer)
    runs = (words[:end] for end in range(len(words), 0, -1))
    return next((_shaded(shade, color) for run in runs if (color := _color_word("".join(run)))), None)


def _shaded(shade: str, color: str) -> str:
    return shade + color if shade + color in COLORS else color


def _is_kind_of(color: str, noun: str) -> bool:
    """Whether `color` is a shade of the plain colour `noun`, by its hue; of black, gray and white by its lightness."""
    if noun not in _PLAIN or color in _PLAIN:
        return False
    (hue, light, _), (plain_hue, plain_light, _) = (
        colorsys.rgb_to_hls(*(value / 255 for value in COLORS[name])) for name in (color, noun)
    )
    spreads = [max(COLORS[name]) - min(COLORS[name]) for name in (color, noun)]
    if spreads[1] == 0:
        return spreads[0] <= GRAYISH and abs(light - plain_light) <= 0.5
    apart = abs(hue - plain_hue)
    return spreads[0] > 0 and min(apart, 1 - apart) <= HUES_APART


def _color_word(word: str) -> str | None:
    """A colour, one of its synonyms, one with two letters exchanged, or one with a shade written to it: "deepred"."""
    if not word.isascii():
        return _other_script(word)
    bare = _SHADE.sub("", word)
    shade = _SHADES.get(word.removesuffix(bare), "")
    for known in (word, bare, _SUFFIX.sub("", word)):
        if known in COLORS or known in _WORDS:
            color = known if known in COLORS else _WORDS[known]
            return _shaded(shade, color) if known == bare else color
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
_PLAIN = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "white", "gray", "grey", "black")
HUES_APART = 1 / 6  # of the circle of hues: olive is 60 degrees from green, teal from blue
GRAYISH = 60  # difference between the largest and the smallest of red, green and blue
_SHADES = {  # other languages' words for the shades that HTML has
    **dict.fromkeys(
        ("hell", "helles", "heller", "helle", "clair", "claire", "claro", "clara", "chiaro", "chiara"), "light"
    ),
    **dict.fromkeys(("licht", "lichte", "lys", "ljus", "jasny"), "light"),
    **dict.fromkeys(("dunkel", "dunkles", "dunkler", "dunkle", "fonce", "foncee", "oscuro", "oscura", "scuro"), "dark"),
    **dict.fromkeys(("scura", "escuro", "escura", "donker", "donkere", "mork", "mørk", "ciemny"), "dark"),
}
_SHADE = re.compile(
    "^(?:light|dark|deep|pale|bright|medium|vivid|soft|dull|pastel|neon|hot|cool|warm|rich|dusty|muted|royal|very"
    "|hell|dunkel|off)"
)
_SUFFIX = re.compile("(?<=red)dish$|(?:ish|en|y|s)$")  # "reddish", "golden", "silvery"

# Colours that people and language models name and HTML does not.
_MEANT = {
    "crimson": "scarlet ruby cherry strawberry cranberry carmine cerise raspberryred",
    "maroon": "burgundy wine bordeaux mahogany oxblood merlot",
    "darkred": "blood garnet",
    "firebrick": "brick",
    "tomato": "vermilion vermillion watermelon poppy",
    "orangered": "fire flame lava ember burntorange bloodorange",
    "coral": "sunset",
    "darkorange": "tangerine pumpkin carrot marigold",
    "orange": "amber saffron naranja laranja arancione oranje arancio",
    "sandybrown": "sand apricot",
    "peachpuff": "peach",
    "bisque": "skin flesh nude",
    "goldenrod": "mustard ochre ocher honey",
    "darkgoldenrod": "brass",
    "gold": "sunflower sun dore dorado oro",
    "yellow": "lemon canary gelb jaune amarillo amarilla giallo amarelo geel zolty",
    "khaki": "straw butter blond blonde",
    "cornsilk": "cream vanilla",
    "blanchedalmond": "champagne",
    "ivory": "eggshell milk alabaster",
    "floralwhite": "offwhite",
    "antiquewhite": "bone parchment",
    "linen": "pearl",
    "white": "weiss blanc blanche blanco blanca bianco branco wit bialy hvit vit beyaz",
    "whitesmoke": "chalk",
    "gainsboro": "platinum",
    "lightgray": "smoke mist fog",
    "darkgray": "ash stone",
    "gray": "concrete cement grau gris grigio cinza pewter nickel szary gra grijs gri",
    "dimgray": "lead iron graphite",
    "slategray": "slate",
    "darkslategray": "charcoal gunmetal",
    "black": "ebony jet onyx coal raven obsidian ink schwarz noir noire negro negra nero preto zwart czarny svart",
    "peru": "bronze copper caramel wood wooden",
    "tan": "camel taupe khakibrown fawn buff",
    "burlywood": "oak",
    "sienna": "rust terracotta clay mocha",
    "saddlebrown": "chestnut walnut coffee espresso cocoa umber hazel sepia earth soil mud chocolatebrown",
    "brown": "braun brun marron marrone castano marrom auburn brunette bruin brazowy brun kahverengi",
    "aquamarine": "mint",
    "mediumseagreen": "emerald jade malachite",
    "seagreen": "sea pine",
    "forestgreen": "forest grass",
    "darkolivegreen": "moss army",
    "olivedrab": "avocado",
    "darkseagreen": "sage",
    "palegreen": "pistachio",
    "green": "grun gruen vert verte verde groen zielony gron yesil",
    "darkcyan": "petrol",
    "steelblue": "steel ocean denim",
    "skyblue": "sky babyblue celeste himmelblau bleuciel azzurro hemelsblauw azurblau azulcielo",
    "dodgerblue": "cerulean",
    "royalblue": "sapphire cobalt",
    "mediumblue": "ultramarine",
    "midnightblue": "midnight prussian",
    "blue": "blau bleu bleue azul blu blauw niebieski mavi",
    "mediumslateblue": "periwinkle",
    "rebeccapurple": "grape",
    "indigo": "eggplant aubergine",
    "purple": "lila purpur morado morada viola roxo pourpre paars fioletowy lilla",
    "violet": "violett wisteria violetto",
    "mediumvioletred": "raspberry mulberry berry",
    "plum": "lilac",
    "thistle": "mauve",
    "pink": "rose rosa rozowy pembe roze cottoncandy",
    "mistyrose": "blush",
    "hotpink": "bubblegum flamingo",
    "red": "rot rouge rojo roja rosso rossa vermelho rood czerwony",
    "beige": "ecru sahara",
    "chocolate": "cinnamon ginger",
    "seashell": "magnolia",
    "mediumaquamarine": "seafoam",
    "turquoise": "turkis turkise turchese turquesa turkus turkoois",
    "cyan": "zyan ciano cian",
    "navy": "azulmarino bleumarine marineblau blunotte",
    "olive": "oliv verdeoliva",
    "lightcyan": "ice icy iceblue frost",
    "rosybrown": "puce rosegold dustyrose",
    "silver": "silber argent plata argento prata chrome tin zilver srebrny",
}
_WORDS = {word: color for color, words in _MEANT.items() for word in words.split()}
_OTHERS = {
    folded(word): color
    for color, words in {
        "red": "红 紅 赤 빨강 빨간 красн レッド rød kırmızı",
        "blue": "蓝 藍 青 파랑 파란 син голуб ブルー",
        "green": "绿 綠 緑 초록 зелен グリーン grøn",
        "yellow": "黄 黃 노랑 노란 желт イエロー żółt",
        "white": "白 흰 하얀 бел ホワイト",
        "black": "黑 黒 검정 검은 черн ブラック",
        "gray": "灰 회색 сер グレー",
        "orange": "橙 橘 주황 оранж オレンジ",
        "purple": "紫 보라 фиолет パープル",
        "pink": "粉 桃 분홍 розов ピンク",
        "brown": "棕 褐 茶 갈색 коричн ブラウン",
        "gold": "金 золот ゴールド",
        "turquoise": "бирюз 청록 松石 绿松石 ターコイズ",
        "cyan": "青色 циан シアン",
        "skyblue": "天蓝 天藍 空色 하늘 небесн",
        "lightblue": "水色",
        "navy": "藏青 紺 남색 海军蓝",
        "beige": "米色 беж 베이지 ベージュ",
        "silver": "银 銀 серебр シルバー",
    }.items()
    for word in words.split()
}
_OTHER_SHADES = {"深": "dark", "暗": "dark", "浅": "light", "淡": "light", "темно": "dark", "светло": "light"}
