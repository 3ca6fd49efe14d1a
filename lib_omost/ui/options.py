"""The section "Omost" of the host's settings, and what it means for the chat and the widgets."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lib_omost.data_folder import data_folder
from lib_omost.errors import BadInputError
from lib_omost.settings.fields import FIELDS
from lib_omost.settings.guarded import GuardedFile
from lib_omost.ui.guarded_fields import SECTION, guarded_options
from lib_omost.ui.sign_in import is_open

if TYPE_CHECKING:
    from lib_omost.chat.service import ChatSettings
    from lib_omost.page.data import PageOptions

ANY_KIND = "found out by asking"
KIND, DEVICE, IDLE, UNLOAD = "omost_server_kind", "omost_device", "omost_idle_minutes", "omost_unload"
CONTEXT, PLANS = "omost_server_context", "omost_server_plans"
INSTALL = "omost_install"
OFFLINE, SNAP, REVIEW = "omost_offline", "omost_snap", "omost_review"
ADAPTER = "omost_ip_adapter"
WIDGETS = {"omost_method": "method", "omost_style": "style"}  # option → the field whose widget begins with it
IDLE_MINUTES = (1, 240)
CONTEXT_TOKENS = (0, 131_072)  # 0: as much as the server says


def add_options(file: GuardedFile) -> None:
    """Add the section; the host asks for it before its page is made."""
    import gradio as gr
    from modules import shared

    from lib_omost.chat.client.kinds import Plans, ServerKind
    from lib_omost.chat.worker.launch import Device
    from lib_omost.chat.worker.memory import Policy
    from lib_omost.hosts.webui.capabilities.references import AUTOMATIC, adapter_names

    def choice(default: str, label: str, choices: list[str], info: str = "") -> Any:
        option = shared.OptionInfo(default, label, gr.Dropdown, {"choices": choices}, section=SECTION)
        return option.info(info) if info else option

    kinds = [ANY_KIND, *(kind.value for kind in ServerKind)]
    devices = [device.value for device in Device]
    ends = [end.value for end in type(Policy().end)]
    options = guarded_options(file)
    options[KIND] = choice(ANY_KIND, "Kind of the server", kinds)
    none, all_ = CONTEXT_TOKENS
    options[CONTEXT] = shared.OptionInfo(
        none,
        "Tokens of a chat that the server reads",
        gr.Slider,
        {"minimum": none, "maximum": all_, "step": 1},
        section=SECTION,
    ).info("0: found out by asking; set it when replies forget the canvas, or to what you started the server with")
    options[PLANS] = choice(
        Plans.SMALL.value,
        "Short plans in place of whole canvases",
        [plans.value for plans in Plans],
        "where the server takes grammars (llama.cpp, vLLM): a plan takes seconds, and a change names only what changes",
    )
    options[DEVICE] = choice(
        Device.BEST.value, "Where a language model of this computer runs", devices, "offload: what does not fit, in RAM"
    )
    options[UNLOAD] = choice(Policy().end.value, "It is unloaded after a message", ends)
    least, most = IDLE_MINUTES
    options[IDLE] = shared.OptionInfo(
        int(Policy().idle_minutes),
        "Minutes without a message after which it is unloaded",
        gr.Slider,
        {"minimum": least, "maximum": most, "step": 1},
        section=SECTION,
    )
    options[INSTALL] = _install_button()
    options[REVIEW] = shared.OptionInfo(True, "Ask once more for what a reply lacks of its message", section=SECTION)
    options[OFFLINE] = shared.OptionInfo(False, "Download no language models", section=SECTION)
    for name, field in WIDGETS.items():
        (row,) = (one for one in FIELDS if one.name == field)
        default = choice(str(row.default), f"{row.label} to begin with", list(row.offered)).needs_reload_ui()
        options[name] = default
    options[ADAPTER] = shared.OptionInfo(
        AUTOMATIC,
        "IP-Adapter of regions' reference pictures",
        gr.Dropdown,
        lambda: {"choices": [AUTOMATIC, *adapter_names()]},  # those of ControlNet are known after its scripts
        section=SECTION,
    ).info("automatic: the first one in models/ControlNet that fits the checkpoint")
    options[SNAP] = shared.OptionInfo(True, "Boxes snap to the words of the canvas language", section=SECTION)
    for name, option in options.items():
        shared.opts.add_option(name, option)


def widget_defaults() -> dict[str, Any]:
    """field → what its widget begins with, for those that the settings name."""
    from modules import shared

    choices = {field.name: field.offered for field in FIELDS}
    chosen = {field: getattr(shared.opts, name, None) for name, field in WIDGETS.items()}
    return {field: value for field, value in chosen.items() if value in choices[field]}


def page_options() -> PageOptions:
    """What the user chose for the page."""
    from modules import shared

    from lib_omost.page.data import PageOptions

    return PageOptions(snap_to_words=bool(getattr(shared.opts, SNAP, True)))


def chosen_adapter() -> str:
    """What the user chose for regions' reference pictures: a name, or that any will do that fits."""
    from modules import shared

    from lib_omost.hosts.webui.capabilities.references import AUTOMATIC

    return getattr(shared.opts, ADAPTER, None) or AUTOMATIC


def chat_settings(file: GuardedFile) -> ChatSettings:
    """What the chat is to go by now. Raises BadInputError, naming it, for an option that holds what it cannot."""
    from modules import shared

    from lib_omost.chat.client.kinds import Plans, ServerKind
    from lib_omost.chat.models.catalogue import EMBEDDED
    from lib_omost.chat.service import ChatSettings
    from lib_omost.chat.worker.launch import Device
    from lib_omost.chat.worker.memory import EndAfter, Policy

    names = (KIND, CONTEXT, PLANS, DEVICE, UNLOAD, IDLE, OFFLINE, REVIEW)
    given = {name: getattr(shared.opts, name, None) for name in names}
    guarded = file.read()
    kinds = {kind.value: kind for kind in ServerKind} | {ANY_KIND: None}
    idle = given[IDLE] if given[IDLE] is not None else Policy().idle_minutes
    context = given[CONTEXT] if given[CONTEXT] is not None else CONTEXT_TOKENS[0]
    if not isinstance(context, int | float) or not CONTEXT_TOKENS[0] <= context <= CONTEXT_TOKENS[1]:
        most = CONTEXT_TOKENS[1]
        raise BadInputError(f"{CONTEXT} must be 0 to {most} tokens, not {context!r}", hint="see the settings of Omost")
    least, most = IDLE_MINUTES
    if not isinstance(idle, int | float) or not least <= idle <= most:
        raise BadInputError(f"{IDLE} must be {least} to {most} minutes, not {idle!r}", hint="see the settings of Omost")
    return ChatSettings(
        model=guarded.model or EMBEDDED.name,
        server=guarded.server,
        key=guarded.key,
        server_kind=_one_of(kinds, KIND, given, ANY_KIND),
        server_context=int(context) or None,
        server_plans=_one_of({plans.value: plans for plans in Plans}, PLANS, given, Plans.SMALL.value),
        device=_one_of({device.value: device for device in Device}, DEVICE, given, Device.BEST.value),
        policy=Policy(float(idle), _one_of({end.value: end for end in EndAfter}, UNLOAD, given, Policy().end.value)),
        kept=data_folder() / "composer",
        overlay=data_folder() / "worker" / _this_python() / "overlay",
        offline=bool(given[OFFLINE]),
        is_reviewed=given[REVIEW] is not False,
        is_open=is_open(),
    )


def _install_button() -> Any:
    """No option: `install.mjs` hears of the click."""
    from modules import shared

    words = "Install the language model now"
    option = shared.OptionHTML(
        f'<button type="button" class="lg secondary gradio-button omost-install">{words}</button>'
        "<p>Its packages and files, so that the first message does not wait for them</p>"
    )
    option.section = SECTION
    return option


def _one_of(meanings: Mapping[str, Any], name: str, given: Mapping[str, Any], default: str) -> Any:
    value = default if given[name] is None else given[name]
    if not isinstance(value, str) or value not in meanings:
        raise BadInputError(f"{name} must be one of {', '.join(meanings)}, not {value!r}", hint="see Omost's settings")
    return meanings[value]


def _this_python() -> str:
    """WebUIs that share the extension's folder do not share their packages."""
    return hashlib.sha256(sys.prefix.encode()).hexdigest()[:12]
