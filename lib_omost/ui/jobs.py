"""What is done for the jobs of one tab.

Between jobs it keeps encoded texts, the last IP-Adapter and which canvas the last pictures show. The job itself carries
what was read of its canvas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from lib_omost.auto import AUTO
from lib_omost.canvas import Canvas, ParsedReply
from lib_omost.canvas.window import seen_through
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.called_again import refuse_parts, refuse_several
from lib_omost.hosts.webui.capabilities.adetailer import (
    Turn,
    is_inner_run,
    join_inner_runs,
    leave_inner_runs,
    take_turn,
)
from lib_omost.hosts.webui.capabilities.defaults import defaults_for
from lib_omost.hosts.webui.capabilities.denoiser import methods_of, refuse_trained
from lib_omost.hosts.webui.capabilities.references import Adapters
from lib_omost.hosts.webui.depth import depth_told, forget_unit, give_depth, take_back_depth
from lib_omost.hosts.webui.detailed import negative_of, owner_in, prompt_of
from lib_omost.hosts.webui.encoding import EncodingCache
from lib_omost.hosts.webui.others import LAYERS, notes_beside, refuse_other_regions, remember_layers
from lib_omost.hosts.webui.redraw import give_back, redraw_part, window_of
from lib_omost.hosts.webui.refusal import refuse, refuse_sampling
from lib_omost.hosts.webui.sampling import DRAWN, arm, note_what_was_not_drawn
from lib_omost.hosts.webui.steering import REFERENCES_BY, Drawing
from lib_omost.hosts.webui.told import ToldTasks
from lib_omost.hosts.wording import Wording
from lib_omost.methods.names import PLAIN, UNCHOSEN, method_for, preferring
from lib_omost.methods.tuning import tuned
from lib_omost.prompts import PromptMixing, TagStyle
from lib_omost.settings.fields import FIELDS, FIRST_PASS, TITLE
from lib_omost.settings.model import CANVAS, Settings, read_arguments
from lib_omost.ui.axes import idle_axes, overrides_of
from lib_omost.ui.infotexts import forbid, forget, repairs
from lib_omost.ui.options import chosen_adapter
from lib_omost.ui.pictures import PerPicture, Pictures, ShownCanvases, pictures_of, repeated

DETAILER, DEPTH = (next(field.infotext for field in FIELDS if field.name == name) for name in ("detailer", "depth"))
NO_DEPTH = "No region of the canvas is seen, so there is no depth map."
READ = "_omost_read"  # the name under which a job carries it, from `process` to its end


@dataclass(frozen=True)
class _Read:
    """What was read of the canvases, and the texts that they were read from.

    `count` is the job's own batch count, where there are so many canvases that it was changed. `job` is the id of the
    one that it was read for: other extensions run copies of a job, which carry this too. `told` is what the infotext
    says of the canvases, and of which pictures: a job of many batches asks for it at each. `suits` is the tag style and
    the method of the first pass, which the infotext tells: a second one may have a model that others would suit.
    """

    texts: tuple[str, str]
    parsed: tuple[ParsedReply, ...]
    count: int | None = None
    job: int = 0
    told: tuple[Pictures, str | PerPicture] | None = None
    suits: tuple[str, str] | None = None

    @property
    def canvases(self) -> tuple[Canvas, ...]:
        return tuple(each.require_canvas() for each in self.parsed)


class Jobs:
    """Those of txt2img or of img2img, in the page or behind the API."""

    def __init__(self, told: ToldTasks, adapters: Adapters) -> None:
        self._encoded = EncodingCache()
        self._adapters = adapters
        self._told = told
        self._shown = ShownCanvases()

    def prepare(self, p: Any, arguments: Sequence[Any]) -> None:
        """Before a job chooses its model: one that draws a part of a picture becomes an inpainting of that.

        Other extensions read their own arguments from here on, so ControlNet is given the depth map by now.
        """
        _take_back(p)  # a job that is run again may draw another part
        try:
            if is_inner_run(p):
                return take_turn(p)
            settings = read_arguments(arguments, overrides_of(p))
            if settings.enabled and settings.is_part:
                canvas = settings.read_canvas().require_canvas()
                redraw_part(p, canvas, settings.redraw, settings.old_place, settings.denoise)
            if settings.enabled and settings.depth > 0:
                self._give_depth(p, settings)
        except OmostError as error:
            self._told.refused(error.told)
            refuse(p, error)

    def check(self, p: Any, arguments: Sequence[Any], script: Any = None) -> None:
        """Before anything is made: the infotext is filled, and a canvas that cannot be used ends the job.

        `script`: whose job it is, which goes along with what ADetailer draws in it.
        """
        if is_inner_run(p):
            return
        self._forget_job(p)  # a job that is run again may have another canvas
        try:
            settings = _settings_of(p, arguments)
            for note in idle_axes(p, settings):
                self._told.noted(note)
            if settings.enabled:
                if settings.method != PLAIN:
                    refuse_parts(p, plain_works=True)
                refuse_trained(settings.method, p.sd_model)
                refuse_other_regions(p)
                remember_layers(p)
                read = self._read_of(p, settings)
                if len(read.parsed) > 1:
                    refuse_several(p)
                if len(read.parsed) > 1 and read.count is None:
                    read = replace(read, count=repeated(p, len(read.parsed)))
                vars(p)[READ] = read = replace(read, suits=(settings.style, settings.method))
                for told in (f"{TITLE} repair ", REFERENCES_BY, DEPTH):
                    forget(p, told)
                p.extra_generation_params.update(settings.infotext(read.canvases[0]))
                if (depth := depth_told(p)) is not None:
                    p.extra_generation_params[DEPTH] = depth
                p.extra_generation_params.update(repairs(read.parsed))
                pictures = pictures_of(p, read.canvases, is_literal=settings.is_literal)
                self._tell_canvases(p, pictures)
                forbid(p, pictures)
                join_inner_runs(p, script, partial(_turn_of, settings))
        except OmostError as error:
            self._told.refused(error.told)
            refuse(p, error)

    def hand_over(self, p: Any, arguments: Sequence[Any]) -> None:
        """Before each pass of the sampler: the canvas is handed to it, or the reason why none can be."""
        if is_inner_run(p):
            return
        forget_unit(p)
        try:
            settings = _settings_of(p, arguments)
            is_hires = bool(getattr(p, "is_hr_pass", False))
            if not settings.enabled or (is_hires and settings.hires == FIRST_PASS):
                return
            wording = _wording_of(settings, p.sd_model)
            pictures = pictures_of(p, self._read_of(p, settings).canvases, is_literal=settings.is_literal)
            canvases, notes = pictures.of_batch(p, int(getattr(p, "iteration", 0)))
            canvases = _in_window(p, canvases)
            beside = notes_beside(p, canvases)
            if CANVAS.infotext in p.extra_generation_params:
                self._tell_canvases(p, pictures)  # other extensions may have given the job other seeds
        except OmostError as error:  # only in a job that was not checked, or was changed since
            self._told.refused(error.told)
            refuse_sampling(p, error)
        else:
            denoise = settings.denoise if settings.draft else None
            adapters = replace(self._adapters, chosen=chosen_adapter())
            arm(p, Drawing(canvases, wording, adapters, denoise, self._encoded, self._told, (*notes, *beside)))

    def look_back(self, p: Any, arguments: Sequence[Any]) -> None:
        """After a batch is drawn, and before its infotexts are written."""
        if READ not in vars(p) or is_inner_run(p):
            return
        settings = read_arguments(arguments, overrides_of(p))
        if settings.enabled and not (_is_enlarging(p) and settings.hires == FIRST_PASS):
            note_what_was_not_drawn(p, self._told)

    def end(self, p: Any) -> None:
        """After the last picture: the job carries nothing of ours, and is as it was given."""
        self._forget_job(p)
        _take_back(p)

    def _give_depth(self, p: Any, settings: Settings) -> None:
        """Raises OmostError where the host's ControlNet cannot draw with it."""
        if settings.read_variants():
            hint = "empty 'Further canvases', or set the depth map's weight to 0"
            raise OmostError("one job has one depth map, and there are several canvases", hint=hint)
        if not give_depth(p, settings.read_canvas().require_canvas(), settings.depth):
            self._told.noted(NO_DEPTH)

    def _read_of(self, p: Any, settings: Settings) -> _Read:
        """As `_read_once`; of several the one that a finished picture shows, where the job enlarges one."""
        read = _read_once(p, settings)
        if len(read.parsed) > 1 and _is_enlarging(p):
            number = self._shown.number_of(p, read.canvases)
            vars(p)[READ] = read = replace(read, parsed=read.parsed[number : number + 1])
        return read

    def _tell_canvases(self, p: Any, pictures: Pictures) -> None:
        """Each picture's own canvas, with what was chosen in it."""
        read: _Read = vars(p)[READ]
        if read.told is None or read.told[0] != pictures:
            vars(p)[READ] = read = replace(read, told=(pictures, pictures.lines(p)))
            self._shown.remember(p, pictures)
        assert read.told is not None
        p.extra_generation_params[CANVAS.infotext] = read.told[1]

    def _forget_job(self, p: Any) -> None:
        for name in (LAYERS, DRAWN):
            vars(p).pop(name, None)
        read: _Read | None = vars(p).pop(READ, None)
        if read is None:
            return
        if read.count is not None:
            p.n_iter = read.count
        if read.job == id(p):
            leave_inner_runs(p)


def _take_back(p: Any) -> None:
    """The job is again as it was given, but for what was read of it."""
    take_back_depth(p)
    give_back(p)


def _settings_of(p: Any, arguments: Sequence[Any]) -> Settings:
    """With the method and the tag style that suit the model where none was chosen; without the draft in img2img.

    In a job that was read they are those of its first pass, as far as the model of a second one can do them.
    """
    settings = read_arguments(arguments, overrides_of(p))
    if not settings.enabled:
        return settings
    if getattr(p, "init_images", None):
        settings = replace(settings, draft=False)
    suits, can, read = defaults_for(p.sd_model), methods_of(p.sd_model), vars(p).get(READ)
    style, method = read.suits if read is not None and read.suits is not None else (suits.style.value, "")
    settings = replace(settings, style=style if settings.style == AUTO else settings.style)
    if settings.method not in UNCHOSEN:
        return settings
    meant = method_for(settings.method, preferring(suits.method, can))
    return replace(settings, method=method if method in can else meant)


def _read_once(p: Any, settings: Settings) -> _Read:
    """What the job carries, if it was read from these canvases; else they are read, and carried from now on.

    Raises CanvasError.
    """
    carried: _Read | None = vars(p).get(READ)
    texts = (settings.canvas, settings.variants)
    if carried is None or carried.texts != texts:
        count, suits = (None, None) if carried is None else (carried.count, carried.suits)
        carried = _Read(texts, (settings.read_canvas(), *settings.read_variants()), count, id(p), suits=suits)
        vars(p)[READ] = carried
    return carried


def _is_enlarging(p: Any) -> bool:
    """Whether the job is the second pass alone, of a picture that was finished before."""
    return getattr(p, "firstpass_image", None) is not None


def _wording_of(settings: Settings, model: Any) -> Wording:
    suits = defaults_for(model)
    tuning = tuned(suits.word_weight, suits.start_noise)
    style, mixing = TagStyle(settings.style), PromptMixing(settings.mixing)
    return Wording(settings.method, style, mixing, settings.is_literal, tuning)


def _in_window(p: Any, canvases: tuple[Canvas, ...]) -> tuple[Canvas, ...]:
    """As they lie on what the job draws, where that is an enlarged part of its picture."""
    window = window_of(p)
    return canvases if window is None else tuple(seen_through(canvas, window) for canvas in canvases)


def _turn_of(settings: Settings, p: Any, unit: Any) -> Turn | None:
    """What is done to the inner jobs of one of ADetailer's units: they get the words of the region they lie in.

    p: the job whose picture it is. The infotext says whether, since prompts that are empty there meant another thing.
    """
    if READ not in vars(p):
        return None
    p.extra_generation_params[DETAILER] = settings.detailer
    own, own_negative = (getattr(unit, f"ad_{name}", "").strip() for name in ("prompt", "negative_prompt"))
    if not settings.detailer or own:
        return None

    def turn(inner: Any) -> None:
        pictures = pictures_of(p, _read_once(p, settings).canvases, is_literal=settings.is_literal)
        canvases, _ = pictures.of_batch(p, int(getattr(p, "iteration", 0) or 0))
        place = min(int(getattr(p, "batch_index", 0) or 0), len(canvases) - 1)
        (canvas,) = _in_window(p, canvases[place : place + 1])
        if (region := owner_in(canvas, inner.image_mask)) is not None:
            inner.prompt = prompt_of(canvas, region, _wording_of(settings, p.sd_model), inner.prompt)
            if not own_negative:
                inner.negative_prompt = negative_of(region, inner.negative_prompt, is_literal=settings.is_literal)

    return turn
