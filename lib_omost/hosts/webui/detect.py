"""Which WebUI this is, told from the model of the job. The one place that names hosts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from lib_omost.errors import OmostError
from lib_omost.hosts.webui.host import Conditioning, Host, Processing
from lib_omost.hosts.webui.others import hooked_by, patched_by
from lib_omost.hosts.webui.wording import literal
from lib_omost.prompts import Tokenize

ENGINES = ("text_processing_engine", "text_processing_engine_l")  # SD1.x and SD2.x; SDXL
KINDS = ("is_sd1", "is_sd2", "is_sdxl")  # a Forge says no more than those it knows


def host_of(p: Processing) -> Host:
    """The host that runs the job `p`. Raises OmostError for a kind of model whose attention has no regions."""
    return _forge(p) if hasattr(p.sd_model, "forge_objects") else _a1111(p)


def _a1111(p: Processing) -> Host:
    from modules import shared
    from modules.hypernetworks.hypernetwork import apply_hypernetworks

    model = p.sd_model
    unet = getattr(getattr(model, "model", None), "diffusion_model", None)
    embedder = _embedder(model)
    if unet is None or embedder is None:
        raise _unknown(model)

    def contexts(embeddings: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return apply_hypernetworks(shared.loaded_hypernetworks, embeddings)

    return Host(
        "A1111",
        _encoder(model),
        _tokenizer(embedder),
        _schedules(p),
        unet,
        _encoder_state(p),
        contexts,
        bool(shared.opts.upcast_attn),
        hooked_by(unet),
    )


def _forge(p: Processing) -> Host:
    model = p.sd_model
    patcher = model.forge_objects.unet
    engine = _embedder(model)
    unet = patcher.model.diffusion_model
    if engine is None or not any(getattr(model, kind, False) for kind in KINDS):
        raise _unknown(model)
    return Host(
        "Forge",
        _encoder(model),
        _tokenizer(engine),
        _schedules(p),
        unet,
        _encoder_state(p),
        taken_by=patched_by(patcher.model_options.get("transformer_options", {})) or hooked_by(unet),
    )


def loaded_tokenizer() -> Tokenize | None:
    """The tokenizer of the checkpoint that is loaded now, None while none is: nothing is loaded to count tokens."""
    from modules import sd_models

    embedder = _embedder(getattr(sd_models.model_data, "sd_model", None))
    if embedder is None:
        return None
    tokenize = _tokenizer(embedder)
    return lambda text: tokenize(literal(text))


def _embedder(model: Any) -> Any:
    """What encodes texts, of SDXL's two the first: they have one vocabulary. None when it is none that we know."""
    own = next((vars(model)[name] for name in ENGINES if name in vars(model)), None) if model is not None else None
    if own is not None:
        return own
    # A1111's place, which reForge and Forge Classic kept; SDXL has its own name there
    embedder = getattr(model, "cond_stage_model", None) or getattr(model, "conditioner", None)
    embedder = getattr(embedder, "embedders", [embedder])[0]
    return embedder if hasattr(embedder, "tokenize_line") else None


def _unknown(model: Any) -> OmostError:
    return OmostError(
        f"Omost cannot steer this kind of model ({type(model).__name__})",
        hint="choose a checkpoint of SD1.x, SD2.x or SDXL",
    )


def _encoder(model: Any) -> Callable[[Sequence[str], int, int], Conditioning]:
    from modules import devices
    from modules.prompt_parser import SdConditioning

    def encode(texts: Sequence[str], width: int, height: int) -> Conditioning:
        with devices.autocast():
            conditioning: Conditioning = model.get_learned_conditioning(
                SdConditioning(list(texts), width=width, height=height)
            )
        return conditioning

    return encode


def _tokenizer(embedder: Any) -> Callable[[str], Sequence[int]]:
    def tokenize(text: str) -> Sequence[int]:
        chunks, count = embedder.tokenize_line(text)
        return [token for chunk in chunks for token in chunk.tokens[1:-1]][:count]

    return tokenize


def _schedules(p: Any) -> Callable[[str, int], Sequence[tuple[int, str]]]:
    from modules import prompt_parser, shared

    is_hires = bool(getattr(p, "is_hr_pass", False))

    def schedules(prompt: str, steps: int) -> Sequence[tuple[int, str]]:
        _, texts, _ = prompt_parser.get_multicond_prompt_list([prompt])
        base, hires = (p.firstpass_steps, steps) if is_hires else (steps, None)
        timed = prompt_parser.get_learned_conditioning_prompt_schedules(
            [texts[0]], base, hires, shared.opts.use_old_scheduling
        )
        return [(int(end_at_step), text) for end_at_step, text in timed[0]]

    return schedules


def _encoder_state(p: Any) -> object:
    """What the host itself holds against its cache of conditionings: checkpoint, extra networks, CLIP skip, …"""
    is_hires = bool(getattr(p, "is_hr_pass", False))
    networks = p.hr_extra_network_data if is_hires else p.extra_network_data
    return p.cached_params((), 0, networks, None, False)  # Forge Neo has no defaults for the last two
