"""Which WebUI this is, told from the model of the job. The one place that names hosts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lib_omost.hosts.webui.host import Conditioning, Host, Processing


def host_of(p: Processing) -> Host:
    """The host that runs the job `p`."""
    return _forge(p) if hasattr(p.sd_model, "forge_objects") else _a1111(p)


def _a1111(p: Processing) -> Host:
    model = p.sd_model
    embedder = model.cond_stage_model
    embedder = (
        embedder.embedders[0] if hasattr(embedder, "embedders") else embedder
    )  # SDXL has two, with one vocabulary
    return Host("A1111", _encoder(model), _tokenizer(embedder), model.model.diffusion_model)


def _forge(p: Processing) -> Host:
    model = p.sd_model
    patcher = model.forge_objects.unet
    replaced = patcher.model_options.get("transformer_options", {}).get("patches_replace", {}).get("attn2")
    taken_by = "another extension replaces cross-attention (an IP-Adapter does)" if replaced else None
    engine = getattr(model, "text_processing_engine_l", None) or model.text_processing_engine
    return Host("Forge", _encoder(model), _tokenizer(engine), patcher.model.diffusion_model, taken_by)


def _encoder(model: Any) -> Callable[[Sequence[str], int, int], Conditioning]:
    from modules.prompt_parser import SdConditioning

    def encode(texts: Sequence[str], width: int, height: int) -> Conditioning:
        conditioning: Conditioning = model.get_learned_conditioning(
            SdConditioning(list(texts), width=width, height=height)
        )
        return conditioning

    return encode


def _tokenizer(engine: Any) -> Callable[[str], Sequence[int]]:
    def tokenize(text: str) -> Sequence[int]:
        ids: Sequence[int] = engine.tokenize([text])[0]
        return ids

    return tokenize
