"""The text engines of transformers in the Forge family: one text at a time, and as long as it is.

The engines themselves are asked, not the model around them: that would take up the picture to begin from a second time,
and set the sampler's shift.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import torch

from lib_omost.errors import OmostError
from lib_omost.hosts.host import EncodedText
from lib_omost.prompts import BAG_LIMIT, Tokenize

LIMIT = 480  # tokens: what models were trained with is 512, with their frame around the text
T5, ANIMA = "text_processing_engine_t5", "text_processing_engine_anima"
CLIP, CLIP_G = "text_processing_engine_l", "text_processing_engine_g"
QWEN = ("text_processing_engine_gemma", "text_processing_engine_qwen")  # engines of language models, of any kind
VECTOR, CROSSATTN = "vector", "crossattn"
CLIP_TOKENS = BAG_LIMIT + 2  # with their frame, in front of T5's in SD3

EncodeOne = Callable[[Any], EncodedText]  # the host's list with one text in it


@dataclass(frozen=True)
class TransformerTexts:
    """tokenize: a text in prompt syntax → ids without what the engine adds. encode: one text. limit: of its tokens.

    state: equal while the user has the same encoders read it.
    """

    tokenize: Tokenize
    encode: EncodeOne
    limit: int = LIMIT
    state: object = None


def transformer_texts(model: Any) -> TransformerTexts | None:
    """Those of a loaded model, None where it has none of these engines."""
    held = {} if model is None else vars(model)
    if ANIMA in held:
        engine = held[ANIMA]
        return TransformerTexts(_tokenizer(engine.t5_tokenizer), lambda text: _anima(engine, text))
    if T5 in held and CLIP_G in held:
        tokenize = _tokenizer(held[CLIP].tokenizer)
        return TransformerTexts(tokenize, lambda text: _sd3(model, text), BAG_LIMIT, _reads_t5())
    if T5 in held:
        engine = held[T5]
        return TransformerTexts(_tokenizer(engine.tokenizer), lambda text: _t5(engine, held.get(CLIP), text))
    for name in QWEN:
        if name in held:
            return _language_model(held[name])
    return None


def _language_model(engine: Any) -> TransformerTexts | None:
    """One that gives a text's own states, or pads it with a sign that can be told."""
    if getattr(engine, "min_length", 1) <= 1:
        return TransformerTexts(
            _tokenizer(engine.tokenizer), lambda text: EncodedText(torch.cat(list(engine(text))).detach().clone(), {})
        )
    if not hasattr(engine, "id_pad"):
        return None
    return TransformerTexts(_tokenizer(engine.tokenizer), lambda text: _padded(engine, text))


def _padded(engine: Any, text: Any) -> EncodedText:
    """A text's states, in the engine's frame, and those of the padding that it puts behind."""
    (states,) = engine(text)
    (chunk,) = engine.tokenize_line(text[0])
    end = chunk.tokens.index(engine.id_pad) if engine.id_pad in chunk.tokens else len(chunk.tokens)
    rest = states[end:].detach().clone()
    return EncodedText(states[:end].detach().clone(), {}, rest if len(rest) else None)


def _t5(engine: Any, clip: Any, text: Any) -> EncodedText:
    """T5's states to the end sign, the padding that the engine puts behind, and CLIP's vector where it has that."""
    states = list(engine(text))  # one for each chunk, where the user wrote BREAK
    chunks, _ = engine.tokenize_line(text[0])
    ends = [chunk.tokens.index(engine.id_end) + 1 for chunk in chunks]
    tokens = torch.cat([state[:end] for state, end in zip(states, ends, strict=True)]).detach().clone()
    rest = states[-1][ends[-1] :].detach().clone()
    others = {} if clip is None else {VECTOR: clip(text)[1][0].detach().clone()}
    return EncodedText(tokens, others, rest if len(rest) else None)


def _sd3(model: Any, text: Any) -> EncodedText:
    """What the model itself puts together: both CLIPs' tokens side by side, T5's behind them to the end sign, and
    T5's padding. Where the user has switched T5 off, zeros stand in its place, which are padding alone."""
    ends = [0]
    if _reads_t5():
        engine = getattr(model, T5)
        ends = [chunk.tokens.index(engine.id_end) + 1 for chunk in engine.tokenize_line(text[0])[0]]
    if len(ends) > 1:
        raise OmostError(
            "BREAK cannot stand in a region of Stable Diffusion 3 with T5", hint="take BREAK out of the regions' texts"
        )
    encoded = model.get_learned_conditioning(text)
    states, vector = (encoded[name][0].detach() for name in (CROSSATTN, VECTOR))
    end = CLIP_TOKENS + ends[0]
    rest = states[end:].clone()
    return EncodedText(states[:end].clone(), {VECTOR: vector.clone()}, rest if len(rest) else None)


def _reads_t5() -> bool:
    """Whether the user has SD3 read by T5, too: a WebUI asks for that at each text."""
    from modules import shared

    return bool(getattr(shared.opts, "sd3_enable_t5", True))


def _anima(engine: Any, text: Any) -> EncodedText:
    """What the adapter gives for T5's ids, and the zeros that the engine puts behind."""
    (states,) = engine(text)  # (1, T, C)
    (chunk,) = engine.tokenize_line(text[0])
    end = len(chunk.t5_tokens)
    rest = states[0, end:].detach().clone()
    return EncodedText(states[0, :end].detach().clone(), {}, rest if len(rest) else None)


def _tokenizer(tokenizer: Any) -> Tokenize:
    def tokenize(text: str) -> Sequence[int]:
        pieces = _pieces(text)
        if not pieces:
            return ()
        return [token for ids in tokenizer(pieces, add_special_tokens=False)["input_ids"] for token in ids]

    return tokenize


def _pieces(text: str) -> list[str]:
    """A prompt as the engines take it apart, without weights and breaks."""
    from modules import shared

    emphasis, parsing = (
        import_module("backend.text_processing.emphasis"),
        import_module("backend.text_processing.parsing"),
    )
    option = emphasis.get_current_option(getattr(shared.opts, "emphasis", "Original"))
    parsed = parsing.parse_prompt_attention(text, option.name)
    return [piece for piece, weight in parsed if piece and not (piece == "BREAK" and weight == -1)]
