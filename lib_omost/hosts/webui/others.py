"""Other extensions that work on cross-attention: which of them leave no room for regions, and who they are."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from lib_omost.canvas import Canvas
from lib_omost.canvas.texts import texts_of
from lib_omost.errors import OmostError
from lib_omost.hosts.webui.capabilities.denoiser import WebUIDenoiser, denoiser_of
from lib_omost.hosts.webui.capabilities.extension_units import has_units
from lib_omost.hosts.webui.capabilities.patches import computes_attention, transformer_options
from lib_omost.hosts.webui.capabilities.scripts_of_job import first_argument, scripts_of, title_of
from lib_omost.methods.method import Method

FOLDERS = ("extensions", "extensions-builtin")  # of a WebUI, in which each extension has a folder of its own
REGIONAL = ("Regional Prompter", "Forge Couple")  # titles; the first argument switches their own regions on
NEGATIVE_WEIGHTS = "NegPiP"  # the title of the one that reads `(word:-1)` in the prompt box
_NEGATIVE_WEIGHT = re.compile(r"\([^()]*:\s*-\d[^()]*\)")
LAYERS = "_omost_layers"  # the name under which a job carries what hung on its layers before it


def refuse_other_regions(p: Any) -> None:
    """Raise OmostError where the job has another extension's regions too.

    Some of these hang nothing on the denoiser: they split the prompt at AND and mix what is drawn of its parts.
    """
    for script in scripts_of(p):
        if (name := title_of(script)) in REGIONAL and first_argument(p, script):
            raise OmostError(
                f"Omost cannot steer this picture: {name} is on, and draws regions of its own",
                hint="switch one of the two off",
            )


def notes_beside(p: Any, canvases: Sequence[Canvas]) -> tuple[str, ...]:
    """What another extension that is on for the job does to a prompt and cannot do to a region's texts."""
    if not any(title_of(script) == NEGATIVE_WEIGHTS and first_argument(p, script) for script in scripts_of(p)):
        return ()
    texts = dict.fromkeys(text for canvas in canvases for text in texts_of(canvas))
    found = dict.fromkeys(match for text in texts for match in _NEGATIVE_WEIGHT.findall(text))
    return tuple(
        f"{sign} is not read by {NEGATIVE_WEIGHTS} in a region: its negative words are the place for it."
        for sign in found
    )


def on_conditioning() -> tuple[str, ...]:
    """The folders of extensions that the host calls before the denoiser, with what that is conditioned on."""
    callbacks = getattr(sys.modules.get("modules.script_callbacks"), "callback_map", {})
    files = (str(getattr(one, "script", "")) for one in callbacks.get("callbacks_cfg_denoiser", ()))
    return tuple(dict.fromkeys(name for file in files if (name := extension_at(file)) is not None))


def remember_layers(p: Any) -> None:
    """Let the job carry what hangs on its layers, as it is before other extensions prepare for it."""
    try:
        layers = denoiser_of(p.sd_model).layers
    except OmostError:  # of a kind that has no regions: the job tells why
        return
    modules = (module for layer in layers for module in layer.module.modules())
    vars(p)[LAYERS] = {module: ("forward" in vars(module), set(module._forward_hooks)) for module in modules}


def let_go(p: Any) -> None:
    """Take off the layers what other extensions hung on them for this job, which is about to be refused.

    They do so themselves when a job ends well. The next one would find it still there, and be refused too.
    """
    before: dict[torch.nn.Module, tuple[bool, set[int]]] = vars(p).pop(LAYERS, {})
    for module, (had_forward, hooks) in before.items():
        if not had_forward:
            vars(module).pop("forward", None)
        for key in module._forward_hooks.keys() - hooks:
            del module._forward_hooks[key]


def taken_by(denoiser: WebUIDenoiser, patcher: Any) -> str | None:
    """Why another extension leaves no room for regions in the denoiser (behind its patcher, if it has one), or None."""
    return _patched_by(patcher) or _hooked_by(denoiser)


def _patched_by(patcher: Any) -> str | None:
    """A patch changes what cross-attention reads or gives."""
    patches = transformer_options(patcher).get("patches", {})
    for name in ("attn2_patch", "attn2_output_patch"):
        for patch in patches.get(name, ()):
            return f"another extension ({origin(patch)}) changes what cross-attention reads"
    return None


def _hooked_by(denoiser: WebUIDenoiser) -> str | None:
    """A layer's forward is another's, or a hook of another extension stands behind it and may give something else."""
    for layer in denoiser.layers:
        forward = vars(layer.module).get("forward")
        if forward is not None and not has_units(layer.module) and not _is_own(forward, layer.module):
            return f"another extension ({origin(forward)}) replaces the forward of cross-attention"
        for hook in layer.module._forward_hooks.values():
            if (name := extension_of(hook)) is not None:
                return f"another extension ({name}) changes what cross-attention gives"
    return None


def no_gradient_through(denoiser: WebUIDenoiser, model: Any) -> str | None:
    """Why another extension leaves no gradient a way through a model, asked before our own hooks; None if none does."""
    if computes_attention(model) or any(has_units(layer.module) for layer in denoiser.layers):
        return "another extension computes attention, such as an IP-Adapter"
    caller = _caller_of(denoiser)
    return None if caller is None else f"another extension ({caller}) calls the model in its own way"


def refuse_whole_callers(denoiser: WebUIDenoiser, method: Method) -> None:
    """Raise OmostError for a method that calls for parts of the picture, where another extension calls the model.

    What it gives the model is for the whole latent, and is hidden in its own forward, as A1111's ControlNet has it.
    Asked before our own hooks.
    """
    if getattr(method.denoiser_call, "crops", False) and (caller := _caller_of(denoiser)) is not None:
        raise OmostError(
            f"the method {method.name} draws parts of the picture, and another extension ({caller}) gives the image "
            "model what is for the whole",
            hint="switch off ControlNet and the like, or choose another method",
        )


def _caller_of(denoiser: WebUIDenoiser) -> str | None:
    """The extension whose forward calls the model's; None where there is none."""
    forward = vars(denoiser.module).get("forward")
    return None if forward is None or _is_own(forward, denoiser.module) else origin(forward)


def _is_own(forward: Any, module: torch.nn.Module) -> bool:
    """Whether it is the module's own, which an extension has put back as the instance's (ControlNet does)."""
    function, own = getattr(forward, "__func__", None), type(module).forward
    home = getattr(own, "__module__", None)  # of all the ways in which the host computes attention
    return function is own or (function is not None and function.__module__ == home)


def origin(patch: object) -> str:
    """The extension that a patch comes from: the name of its folder, else of its module."""
    function = getattr(patch, "func", patch)  # of a functools.partial
    return extension_of(patch) or str(getattr(function, "__module__", None) or type(patch).__module__)


def extension_of(patch: object) -> str | None:
    """The folder of the extension whose code a callable is, under whatever decorators; None where it is of none."""
    function = inspect.unwrap(getattr(patch, "func", patch))  # type: ignore[arg-type]
    code = getattr(function, "__code__", None) or getattr(type(patch).__call__, "__code__", None)
    return None if code is None else extension_at(code.co_filename)


def extension_at(path: str) -> str | None:
    """The folder of the extension that a file lies in, None where it lies in none."""
    parts = Path(path).parts
    return next((parts[parts.index(folder) + 1] for folder in FOLDERS if folder in parts[:-1]), None)
