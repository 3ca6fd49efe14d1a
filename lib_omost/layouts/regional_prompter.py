"""Regional Prompter (hako-mikan/sd-webui-regional-prompter): a matrix of prompts between keywords.

Read from an infotext, or from a prompt with the settings below it as its readme writes them:

    fantasy ADDCOMM sky ADDROW castle ADDCOL street
    Divide Ratio: 1,1;2,3,2
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lib_omost.canvas import ParsedReply, Rect
from lib_omost.canvas.build import whole_reply
from lib_omost.canvas.model import is_negative
from lib_omost.canvas.report import Reports
from lib_omost.errors import CanvasError
from lib_omost.layouts.infotext import Infotext, read_infotext
from lib_omost.layouts.matrix import Splitting, cells, flipped, keys_between
from lib_omost.layouts.parts import absent_of, one_line, rect_of_shares, regions_at, whole_of

COMMON, BASE, BREAK = "ADDCOMM", "ADDBASE", "BREAK"
_LOWER = re.compile(r"\badd(?:col|row|base|comm)\b")
_KEYS = re.compile(r"\bADD(?:COL|ROW|BASE|COMM|P)\b")
_PARTED = re.compile(r"\b(?:BREAK|AND|ADD(?:COL|ROW|BASE|COMM))\b")
_SETTINGS = {  # of an infotext, and what its readme and page call them
    "mode": ("rp divide mode", "divide mode", "mode"),
    "submode": ("rp matrix submode", "main splitting", "split mode", "matrix submode"),
    "ratios": ("rp ratios", "divide ratio", "divide ratios", "ratio", "ratios"),
    "base_ratios": ("rp base ratios", "base ratio", "base ratios"),
    "use_base": ("rp use base", "use base prompt", "use base"),
    "use_common": ("rp use common", "use common prompt", "use common"),
    "flip": ("rp flip", "flip"),
    "unused": ("active", "calc mode", "generation mode"),
}
_NAMES = {name: setting for setting, names in _SETTINGS.items() for name in names}
_LINE = re.compile(r"[ \t]{0,8}([A-Za-z][A-Za-z ]{1,30}?)[ \t]{0,8}[:=：][ \t]{0,8}(.{0,2000})")
_COLUMNS = {"columns", "colums", "horizontal"}
_ROWS = {"rows", "vertical"}
_YES = {"true", "on", "yes", "1"}


@dataclass(frozen=True)
class Settings:
    """Regional Prompter's, as far as a canvas can follow them; all are texts, "" where nothing is said."""

    mode: str = ""
    submode: str = ""
    ratios: str = ""
    base_ratios: str = ""
    use_base: str = ""
    use_common: str = ""
    flip: str = ""
    unused: str = ""

    @property
    def splitting(self) -> Splitting:
        words = {self.mode.lower(), self.submode.lower()}
        return Splitting(rows_first=not words & _ROWS or bool(words & _COLUMNS))


def is_regional_prompter(text: str) -> bool:
    """Whether a text is a prompt for Regional Prompter: by its keywords, or by its settings beside `BREAK`."""
    infotext, settings = _settings_of(text)
    if "RP Active" in infotext.fields or "RP Ratios" in infotext.fields:
        return True
    if _KEYS.search(infotext.prompt) or _in_lower_case(infotext, settings):
        return True
    return bool(settings.ratios and re.search(r"\b(?:BREAK|AND)\b", infotext.prompt))


def read_regional_prompter(text: str) -> ParsedReply:
    """The matrix as regions; common and base prompt become the description of the whole.

    Raises CanvasError for its modes Mask and Prompt, whose regions do not stand in the text.
    """
    infotext, settings = _settings_of(text)
    reports = Reports()
    if lower := _in_lower_case(infotext, settings):
        reports.correct(1, f"read {', '.join(lower)} as {', '.join(lower).upper()}, as Regional Prompter wants it")
        infotext = replace(infotext, prompt=re.sub(rf"\b(?:{'|'.join(lower)})\b", _upper, infotext.prompt))
    for mode in ("mask", "prompt"):
        if settings.mode.lower().startswith(mode):
            raise CanvasError(
                f"Regional Prompter's mode {settings.mode} keeps its regions elsewhere than in this text",
                hint="load the picture with the coloured areas instead" if mode == "mask" else "draw the regions here",
            )
    if re.search(r"\bADDP\b", infotext.prompt):
        raise CanvasError(
            "ADDP is of Regional Prompter's mode Prompt, whose regions are found while a picture is drawn",
            hint="write ADDCOL or ADDROW between the prompts of regions, or draw the regions here",
        )
    ratios = flipped(settings.ratios) if settings.flip.lower() in _YES else settings.ratios
    common, base, prompt = _heads(infotext.prompt, settings, ratios)
    splitting = settings.splitting
    lines = [part.split(splitting.inner) for part in prompt.split(splitting.outer)]
    places = cells(splitting, ratios, [len(line) for line in lines])
    found: list[tuple[int, Rect, str]] = []
    cell_words = (words for line in lines for words in line)
    for number, (place, words) in enumerate(zip(places, cell_words, strict=True)):
        description = ", ".join(filter(None, map(one_line, words.split(BREAK))))
        rect = rect_of_shares(*place)
        if rect is None:
            reports.problem(1, f"the cell of {description[:60]!r} is too thin for the grid and was left out")
        elif description not in ("", "_"):
            found.append((number, rect, description))
    if base:
        share = f" (at {settings.base_ratios})" if settings.base_ratios.strip("0. ") else ""
        reports.correct(1, f"the base prompt{share} became part of the description of the whole")
    everywhere, own = _negatives(infotext.negative, len(places))
    absent = absent_of(everywhere, reports)
    whole = whole_of([text for text in (common, base) if text], absent, reports)
    regions = regions_at([(rect, words) for _, rect, words in found], reports)
    numbers = [number for number, _, _ in found]
    if own:
        regions = [replace(region, negative=own[number]) for number, region in zip(numbers, regions, strict=False)]
    return whole_reply(whole, regions, reports, absent=absent)


def _in_lower_case(infotext: Infotext, settings: Settings) -> list[str]:
    """Keywords that a prompt has in lower case alone; "break" is one beside another or beside ratios."""
    if _KEYS.search(infotext.prompt) or re.search(r"\b(?:BREAK|AND)\b", infotext.prompt):
        return []
    found = sorted(set(_LOWER.findall(infotext.prompt)))
    return [*found, "break"] if found or (settings.ratios and re.search(r"\bbreak\b", infotext.prompt)) else []


def _upper(match: re.Match[str]) -> str:
    return match[0].upper()


def _negatives(negative: str, count: int) -> tuple[str, list[str]]:
    """What is kept out of the whole picture, and of each of `count` cells where the negative prompt is parted so.

    Source: its readme: parted by BREAK it has a part for each cell, in their order; one more is common to all.
    """
    parts = [one_line(part) for part in _PARTED.split(negative)]
    if len(parts) == count + 1:
        return parts[0], [part if is_negative(part) else "" for part in parts[1:]]
    if len(parts) == count > 1 and all(map(is_negative, parts)):
        return "", parts
    return ", ".join(filter(None, parts)), []


def _heads(prompt: str, settings: Settings, ratios: str) -> tuple[str, str, str]:
    """Common prompt, base prompt, and the prompt of the cells with its keywords.

    Each BREAK of a prompt stands for the next keyword of its template, as Regional Prompter takes it.
    """
    prompt = re.sub(r"\bAND\b", BREAK, prompt)
    keys = keys_between(settings.splitting, ratios) if not re.search(r"\bADD(?:COL|ROW)\b", prompt) else []
    for key, wanted in ((BASE, settings.use_base), (COMMON, settings.use_common)):
        if wanted.lower() in _YES and key not in prompt:
            keys.insert(0, key)
    for key in keys:
        prompt = prompt.replace(BREAK, key, 1)
    common, found, rest = prompt.partition(COMMON)
    if not found:
        common, rest = "", prompt
    base, found, cell_prompts = rest.partition(BASE)
    if not found:
        base, cell_prompts = "", rest
    return one_line(common), one_line(base), cell_prompts


def _settings_of(text: str) -> tuple[Infotext, Settings]:
    infotext = read_infotext(text)
    found = _known(infotext.fields)
    if found:
        return infotext, Settings(**found)
    lines: list[str] = []
    for line in infotext.prompt.split("\n"):
        match = _LINE.fullmatch(line)
        setting = _NAMES.get(match[1].lower()) if match else None
        if match is None or setting is None:
            lines.append(line)
        else:
            found[setting] = match[2].strip()
    return replace(infotext, prompt="\n".join(lines).strip()), Settings(**found)


def _known(fields: Mapping[str, str]) -> dict[str, str]:
    """Settings of an infotext: those with its prefix, since other programs have modes and options too."""
    ours = {key.lower(): value for key, value in fields.items() if key.lower().startswith("rp ")}
    return {_NAMES[key]: value for key, value in ours.items() if key in _NAMES}
