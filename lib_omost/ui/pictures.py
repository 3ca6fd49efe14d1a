"""Which canvas each picture of a job shows: further canvases one batch after the other, variants by the seed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from lib_omost.canvas import Canvas, canvas_to_line
from lib_omost.canvas.styles import names_styles, with_styles
from lib_omost.canvas.tagged import canvas_tags_taken_out
from lib_omost.errors import OmostError, whole_characters
from lib_omost.hosts.webui.capabilities.denoiser import has_negative_words
from lib_omost.hosts.webui.capabilities.dynamic_prompts import expander_of
from lib_omost.hosts.webui.capabilities.styles import styles_of_host
from lib_omost.hosts.webui.variants import chosen_variants, has_variants
from lib_omost.prompts.syntax import USUAL_SIGNS

MOST_SHOWN = 1000  # pictures whose canvas is remembered
PER_PICTURE = (
    "all_prompts",
    "all_negative_prompts",
    "all_hr_prompts",
    "all_hr_negative_prompts",
)


class PerPicture(str):
    """A value of an infotext that hosts ask for by calling it with what they know of the picture.

    They take lists as well, but count in them from the first picture of each batch. As a text it is the first
    picture's: not all hosts can put anything else of a job's parameters into JSON.
    """

    values: tuple[str, ...]

    def __new__(cls, values: tuple[str, ...]) -> PerPicture:
        """`values`: one a picture."""
        first = super().__new__(cls, values[0])
        first.values = values
        return first

    def __getnewargs__(self) -> tuple[Any]:
        """For a copy, which has all values too."""
        return (self.values,)

    def __call__(
        self,
        *,
        p: Any,
        index: int,
        iteration: int = 0,
        position_in_batch: int = 0,
        use_main_prompt: bool = False,
        **_: Any,
    ) -> str:
        """Of the picture `index` of the batch that is drawn, or of the job where that is told by its batch."""
        if use_main_prompt:  # of the grid
            return self.values[0]
        is_of_job = bool(iteration or position_in_batch)
        place = index if is_of_job else int(getattr(p, "iteration", 0) or 0) * int(p.batch_size) + index
        return self.values[min(place, len(self.values) - 1)]


@dataclass(frozen=True)
class Pictures:
    """Of one job, in order.

    canvases: those that it draws, as they were written; a batch shows one of them, the next batch the next.
    seeds: of its pictures. batch: how many are drawn at once.
    """

    canvases: tuple[Canvas, ...]
    seeds: tuple[int, ...]
    batch: int
    is_literal: bool

    def of_batch(self, p: Any, number: int) -> tuple[tuple[Canvas, ...], tuple[str, ...]]:
        """The canvases of batch `number`, one a picture or one for all, and notes.

        Raises OmostError where its pictures would need different LoRA, for one that would come and go, and for a style
        that the host does not have.
        """
        drawn, notes, _ = self._of_batch(p, number)
        return drawn, notes

    def _of_batch(self, p: Any, number: int) -> tuple[tuple[Canvas, ...], tuple[str, ...], tuple[Canvas, ...]]:
        """As `of_batch`, and the same canvases as infotexts have them: with the styles' names."""
        drawn, notes = self._chosen(p, self.canvases[number % len(self.canvases) :][:1], number)
        named = drawn
        if not self.is_literal and any(map(names_styles, drawn)):
            styles, has_negatives = styles_of_host(), has_negative_words(p.sd_model)
            both = [with_styles(canvas, styles, has_negatives=has_negatives) for canvas in drawn]
            drawn, more = self._chosen(p, [canvas for canvas, _ in both], number)  # styles have choices of their own
            notes = tuple(dict.fromkeys((*notes, *(note for _, told in both for note in told), *more)))
        if len({tuple(region.loras for region in one.regions) for one in drawn}) > 1:
            raise OmostError(
                "variants or wildcards chose different LoRA for the pictures of a batch, which has one set for all",
                hint="set the batch size to 1 and the batch count higher",
            )
        return drawn, notes, named

    def _chosen(self, p: Any, canvases: Sequence[Canvas], number: int) -> tuple[tuple[Canvas, ...], tuple[str, ...]]:
        """With what is chosen in them for each picture of batch `number`, where anything is to be, and notes."""
        expander = None if self.is_literal else expander_of(p)
        signs = USUAL_SIGNS if expander is None else expander.signs
        if self.is_literal or not any(has_variants(canvas, signs) for canvas in canvases):
            both = [canvas_tags_taken_out(canvas, is_literal=self.is_literal) for canvas in canvases]
        else:
            places = range(number * self.batch, (number + 1) * self.batch)
            seeds = [self.seeds[min(place, len(self.seeds) - 1)] for place in places]
            each = zip(cycle(canvases), seeds, strict=False)
            both = [chosen_variants(canvas, seed, expander, negative_seed=seeds[0]) for canvas, seed in each]
        notes = dict.fromkeys(note for _, told in both for note in told)
        return tuple(canvas for canvas, _ in both), tuple(notes)

    def lines(self, p: Any) -> str | PerPicture:
        """The canvas of each picture for its infotext, on one line; a text where all have the same."""
        lines: list[str] = []
        for number in range(-(-len(self.seeds) // self.batch)):
            _, _, canvases = self._of_batch(p, number)
            own = [whole_characters(canvas_to_line(canvas)) for canvas in canvases]
            lines += own if len(own) == self.batch else own * self.batch
        return lines[0] if len(set(lines)) == 1 else PerPicture(tuple(lines))


class ShownCanvases:
    """What the last pictures of a tab showed, by their seeds.

    A page that enlarges one finished picture gives the seed of that one, and all canvases that it holds.
    """

    def __init__(self) -> None:
        self._canvases: OrderedDict[tuple[int, int | None], Canvas] = OrderedDict()

    def remember(self, p: Any, pictures: Pictures) -> None:
        """Those of the job `p`."""
        subseeds = list(getattr(p, "all_subseeds", None) or ()) if getattr(p, "subseed_strength", 0) else []
        for place, seed in enumerate(pictures.seeds):
            key = (seed, int(subseeds[place]) if place < len(subseeds) else None)
            self._canvases[key] = pictures.canvases[place // pictures.batch % len(pictures.canvases)]
            self._canvases.move_to_end(key)
        while len(self._canvases) > MOST_SHOWN:
            self._canvases.popitem(last=False)

    def number_of(self, p: Any, canvases: Sequence[Canvas]) -> int:
        """Which of the canvases the finished picture shows that the job `p` enlarges. Raises OmostError."""
        seed, subseed = (int(getattr(p, name, None) or 0) for name in ("seed", "subseed"))
        shown = self._canvases.get((seed, subseed)) or self._canvases.get((seed, None))
        if shown is None or shown not in canvases:
            raise OmostError(
                "there are several canvases, and which of them this finished picture shows is not known",
                hint="empty 'Further canvases', and take the canvas from the picture's own infotext",
            )
        return canvases.index(shown)


def pictures_of(p: Any, canvases: Sequence[Canvas], *, is_literal: bool) -> Pictures:
    """Those of the job `p`, whose seeds the host has fixed by now."""
    seeds = tuple(map(int, getattr(p, "all_seeds", None) or [getattr(p, "seed", None) or 0]))
    return Pictures(tuple(canvases), seeds, max(1, int(getattr(p, "batch_size", None) or 1)), is_literal)


def repeated(p: Any, times: int) -> int:
    """Make the job's batch count `times` what it was, with prompts and seeds for all; returns what it was."""
    count = int(p.n_iter)
    p.n_iter = count * times
    for name in PER_PICTURE:
        if isinstance(values := getattr(p, name, None), list):
            setattr(p, name, values * times)
    is_variation = getattr(p, "subseed_strength", 0) != 0  # then the host has one seed for all
    for name, step in (("all_seeds", 0 if is_variation else 1), ("all_subseeds", 1)):
        if isinstance(seeds := getattr(p, name, None), list) and seeds:
            counted = [seeds[0] + step * place for place in range(len(seeds) * times)]
            setattr(p, name, counted if counted[: len(seeds)] == seeds else seeds * times)
    return count
