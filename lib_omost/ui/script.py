"""The always-on script, as thin as a WebUI's start wants it: widgets and jobs are modules, imported on first use."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from modules import scripts

from lib_omost.hosts.webui.told import ToldTasks

if TYPE_CHECKING:
    from lib_omost.hosts.webui.capabilities.references import Adapters
    from lib_omost.ui.accordion import Accordion
    from lib_omost.ui.jobs import Jobs
    from lib_omost.ui.tabs import Tabs


class OmostScript(scripts.Script):
    """Regions from a canvas in txt2img and img2img; each tab and each API has an instance of its own."""

    @cached_property
    def _accordion(self) -> Accordion:
        from lib_omost.ui.accordion import Accordion

        return Accordion(self.tabs())

    @cached_property
    def _jobs(self) -> Jobs:
        from lib_omost.ui.jobs import Jobs

        return Jobs(self.told(), self.adapters())

    def adapters(self) -> Adapters:
        """What its jobs draw reference pictures with."""
        from lib_omost.data_folder import data_folder
        from lib_omost.hosts.webui.capabilities.references import Adapters
        from lib_omost.pictures.references import FOLDER, ReferencePictures

        return Adapters(ReferencePictures(data_folder() / FOLDER))

    def told(self) -> ToldTasks:
        """Where its jobs say what the page should hear."""
        return ToldTasks()

    def tabs(self) -> Tabs:
        """Where it meets the script of the other tab."""
        from lib_omost.ui.tabs import Tabs

        return Tabs()

    def title(self) -> str:
        """The name that the API knows it by."""
        return "Omost"

    def show(self, _is_img2img: bool) -> Any:
        """In both tabs, always."""
        return scripts.AlwaysVisible

    def ui(self, is_img2img: bool) -> list[Any]:
        """One widget a field, in the order of the table."""
        from lib_omost.ui.options import widget_defaults

        widgets = self._accordion.build(self.elem_id, is_img2img=is_img2img, defaults=widget_defaults())
        self.infotext_fields = self._accordion.infotext_fields()
        self.paste_field_names = [key for _, key in self.infotext_fields if isinstance(key, str)]
        return widgets

    def after_component(self, component: Any, **keywords: Any) -> None:
        """Every widget of the tab, as it is made: some are filled by our buttons."""
        self._accordion.notice(component, keywords.get("elem_id"))

    def before_process(self, p: Any, *arguments: Any) -> None:
        """Before a job chooses its checkpoint; without arguments all is off, and nothing is loaded."""
        if arguments:
            self._jobs.prepare(p, arguments)

    def process(self, p: Any, *arguments: Any) -> None:
        """Before anything is made."""
        self._jobs.check(p, arguments, self)

    def process_before_every_sampling(self, p: Any, *arguments: Any, **_tensors: Any) -> None:
        """Before each pass of the sampler."""
        self._jobs.hand_over(p, arguments)

    def postprocess_batch(self, p: Any, *arguments: Any, **_pictures: Any) -> None:
        """After a batch's pictures are drawn."""
        self._jobs.look_back(p, arguments)

    def postprocess(self, p: Any, _processed: Any, *_arguments: Any) -> None:
        """After the last picture."""
        self._jobs.end(p)
