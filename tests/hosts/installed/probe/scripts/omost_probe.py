"""An extension for the tests in real hosts: it fails where it is told to, and tells what hangs on the UNet."""

from __future__ import annotations

import gc
import inspect
from typing import Any

import gradio as gr
from modules import processing, prompt_parser, script_callbacks, scripts, sd_models, sd_samplers_common, shared


class ProbeScript(scripts.Script):
    """Raises in the hook that its one argument names; "denoiser" raises inside the sampler.

    On Forge "same", "adapter" and "couple" patch cross-attention as other extensions do: a replacement that computes
    what the host would, one that adds to it as an IP-Adapter does, and a patch of what is read.
    """

    def title(self) -> str:
        return "Omost probe"

    def show(self, _is_img2img: bool) -> Any:
        return scripts.AlwaysVisible

    def ui(self, _is_img2img: bool) -> list[Any]:
        where = gr.Textbox(value="", visible=False)
        where.do_not_save_to_config = True
        return [where]

    def _fail(self, hook: str, where: str) -> None:
        if where == hook:
            raise RuntimeError(f"the probe fails in {hook}")

    def process(self, _p: Any, where: str = "") -> None:
        self._fail("process", where)

    def process_batch(self, _p: Any, where: str = "", **_: Any) -> None:
        self._fail("process_batch", where)

    def process_before_every_sampling(self, p: Any, where: str = "", **_: Any) -> None:
        if where == "denoiser":
            rng = p.rng  # what a sampler asks for its noise; it is the job's own and ends with it

            def failing(*_arguments: Any) -> Any:
                raise RuntimeError("the probe fails in the sampler")

            rng.next = failing
        if where in ("same", "adapter", "couple"):
            patcher = p.sd_model.forge_objects.unet.clone()
            if where == "couple":
                patcher.set_model_attn2_patch(lambda *tensors: tensors[:3])
            else:
                patcher.set_model_replace_all(_replacement(0.0 if where == "same" else 0.3), "attn2")
            p.sd_model.forge_objects.unet = patcher
        self._fail("process_before_every_sampling", where)

    def postprocess(self, _p: Any, _processed: Any, where: str = "") -> None:
        self._fail("postprocess", where)


def _replacement(added: float) -> Any:
    def attention(query: Any, key: Any, value: Any, options: Any) -> Any:
        return _hosts_attention()(query, key, value, options["n_heads"]) + added

    return attention


def _hosts_attention() -> Any:
    """Forge's and Neo's own attention, or that of reForge and Forge Classic."""
    try:
        from backend.attention import attention_function
    except ImportError:
        from ldm_patched.ldm.modules.attention import optimized_attention as attention_function
    return attention_function


def hooks() -> dict[str, Any]:
    """What hangs on the UNet's cross-attention and on the UNet itself, and how many samplers carry a wrapper."""
    model = shared.sd_model
    objects = getattr(model, "forge_objects", None)
    unet = model.model.diffusion_model if objects is None else objects.unet.model.diffusion_model
    layers = [module for name, module in unet.named_modules() if name.endswith(".attn2")]
    options = {} if objects is None else objects.unet.model_options.get("transformer_options", {})
    return {
        "layers": len(layers),
        "own_forwards": sum("forward" in vars(layer) for layer in layers),
        "class_forwards": sorted({id(type(layer).forward) for layer in layers}),
        "unet_hooks": len(unet._forward_pre_hooks) + len(unet._forward_hooks),
        "patches": sorted(map(str, options.get("patches", {}))) + sorted(map(str, options.get("patches_replace", {}))),
        "wrapped_samplers": sum(_is_wrapped(one) for one in gc.get_objects() if type(one).__name__.endswith("Sampler")),
    }


def _is_wrapped(sampler: Any) -> bool:
    return any(hasattr(value, "omost_original") for value in getattr(sampler, "__dict__", {}).values())


def signatures() -> dict[str, str]:
    """What the extension calls of the host, without annotations."""
    asked = {
        "cached_params": processing.StableDiffusionProcessing.cached_params,
        "setup_conds": processing.StableDiffusionProcessing.setup_conds,
        "get_conds": processing.StableDiffusionProcessing.get_conds,
        "SdConditioning": prompt_parser.SdConditioning,
        "get_learned_conditioning_prompt_schedules": prompt_parser.get_learned_conditioning_prompt_schedules,
        "get_multicond_prompt_list": prompt_parser.get_multicond_prompt_list,
        "images_tensor_to_samples": sd_samplers_common.images_tensor_to_samples,
    }
    return {name: _bare(inspect.signature(function)) for name, function in asked.items()}


def _bare(signature: inspect.Signature) -> str:
    empty = inspect.Parameter.empty
    parameters = [each.replace(annotation=empty) for each in signature.parameters.values()]
    return str(signature.replace(parameters=parameters, return_annotation=empty))


def kinds() -> list[str]:
    """What the loaded model says of its kind."""
    return [kind for kind in ("is_sd1", "is_sd2", "is_sdxl") if hasattr(shared.sd_model, kind)]


def parts() -> dict[str, bool]:
    """Where the loaded model keeps what regions want."""
    model = shared.sd_model
    return {
        "engine": any(name.startswith("text_processing_engine") for name in vars(model)),
        "patcher": hasattr(getattr(model, "forge_objects", None), "unet"),
    }


class Flux:
    """A model that can be asked for nothing but its file, and the model in whose place it stands."""

    def __init__(self, instead_of: Any) -> None:
        chosen = getattr(shared.opts, "sd_model_checkpoint", None)  # a job may have drawn with another one
        info = sd_models.get_closet_checkpoint_match(chosen) if chosen else None
        self.sd_checkpoint_info, self.instead_of = info or instead_of.sd_checkpoint_info, instead_of


def pretend() -> None:
    """The host's model becomes one of another family; the second time it is its own again."""
    held = sd_models.model_data.sd_model
    sd_models.model_data.sd_model = held.instead_of if isinstance(held, Flux) else Flux(held)


def tiny(family: str) -> dict[str, Any]:
    """The host's model becomes a small random one of its own class for that family; "" is the one before it again."""
    from backend.args import dynamic_args

    from tests.hosts.installed.denoisers.engines import tiny_engine

    for kind in ("kontext", "klein"):  # as its loader tells it by a file's name, or by what it holds
        dynamic_args[kind] = family == kind
    processing.opt_f = 16 if family == "klein" else 8
    held = sd_models.model_data.sd_model
    before = getattr(held, "instead_of", held)
    if family:
        made = tiny_engine(family)
        made.instead_of, made.filename = before, before.filename
        chosen = getattr(shared.opts, "sd_model_checkpoint", None)  # a job may have drawn with another one
        made.sd_checkpoint_info = sd_models.get_closet_checkpoint_match(chosen) or before.sd_checkpoint_info
        made.sd_model_hash = before.sd_model_hash
        before = made
    sd_models.model_data.set_sd_model(before)
    return {"model": type(before).__name__}


def style(name: str, prompt: str = "", negative: str = "") -> dict[str, list[str]]:
    """Keep a style as the button at the prompt box does, or take it away again where it has neither prompt.

    The host's own file of styles is not written.
    """
    from modules.styles import PromptStyle

    kept = shared.prompt_styles.styles
    kept.pop(name, None)
    if prompt or negative:
        kept[name] = PromptStyle(name, prompt, negative)
    return {"styles": list(kept)}


def forwards() -> dict[str, int]:
    """How many modules of the denoiser have a forward of their own, and how many hooks it has."""
    module = shared.sd_model.forge_objects.unet.model.diffusion_model
    own = sum("forward" in vars(one) for one in module.modules())
    return {"own": own, "hooks": len(module._forward_pre_hooks) + len(module._forward_hooks)}


def _add_route(_page: Any, app: Any) -> None:
    for told in (hooks, signatures, kinds, parts, forwards):
        app.add_api_route(f"/omost-probe/{told.__name__}", told, methods=["GET"])
    app.add_api_route("/omost-probe/pretend", pretend, methods=["POST"])
    app.add_api_route("/omost-probe/tiny", tiny, methods=["POST"])
    app.add_api_route("/omost-probe/style", style, methods=["POST"])
    app.add_api_route("/omost-probe/reload", shared.state.request_restart, methods=["POST"])  # as "Reload UI" does


script_callbacks.on_app_started(_add_route)
