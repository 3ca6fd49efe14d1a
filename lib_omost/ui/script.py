"""The always-on script. Between hooks it keeps encoded texts, and nothing of a job: every hook reads its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modules import scripts

from lib_omost.canvas import ParsedReply
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.refusal import refuse
from lib_omost.prompts import PromptMixing, TagStyle
from lib_omost.ui.accordion import Accordion
from lib_omost.ui.axes import overrides_of
from lib_omost.ui.settings import FIRST_PASS, TITLE, Settings, read_arguments

if TYPE_CHECKING:
    from lib_omost.hosts.webui.encoding import EncodingCache


class OmostScript(scripts.Script):
    """Regions from a canvas in txt2img and img2img; each tab and each API has an instance of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._encoded: EncodingCache | None = None
        self._accordion = Accordion()

    def title(self) -> str:
        """The name that the API knows it by."""
        return TITLE

    def show(self, _is_img2img: bool) -> Any:
        """In both tabs, always."""
        return scripts.AlwaysVisible

    def ui(self, is_img2img: bool) -> list[Any]:
        """One widget a field, in the order of the table."""
        widgets = self._accordion.build(self.elem_id, is_img2img=is_img2img)
        self.infotext_fields = self._accordion.infotext_fields()
        self.paste_field_names = [key for _, key in self.infotext_fields if isinstance(key, str)]
        return widgets

    def after_component(self, component: Any, **keywords: Any) -> None:
        """Every widget of the page, as it is made: the draft's button needs img2img's own."""
        self._accordion.notice(component, keywords.get("elem_id"))

    def process(self, p: Any, *arguments: Any) -> None:
        """Before anything is made: a canvas that cannot be used ends the job here."""
        if _is_inner_run(p):
            return
        try:
            settings = _settings_of(p, arguments)
            if settings.enabled:
                parsed = settings.read_canvas()
                p.extra_generation_params.update(settings.infotext())
                p.extra_generation_params.update(_repairs(parsed))
        except OmostError as error:
            refuse(p, error)

    def process_before_every_sampling(self, p: Any, *arguments: Any, **_tensors: Any) -> None:
        """Before each pass of the sampler: the canvas is handed to it."""
        if _is_inner_run(p):
            return
        settings = _settings_of(p, arguments)
        is_hires = bool(getattr(p, "is_hr_pass", False))
        if not settings.enabled or (is_hires and settings.hires == FIRST_PASS):
            return
        # Imported here: a WebUI's start waits for this file, and few starts end with a canvas.
        from lib_omost.hosts.webui.encoding import EncodingCache
        from lib_omost.hosts.webui.sampling import Drawing, arm
        from lib_omost.hosts.webui.wording import Wording

        self._encoded = self._encoded or EncodingCache()
        wording = Wording(settings.method, TagStyle(settings.style), PromptMixing(settings.mixing))
        canvas = settings.read_canvas().require_canvas()
        arm(p, Drawing(canvas, wording, settings.denoise if settings.draft else None, self._encoded))


def _settings_of(p: Any, arguments: tuple[Any, ...]) -> Settings:
    return read_arguments(arguments, overrides_of(p))


def _is_inner_run(p: Any) -> bool:
    """ADetailer draws each face as a job of its own, with a prompt of its own."""
    return bool(getattr(p, "_ad_inner", False))


def _repairs(parsed: ParsedReply) -> dict[str, str]:
    """What was put right or left out of the canvas, for the infotext: nothing is changed silently."""
    told = [f"line {correction.line}: {correction.message}" for correction in parsed.corrections]
    told += [f"line {problem.line}: left out: {problem.message}" for problem in parsed.problems]
    return {f"{TITLE} repair {number}": text for number, text in enumerate(told, 1)}
