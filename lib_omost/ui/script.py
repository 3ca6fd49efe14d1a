"""The always-on script, as thin as a WebUI's start wants it: what it does is in `tab.py`, imported on first use."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from modules import scripts

if TYPE_CHECKING:
    from lib_omost.ui.tab import Tab


class OmostScript(scripts.Script):
    """Regions from a canvas in txt2img and img2img; each tab and each API has an instance of its own."""

    @cached_property
    def _tab(self) -> Tab:
        from lib_omost.ui.tab import Tab

        return Tab()

    def title(self) -> str:
        """The name that the API knows it by."""
        return "Omost"

    def show(self, _is_img2img: bool) -> Any:
        """In both tabs, always."""
        return scripts.AlwaysVisible

    def ui(self, is_img2img: bool) -> list[Any]:
        """One widget a field, in the order of the table."""
        widgets = self._tab.build(self.elem_id, is_img2img=is_img2img)
        self.infotext_fields = self._tab.infotext_fields()
        self.paste_field_names = [key for _, key in self.infotext_fields if isinstance(key, str)]
        return widgets

    def after_component(self, component: Any, **keywords: Any) -> None:
        """Every widget of the page, as it is made: the draft's button needs img2img's own."""
        self._tab.notice(component, keywords.get("elem_id"))

    def process(self, p: Any, *arguments: Any) -> None:
        """Before anything is made."""
        self._tab.check(p, arguments)

    def process_before_every_sampling(self, p: Any, *arguments: Any, **_tensors: Any) -> None:
        """Before each pass of the sampler."""
        self._tab.hand_over(p, arguments)
