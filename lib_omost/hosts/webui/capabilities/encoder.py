"""Where the text encoder is, and how it is asked."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch

from lib_omost.errors import BadInputError
from lib_omost.hosts.host import EncodedText
from lib_omost.hosts.webui.capabilities.defaults import defaults_for
from lib_omost.hosts.webui.capabilities.dynamic_prompts import signs_set_in
from lib_omost.hosts.webui.capabilities.encoder_state import hooks_of, state_of
from lib_omost.hosts.webui.capabilities.processing import CROSSATTN, Conditioning, Processing
from lib_omost.hosts.webui.capabilities.steerable import refusal_of
from lib_omost.hosts.webui.capabilities.styles import styles_of_host
from lib_omost.hosts.webui.capabilities.syntax import EMPHASIS, literal
from lib_omost.hosts.webui.capabilities.transformer_texts import TransformerTexts, transformer_texts
from lib_omost.prompts import BAG_LIMIT, TagStyle, Tokenize
from lib_omost.prompts.reader import TextReader

# SD1.x and SD2.x; SDXL; its refiner, which has the second of SDXL's two alone
ENGINES = ("text_processing_engine", "text_processing_engine_l", "text_processing_engine_g")
STAGES = ("cond_stage_model", "conditioner")  # likewise, in a model as A1111 has it
CHUNK = 75  # tokens of a prompt that a text encoder of the CLIP family reads at once


@dataclass(frozen=True)
class TextEncoder:
    """The host's own.

    tokenize: a text in prompt syntax → ids without BOS, EOS and padding.
    encode: texts of one `kind`, and the picture's width and height in pixels → each by itself.
    state: equal while the same text is encoded the same. kind: texts of which it is equal can go in one call.
    limit: the most tokens that are encoded together. in_chunks: whether a text is as long as so many chunks.
    """

    tokenize: Tokenize
    encode: Callable[[Sequence[str], int, int], Sequence[EncodedText]]
    state: object
    kind: Callable[[str], Hashable]
    limit: int = BAG_LIMIT
    in_chunks: bool = True


def text_encoder_of(p: Processing) -> TextEncoder:
    """That of the job's model. Raises OmostError when the model has none that is known."""
    if texts := transformer_texts(p.sd_model):
        encode = _one_by_one(p.sd_model, texts)
        state = (_state(p), texts.state)
        return TextEncoder(texts.tokenize, encode, state, lambda text: text, texts.limit, in_chunks=False)
    embedder = embedder_of(p.sd_model)
    if embedder is None:
        raise refusal_of(p.sd_model)
    tokenize = tokenizer_of(embedder)

    def kind(text: str) -> Hashable:
        """With emphasis each goes alone, since hosts rescale a call's embeddings by their common mean."""
        return text if EMPHASIS.search(text) else -(-max(1, len(tokenize(text))) // CHUNK)

    return TextEncoder(tokenize, _encode_with(p.sd_model), _state(p), kind)


def _state(p: Processing) -> object:
    """The host's own, and what other extensions hung on the text encoder."""
    held = vars(p.sd_model) if hasattr(p.sd_model, "__dict__") else {}
    engines = [held[name] for name in held if name.startswith(ENGINES[0])]
    stages = [stage for name in STAGES if (stage := getattr(p.sd_model, name, None)) is not None]
    return state_of(p), tuple(hooks_of(holder) for holder in (*engines, *stages))


def loaded_reader() -> TextReader | None:
    """How the checkpoint that is loaded now reads, None while none is: nothing is loaded to count tokens."""
    from modules import sd_models

    model = getattr(sd_models.model_data, "sd_model", None)
    texts, embedder = transformer_texts(model), embedder_of(model)
    if texts is None and embedder is None:
        return None
    tokenize, limit = (tokenizer_of(embedder), BAG_LIMIT) if texts is None else (texts.tokenize, texts.limit)
    from modules import shared

    signs = signs_set_in(getattr(shared, "opts", None))
    return TextReader(
        tokenize,
        limit,
        reads_syntax=True,
        literal=literal,
        style=_style_of(model),
        signs=signs,
        styles=styles_of_host(),
    )


def _style_of(model: Any) -> TagStyle:
    """The tag style that suits a loaded model; plain where the user's table cannot be used, which a job refuses."""
    try:
        return defaults_for(model).style
    except BadInputError:
        return TagStyle.PLAIN


def has_encoder(model: Any) -> bool:
    """Whether a loaded model has a text encoder that is known."""
    return transformer_texts(model) is not None or embedder_of(model) is not None


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


def _encode_with(model: Any) -> Callable[[Sequence[str], int, int], Sequence[EncodedText]]:
    from modules import devices
    from modules.prompt_parser import SdConditioning

    def encode(texts: Sequence[str], width: int, height: int) -> Sequence[EncodedText]:
        with devices.autocast():
            conditioning: Conditioning = model.get_learned_conditioning(
                SdConditioning(list(texts), width=width, height=height)
            )
        return [_row(conditioning, number) for number in range(len(texts))]

    return encode


def _row(encoded: Conditioning, number: int) -> EncodedText:
    # Copies: a view would keep the whole call's tensor alive in the cache.
    if not isinstance(encoded, Mapping):
        return EncodedText(encoded[number].detach().clone(), {})
    others = {name: value[number].detach().clone() for name, value in encoded.items()}
    return EncodedText(others.pop(CROSSATTN), others)


def _one_by_one(model: Any, texts: TransformerTexts) -> Callable[[Sequence[str], int, int], Sequence[EncodedText]]:
    from modules import devices
    from modules.prompt_parser import SdConditioning

    memory = import_module("backend.memory_management")

    def encode(group: Sequence[str], width: int, height: int) -> Sequence[EncodedText]:
        memory.load_model_gpu(model.forge_objects.clip.patcher)
        with torch.no_grad(), devices.autocast():
            return [texts.encode(SdConditioning([text], width=width, height=height)) for text in group]

    return encode
