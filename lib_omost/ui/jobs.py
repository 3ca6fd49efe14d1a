"""What is done for the jobs of one tab.

Between jobs it keeps encoded texts, and nothing of a job: the job itself carries what was read of its canvas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lib_omost.canvas import Canvas, ParsedReply
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.denoiser import methods_of
from lib_omost.hosts.webui.encoding import EncodingCache
from lib_omost.hosts.webui.refusal import refuse, refuse_sampling
from lib_omost.hosts.webui.sampling import Drawing, arm
from lib_omost.hosts.webui.told import ToldTasks
from lib_omost.hosts.wording import Wording
from lib_omost.methods.names import UNCHOSEN, method_for
from lib_omost.prompts import PromptMixing, TagStyle, negative_with
from lib_omost.settings.fields import FIRST_PASS, TITLE
from lib_omost.settings.model import Settings, read_arguments
from lib_omost.ui.axes import overrides_of

READ = "_omost_read"  # the name under which a job carries it, from `process` to its end


@dataclass(frozen=True)
class _Read:
    """What was read of a canvas, and the text that it was read from."""

    text: str
    parsed: ParsedReply


class Jobs:
    """Those of txt2img or of img2img, in the page or behind the API."""

    def __init__(self, told: ToldTasks) -> None:
        self._encoded = EncodingCache()
        self._told = told

    def check(self, p: Any, arguments: Sequence[Any]) -> None:
        """Before anything is made: the infotext is filled, and a canvas that cannot be used ends the job."""
        self.end(p)  # a job that is run again may have another canvas
        if _is_inner_run(p):
            return
        try:
            settings = _settings_of(p, arguments)
            if settings.enabled:
                parsed = _read_once(p, settings)
                _forget(p, f"{TITLE} repair ")
                p.extra_generation_params.update(settings.infotext(parsed.require_canvas()))
                p.extra_generation_params.update(_repairs(parsed))
                _forbid(p, parsed.require_canvas())
        except OmostError as error:
            self._told.refused(error.told)
            refuse(p, error)

    def hand_over(self, p: Any, arguments: Sequence[Any]) -> None:
        """Before each pass of the sampler: the canvas is handed to it, or the reason why none can be."""
        if _is_inner_run(p):
            return
        try:
            settings = _settings_of(p, arguments)
            is_hires = bool(getattr(p, "is_hr_pass", False))
            if not settings.enabled or (is_hires and settings.hires == FIRST_PASS):
                return
            wording = Wording(settings.method, TagStyle(settings.style), PromptMixing(settings.mixing))
            canvas = _read_once(p, settings).require_canvas()
        except OmostError as error:  # only in a job that was not checked, or was changed since
            self._told.refused(error.told)
            refuse_sampling(p, error)
        else:
            denoise = settings.denoise if settings.draft else None
            arm(p, Drawing(canvas, wording, denoise, self._encoded, self._told))

    def end(self, p: Any) -> None:
        """After the last picture: the job carries nothing of ours."""
        vars(p).pop(READ, None)


def _settings_of(p: Any, arguments: Sequence[Any]) -> Settings:
    """With the model's own method where none was chosen."""
    settings = read_arguments(arguments, overrides_of(p))
    if settings.method not in UNCHOSEN or not settings.enabled:
        return settings
    return replace(settings, method=method_for(settings.method, methods_of(p.sd_model)))


def _read_once(p: Any, settings: Settings) -> ParsedReply:
    """What the job carries, if it was read from this canvas; else it is read, and carried from now on.

    Raises CanvasError.
    """
    carried: _Read | None = vars(p).get(READ)
    if carried is None or carried.text != settings.canvas:
        carried = _Read(settings.canvas, settings.read_canvas())
        vars(p)[READ] = carried
    return carried.parsed


def _is_inner_run(p: Any) -> bool:
    """ADetailer draws each face as a job of its own, with a prompt of its own."""
    return bool(getattr(p, "_ad_inner", False))


def _forbid(p: Any, canvas: Canvas) -> None:
    """What must be absent joins the job's negative prompts, which the host has set up by now, and so its infotext."""
    for name in ("all_negative_prompts", "all_hr_negative_prompts"):
        if isinstance(prompts := getattr(p, name, None), list):
            setattr(p, name, [negative_with(canvas, prompt) for prompt in prompts])
    if isinstance(main := getattr(p, "main_negative_prompt", None), str):
        p.main_negative_prompt = negative_with(canvas, main)


def _forget(p: Any, key: str) -> None:
    """Take what an earlier picture told under keys that begin so: a plot's cells and a batch's parts share them."""
    for name in [name for name in p.extra_generation_params if name.startswith(key)]:
        del p.extra_generation_params[name]


def _repairs(parsed: ParsedReply) -> dict[str, str]:
    """What was put right or left out of the canvas, for the infotext: nothing is changed silently."""
    told = [f"line {correction.line}: {correction.message}" for correction in parsed.corrections]
    told += [f"line {problem.line}: left out: {problem.message}" for problem in parsed.problems]
    return {f"{TITLE} repair {number}": text for number, text in enumerate(told, 1)}
