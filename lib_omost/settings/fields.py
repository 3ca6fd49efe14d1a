"""The one table of fields: widgets, script arguments, infotext, paste fields, API schema, X/Y/Z axes come from it."""

from __future__ import annotations

from dataclasses import dataclass

from lib_omost.auto import AUTO
from lib_omost.methods.names import KINDS, METHOD_NAMES
from lib_omost.prompts import PromptMixing, TagStyle

TITLE = "Omost"
PROMPT_SYNTAX, LITERAL_WORDS = "as in the prompt box", "literal"
MOST_VARIANTS = 8  # canvases of one job
BOTH_PASSES, FIRST_PASS = "both passes", "first pass only"


@dataclass(frozen=True)
class Field:
    """One setting: its name in code and API, its label on screen, its key in the infotext, what it may be.

    `axis` offers it to X/Y/Z plots. `told`: it is in the infotext. `seldom`: it is there only where it did something.
    `before`: what pictures were drawn with that are older than the field, where that is not its default.
    `only_img2img`: in txt2img there is nothing that it could do; `only_txt2img`: nor in img2img.
    """

    name: str
    label: str
    infotext: str
    default: bool | str | float
    choices: tuple[str, ...] = ()
    bounds: tuple[float, float] | None = None
    lines: int = 1
    help: str = ""
    axis: bool = False
    told: bool = True
    seldom: bool = False
    before: str | None = None
    only_img2img: bool = False
    only_txt2img: bool = False

    def is_idle(self, *, is_img2img: bool) -> bool:
        """Whether there is nothing that it could do in a tab."""
        return self.only_txt2img if is_img2img else self.only_img2img

    def number_in(self, told: str) -> float | None:
        """The number that an infotext's value begins with; None where there is none within the bounds."""
        try:
            number = float(told.split(maxsplit=1)[0])
        except (ValueError, IndexError):
            return None
        return number if self.bounds is None or self.bounds[0] <= number <= self.bounds[1] else None

    @property
    def offered(self) -> tuple[str, ...]:
        """The choices that a WebUI offers: none that needs weights which no WebUI loads."""
        return tuple(choice for choice in self.choices if choice not in KINDS or KINDS[choice].weights is None)


FIELDS = (
    Field("enabled", "Enable", f"{TITLE} enabled", False, help="Compose the picture by the canvas below."),
    Field(
        "canvas",
        "Canvas (code or JSON)",
        f"{TITLE} canvas",
        "",
        lines=12,
        help="The reply of an Omost model, its code alone, or the canvas as JSON.",
        axis=True,
    ),
    Field(
        "method",
        "Method",
        f"{TITLE} method",
        AUTO,
        (AUTO, *METHOD_NAMES),
        help="How regions steer the picture: as suits the model, from a sketch of their boxes, Omost's own way, "
        "one softmax a region, by methods of others' papers, a mask alone, or not at all.",
        axis=True,
    ),
    Field(
        "style",
        "Tag style",
        f"{TITLE} tag style",
        AUTO,
        (AUTO, *(style.value for style in TagStyle)),
        help="How the sub-prompts are worded: as the checkpoint's name tells (auto), as they are, or for checkpoints "
        "that were trained on tags.",
        axis=True,
    ),
    Field(
        "mixing",
        "The prompt box joins",
        f"{TITLE} prompt joins",
        PromptMixing.EVERY_REGION.value,
        tuple(mixing.value for mixing in PromptMixing),
        help="Which regions share the words of the prompt box.",
        axis=True,
    ),
    Field(
        "draft",
        "Start from the draft",
        f"{TITLE} draft",
        False,
        help="The draft, the colours of the regions blurred, seeds the first pass.",
        only_txt2img=True,
    ),
    Field(
        "denoise",
        "Denoise of the draft",
        f"{TITLE} draft denoise",
        0.95,
        bounds=(0.9, 0.99),
        help="How much of the draft is replaced: 0.9 keeps more of its colours than 0.99.",
        axis=True,
    ),
    Field(
        "hires",
        "Regions in hires. fix",
        f"{TITLE} hires",
        BOTH_PASSES,
        (BOTH_PASSES, FIRST_PASS),
        help="Whether the second pass is steered too.",
        axis=True,
    ),
    Field(
        "syntax",
        "Signs in regions' words",
        f"{TITLE} words",
        PROMPT_SYNTAX,
        (PROMPT_SYNTAX, LITERAL_WORDS),
        before=LITERAL_WORDS,
        help="Whether (word:1.3), [from:to:when], BREAK and {a|b} mean what they mean in the prompt box, or just stand "
        "there, as brackets do in prose.",
        axis=True,
    ),
    Field(
        "variants",
        "Further canvases",
        f"{TITLE} variants",
        "",
        lines=2,  # Gradio makes of one line a box that holds no line breaks
        help=f"One canvas a line, {MOST_VARIANTS - 1} at most: each is drawn in a batch of its own, after the first.",
        told=False,
    ),
    Field(
        "redraw",
        "Redraw only this region (img2img)",
        f"{TITLE} redraw",
        "",
        help="Its number, or how its description begins: the rest of the init image stays as it is.",
        told=False,
        seldom=True,
        only_img2img=True,
    ),
    Field(
        "place",
        "Place of the old picture (img2img)",
        f"{TITLE} place",
        "",
        help="top, bottom, left, right in cells of the canvas (0 to 90), to draw what is around the init image.",
        told=False,
        seldom=True,
        only_img2img=True,
    ),
    Field(
        "detailer",
        "ADetailer goes by the regions",
        f"{TITLE} detailer",
        True,
        help="What it finds is drawn by the words of the region that it lies in, where it has no prompt of its own.",
        told=False,
        seldom=True,
    ),
    Field(
        "depth",
        "Depth map for ControlNet (weight; 0: off)",
        f"{TITLE} depth",
        0.0,
        bounds=(0.0, 2.0),
        help="The layers' distances as a depth map, in the first ControlNet unit that is free, by this weight.",
        axis=True,
        told=False,
        seldom=True,
    ),
)
