"""The guarded settings on the host's page of settings: they are saved when a field is left, and never read back.

The host is told not to save them: then neither its config.json nor its API has them, whatever it is asked to set.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lib_omost.errors import OmostError
from lib_omost.settings.entries import with_key, with_model, with_server
from lib_omost.settings.guarded import Guarded, GuardedFile

SECTION = ("omost", "Omost")
MODEL, SERVER, KEY = "omost_model", "omost_server", "omost_key"


def guarded_options(file: GuardedFile) -> dict[str, Any]:
    """The host's option of each field, by its name."""
    model = _option(
        _Field(MODEL, file, with_model, lambda settings: settings.model),
        "Language model",
        "a name of the chat's list, such as server: NAME, or a hub id, a folder, a .gguf file; empty: the embedded one",
    )
    server = _option(
        _Field(SERVER, file, with_server, lambda settings: settings.server),
        "Server of language models (OpenAI-compatible)",
        "such as http://127.0.0.1:11434; another address forgets the key",
    )
    key = _option(
        _Field(KEY, file, with_key, lambda _: "", is_secret=True),
        "API key of the server",
        "kept in a file of the extension's own and never shown; enter a new one to replace it",
    )
    return {MODEL: model, SERVER: server, KEY: key}


def show_guarded(file: GuardedFile) -> None:
    """Let the page show what is kept. Only after the API was made: it tells the defaults that options had then."""
    from modules import shared

    kept = file.read()
    for name, text in ((MODEL, kept.model), (SERVER, kept.server)):
        if name in shared.opts.data_labels:
            shared.opts.data_labels[name].default = text


@dataclass(frozen=True)
class _Field:
    """How a field's text changes the settings, and what of them it shows."""

    name: str
    file: GuardedFile
    change: Callable[[Guarded, str], Guarded]
    shown: Callable[[Guarded], str]
    is_secret: bool = False

    def placeholder(self) -> str:
        """What the empty field says."""
        if not self.is_secret:
            return ""
        return "a key is kept" if self.file.read().key else "none is kept"

    def save(self, text: str) -> str:
        """Keep the field's text; returns what it shows then. Raises OmostError."""
        _require_unfrozen(self.name)
        before = self.file.read()
        after = self.change(before, text.strip())
        if after != before:
            self.file.write(after)
        return self.shown(after)


def _option(field: _Field, label: str, info: str) -> Any:
    from modules import shared

    def component(**arguments: Any) -> Any:
        import gradio as gr

        def save(text: str) -> Any:
            try:
                option.default = field.save(text)
            except OmostError as error:
                raise gr.Error(f"{error} {error.hint}".strip()) from error
            return gr.update(value=option.default, placeholder=field.placeholder())

        box = gr.Textbox(type="password" if field.is_secret else "text", **arguments)
        for left in (box.blur, box.submit):
            left(save, inputs=[box], outputs=[box], show_progress=False, api_name=False)
        return box

    option = shared.OptionInfo(
        "", label, component, lambda: {"placeholder": field.placeholder()}, section=SECTION, restrict_api=True
    ).info(info)
    option.do_not_save = True
    return option


def _require_unfrozen(name: str) -> None:
    """The switches by which an owner keeps the visitors of a shared page from its settings. Raises OmostError."""
    from modules import shared

    frozen = shared.cmd_opts
    names = f"{getattr(frozen, 'freeze_specific_settings', None) or ''}".split(",")
    sections = f"{getattr(frozen, 'freeze_settings_in_sections', None) or ''}".split(",")
    if (
        getattr(frozen, "freeze_settings", False)
        or name in map(str.strip, names)
        or SECTION[0] in map(str.strip, sections)
    ):
        raise OmostError("the settings of this WebUI are frozen", hint="its owner started it so")
