"""What words for places, sizes, shapes and distances mean, in the languages that people and models write them in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

MAX_CHARS = 80  # more is prose, not a name
MAX_WORDS = 8
TYPO_CUTOFF = 0.8  # difflib's ratio; "bottm" and "bottom" have 0.91, "lift" and "left" 0.75
LEAST_TYPO = 3  # letters; a shorter word is too near to too many others

_WORD = re.compile(r"[^\W\d_]+")
# Scripts that are written without spaces, or with endings joined to the word: looked through for what they hold.
_UNSPACED = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def folded(text: str) -> str:
    """Lower case without accents: 'Supérieur' → 'superieur'."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(char for char in plain if not unicodedata.combining(char)))


def _table(**words: str) -> dict[str, str]:
    return {folded(word): meaning for meaning, line in words.items() for word in line.split()}


_CENTER = (
    "center centre middle central centered mid whole entire everywhere full all background foreground midground"
    " mitte mittig zentrum mittlere mittleren zentral hintergrund vordergrund"
    " milieu centro medio centrale mezzo meio midden centraal"
    " центр центре середине посередине центру середина"
    " 中间 中央 中心 正中 居中 中部 背景 前景 真ん中 中 가운데 중앙 중심"
)
_TOP = (
    "top upper up above upwards sky ceiling topmost uppermost overhead"
    " oben obere oberen oberer oberes himmel haut dessus superieur superieure ciel arriba superior alto cielo"
    " sopra superiore cima topo acima boven bovenaan"
    " north northern higher"
    " вверху сверху верхний верхнем верх верхняя верхней наверху вверх выше"
    " 上 顶 頂 天空 위 상단"
)
_BOTTOM = (
    "bottom lower low down below under downwards floor ground bottommost underneath beneath"
    " unten untere unteren unterer unteres boden bas dessous inferieur inferieure abajo inferior bajo suelo"
    " sotto inferiore basso baixo abaixo onder onderaan"
    " south southern"
    " внизу снизу нижний нижнем низ нижняя нижней вниз ниже"
    " 下 底 地面 아래 하단"
)
_LEFT = (
    "left leftmost leftward links linke linken linker linkes gauche izquierda izquierdo sinistra sinistro"
    " west western esquerda esquerdo linksboven слева левый левом лево левая левой налево левее"
    " влево 左 왼쪽 왼 좌측 좌"
)
_RIGHT = (
    "right rightmost rightward rechts rechte rechten rechter rechtes droite derecha derecho destra destro"
    " east eastern direita direito справа правый правом право правая правой направо правее"
    " вправо 右 오른쪽 오른 우측 우"
)
PLACES = _table(center=_CENTER, top=_TOP, bottom=_BOTTOM, left=_LEFT, right=_RIGHT)

_NONE = (
    "no none zero null nil not na without kein keine keiner ohne aucun sans sin ninguno nessuno nenhum geen нет без"
    " 无 無 没有 不偏移 なし 없음"
)
SHIFTS = {
    **_table(no=f"{_NONE} {_CENTER}", upper=_TOP, lower=_BOTTOM, left=_LEFT, right=_RIGHT),
}

SIZES = _table(
    small=(
        "small tiny little narrow thin slim mini minuscule miniature compact smaller smallest"
        " klein kleine kleiner kleines kleinen schmal winzig"
        " petit petite etroit pequeno pequena piccolo piccola маленький маленькая малый небольшой 小 窄 작은"
    ),
    medium=(
        "medium sized mid middle average normal moderate mittel mittlere mittlerer mittelgross moyen moyenne mediano"
        " mediana medio media средний средняя 中 보통"
    ),
    large=(
        "large big huge full whole entire gigantic giant massive enormous vast immense great larger largest bigger"
        " substantial spacious expansive extensive sizable sizeable considerable"
        " biggest fullscreen background gross grosse grosser grosses grossen riesig grand grande gran enorme"
        " большой большая огромный 大 큰 全 整"
    ),
)
SHAPES = _table(
    square="square squarish quadratisch quadrat carre carree cuadrado cuadrada quadrato quadrado"
    " квадрат квадратный 方 정사각",
    vertical="vertical vertically vertikal verticale verticalmente вертикальный вертикальная 竖 豎 纵 縦 垂直 세로",
    horizontal=(
        "horizontal horizontally horizontale horizontalmente orizzontale rectangular rectangle"
        " горизонтальный горизонтальная 横 橫 水平 가로"
    ),
)
# What a shape is taken from when none is written.
SHAPE_HINTS = _table(
    square="round circular circle rund ronde rond redondo круглый 圆 丸",
    vertical="tall portrait upright high height narrow column standing hoch hochkant haut alto высокий 高",
    horizontal="wide width landscape broad long strip band panoramic row flat lying breit quer ancho largo lungo"
    " широкий 宽 長 长",
)

DISTANCES = {
    **_table(
        near=(
            "near close adjacent nearest closest front foreground closer nearer nah nahe vordergrund vorne"
            " pres proche devant cerca cercano adelante vicino davanti perto"
            " близко ближний рядом 近 前 가까운 가까이 앞"
        ),
        middle="middle medium mid midground average normal moderate mitte mittel moyen medio средний 中 보통",
        far=(
            "far distant remote away background back behind farther further weit fern hintergrund hinten loin"
            " lointain fond lejos lejano lontano longe далеко далекий дальний 远 遠 后 後 먼 멀리 뒤"
        ),
        farthest="farthest furthest horizon infinite infinity endless sky horizont ciel 无限 地平线 天空",
    ),
}
DISTANCE_CELLS = {"near": 1.0, "middle": 5.0, "far": 10.0, "farthest": 50.0}
_VERY = _table(
    very="very extremely really super ultra quite right directly sehr ganz tres muy molto muito очень 很 非常 极 最"
)
_NOT = re.compile(r"\b(?:not|nicht|pas|no|non|nao|niet|не)\b")
_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
NUMBERS = {name: float(number) for number, name in enumerate(_NUMBERS, 1)} | {
    "twenty": 20.0,
    "fifty": 50.0,
    "hundred": 100.0,
}

_COMPASS = re.compile(r"\b([ns])([ew])\b")
_COMPASS_WORDS = {"n": "north", "s": "south", "e": "east", "w": "west"}

# What another word may be written to: "topleft" and "centerright", but "upright" is no place.
_FIRST_HALVES = ("top", "bottom", "upper", "lower", "center", "centre", "middle", "mid", "left", "right",
                 "north", "south", "oben", "unten", "links", "rechts", "boven", "onder")  # fmt: skip


def meanings(text: str, table: Mapping[str, str], exact: Iterable[str] = ()) -> list[str]:
    """What the words of `text` mean, in order; typing errors and words written together are seen through.

    A word of `exact` is read as nothing else.
    """
    found: list[str] = []
    text = _COMPASS.sub(
        lambda match: f"{_COMPASS_WORDS[match[1]]} {_COMPASS_WORDS[match[2]]}", folded(text[:MAX_CHARS])
    )
    for word in _WORD.findall(text)[:MAX_WORDS]:
        if word in table:
            found.append(table[word])
        elif word in exact:
            continue
        elif _UNSPACED.search(word):
            found += [table[part] for part in _parts(word, table)]
        elif pair := _halves(word, table):
            found += pair
        elif typo := _typo(word, table):
            found.append(table[typo])
    return found


def distance_of(text: str) -> float | None:
    """'far' → 10, 'very near' → 0.5, 'five' → 5; None when no word is known."""
    words = meanings(text, DISTANCES)
    if words:
        cells = DISTANCE_CELLS["farthest" if "farthest" in words else words[0]]
        if _NOT.search(folded(text[:MAX_CHARS])) and words[0] in ("near", "far"):
            return DISTANCE_CELLS["far" if words[0] == "near" else "near"]
        if meanings(text, _VERY) and words[0] in ("near", "far"):
            return cells * 2 if words[0] == "far" else cells / 2
        return cells
    return next((NUMBERS[word] for word in _WORD.findall(folded(text[:MAX_CHARS])) if word in NUMBERS), None)


def _parts(word: str, table: Mapping[str, str]) -> list[str]:
    """The names of `table` within a word of a script without spaces, longest first, each character used once."""
    known = sorted((name for name in table if _UNSPACED.search(name)), key=len, reverse=True)
    return re.findall("|".join(map(re.escape, known)), word) if known else []


def _halves(word: str, table: Mapping[str, str]) -> list[str]:
    for first in _FIRST_HALVES:
        second = word.removeprefix(first)
        if second != word and first in table and second in table:
            return [table[first], table[second]]
    return []


def _typo(word: str, table: Mapping[str, str]) -> str | None:
    """The English word that was meant: it begins alike, or has the same letters in another order."""
    if not LEAST_TYPO <= len(word) < 13:
        return None
    ascii_names = [name for name in table if name.isascii() and len(name) >= 4]
    swapped = next((name for name in ascii_names if name != word and sorted(name) == sorted(word)), None)
    if swapped is not None and swapped[0] == word[0]:
        return swapped
    alike = [name for name in ascii_names if name[0] == word[0] and abs(len(name) - len(word)) <= 2]
    close = get_close_matches(word, alike, n=1, cutoff=TYPO_CUTOFF)
    return close[0] if close else None
