"""How a text encoder reads a text, and how long a canvas's texts are for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from lib_omost.canvas import Canvas
from lib_omost.canvas.styles import NamedStyle, with_styles, without_styles
from lib_omost.canvas.tagged import canvas_tags_taken_out
from lib_omost.canvas.texts import texts_of
from lib_omost.errors import BadInputError
from lib_omost.prompts.bags import BAG_LIMIT, Signs, Tokenize, greedy_bags
from lib_omost.prompts.networks import without_networks
from lib_omost.prompts.paths import region_paths
from lib_omost.prompts.styles import TagStyle
from lib_omost.prompts.syntax import USUAL_SIGNS, VariantSigns, signs_of, variants_of


@dataclass(frozen=True)
class TextReader:
    """tokenize: a text in prompt syntax → ids without BOS and EOS. limit: the most tokens that are encoded together.

    reads_syntax: whether signs weight what they hold. literal: the text as that syntax writes it, no sign with another
    meaning. is_stand_in: it is no given checkpoint's own. style: the tag style that suits the checkpoint. signs: what
    stands around variants. styles: those that texts may name.
    """

    tokenize: Tokenize
    limit: int = BAG_LIMIT
    reads_syntax: bool = False
    literal: Callable[[str], str] = str
    is_stand_in: bool = False
    style: TagStyle = TagStyle.PLAIN
    signs: VariantSigns = USUAL_SIGNS
    styles: Mapping[str, NamedStyle] = field(default_factory=dict)


@dataclass(frozen=True)
class Length:
    """Of a canvas's texts, without the prompt box. limit: the most tokens of a bag.

    estimate: why it is no more than that: "" where it is what is encoded, "tokenizer" where another one may count
    otherwise, "choices" where variants or prompt editing are in the texts, of which a part alone is encoded.
    """

    bags: int
    tokens: int
    limit: int
    estimate: str = ""


def length_of(canvas: Canvas, reader: TextReader, *, is_literal: bool = False, style: TagStyle | None = None) -> Length:
    """As a job packs the texts.

    is_literal: no sign in them has another meaning. style: how they are worded, None as suits the checkpoint.
    """
    reads = reader.reads_syntax and not is_literal
    leaves = reads and _leaves_a_choice(canvas, reader.signs)  # as it is written: a tag may hold only if it is chosen
    with suppress(BadInputError):  # a style that is not there, which a job refuses
        if not is_literal:
            canvas, _ = with_styles(canvas, reader.styles) if reads else without_styles(canvas)
    with suppress(BadInputError):  # a tag that were to come and go, which a job refuses
        canvas, _ = canvas_tags_taken_out(canvas, is_literal=is_literal)
    paths, _ = without_networks(region_paths(canvas, style or reader.style))

    def tokenize(item: str) -> tuple[int, ...]:
        return tuple(reader.tokenize(item if reads else reader.literal(item)))

    signs = Signs(breaks=not is_literal, brackets=reads)
    results = [
        greedy_bags(path.prefixes, path.suffixes, tokenize, reader.limit, words=path.words, signs=signs)
        for path in paths
    ]
    bags = [bag for result in results for bag in result.bags]
    estimate = "tokenizer" if reader.is_stand_in else "choices" if leaves else ""
    return Length(len(bags), sum(len(bag.ids) for bag in bags), reader.limit, estimate)


def _leaves_a_choice(canvas: Canvas, signs: VariantSigns) -> bool:
    """Whether one of its texts has variants, or [from:to:when] or [a|b]."""
    return any(
        variants_of(text, signs) or any(sign.startswith("[") and not sign.startswith("[[") for sign in signs_of(text))
        for text in texts_of(canvas)
    )
