"""Where the text encoder is, and how it is asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lib_omost.hosts.webui.capabilities.encoder_state import state_of
from lib_omost.hosts.webui.capabilities.families import cannot_steer, family_of
from lib_omost.hosts.webui.capabilities.processing import Conditioning, Processing
from lib_omost.hosts.webui.capabilities.syntax import literal
from lib_omost.prompts import Tokenize

# SD1.x and SD2.x; SDXL; its refiner, which has the second of SDXL's two alone
ENGINES = ("text_processing_engine", "text_processing_engine_l", "text_processing_engine_g")
STAGES = ("cond_stage_model", "conditioner")  # likewise, in a model as A1111 has it


@dataclass(frozen=True)
class TextEncoder:
    """The host's own.

    tokenize: a text in prompt syntax → ids without BOS, EOS and padding.
    encode: texts that fill equally many chunks of 75 tokens, and the picture's width and height in pixels → the host's
        conditioning, one row (77 · chunks, C) a text.
    state: equal while the same text is encoded the same.
    """

    tokenize: Tokenize
    encode: Callable[[Sequence[str], int, int], Conditioning]
    state: object


def text_encoder_of(p: Processing) -> TextEncoder:
    """That of the job's model. Raises OmostError when the model has none that cuts texts into chunks of 75 tokens."""
    embedder = embedder_of(p.sd_model)
    if embedder is None:
        raise cannot_steer(family_of(p.sd_model))
    return TextEncoder(tokenizer_of(embedder), _encode_with(p.sd_model), state_of(p))


def loaded_tokenizer() -> Tokenize | None:
    """The tokenizer of the checkpoint that is loaded now, None while none is: nothing is loaded to count tokens."""
    from modules import sd_models

    embedder = embedder_of(getattr(sd_models.model_data, "sd_model", None))
    if embedder is None:
        return None
    tokenize = tokenizer_of(embedder)
    return lambda text: tokenize(literal(text))


def embedder_of(model: Any) -> Any:
    """What encodes texts, of SDXL's two the first: they have one vocabulary. None when it is none that we know."""
    held = {} if model is None else vars(model)
    embedder = next((held[name] for name in ENGINES if name in held), None)
    if embedder is None:
        stage = next((found for name in STAGES if (found := getattr(model, name, None))), None)
        embedder = getattr(stage, "embedders", [stage])[0]
    return embedder if hasattr(embedder, "tokenize_line") else None


def tokenizer_of(embedder: Any) -> Tokenize:
    """By the embedder's own chunks, which know emphasis and textual inversions."""

    def tokenize(text: str) -> Sequence[int]:
        chunks, count = embedder.tokenize_line(text)
        return [token for chunk in chunks for token in chunk.tokens[1:-1]][:count]

    return tokenize


def _encode_with(model: Any) -> Callable[[Sequence[str], int, int], Conditioning]:
    from modules import devices
    from modules.prompt_parser import SdConditioning

    def encode(texts: Sequence[str], width: int, height: int) -> Conditioning:
        with devices.autocast():
            conditioning: Conditioning = model.get_learned_conditioning(
                SdConditioning(list(texts), width=width, height=height)
            )
        return conditioning

    return encode
