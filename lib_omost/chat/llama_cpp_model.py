"""A GGUF file run by llama-cpp-python, where that is installed: faster on a CPU than transformers."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

from lib_omost.chat.client.forms import CanvasForms, canvas_forms
from lib_omost.chat.client.request import GO_ON
from lib_omost.chat.client.tokens import estimate_tokens
from lib_omost.chat.grammar.bounds import Bounds
from lib_omost.chat.model import CONTEXT_TO_TRUST, Message, Piece, Sampling, never
from lib_omost.chat.models.catalogue import ModelSpec
from lib_omost.errors import ModelError


def load_llama_cpp(path: Path, spec: ModelSpec, *, on_cpu: bool) -> LlamaCppModel:
    """The model of a .gguf file. Raises ModelError when it cannot be loaded."""
    llama_cpp = importlib.import_module("llama_cpp")
    try:
        llama = llama_cpp.Llama(
            model_path=str(path), n_ctx=CONTEXT_TO_TRUST, n_gpu_layers=0 if on_cpu else -1, verbose=False
        )
    except Exception as error:
        raise ModelError(
            f"the language model at {path} cannot be loaded: {error}",
            hint="check that the file is complete and fits the memory",
        ) from error
    return LlamaCppModel(llama, llama_cpp.LlamaGrammar.from_string, spec, canvas_forms())


class LlamaCppModel:
    """A `LanguageModel` on a `llama_cpp.Llama`. `read_grammar` makes its grammar object of GBNF."""

    def __init__(
        self, llama: Any, read_grammar: Callable[..., Any], spec: ModelSpec, forms: CanvasForms | None
    ) -> None:
        self.knows_canvas = spec.knows_canvas
        self.bounds: Bounds | None = spec.bounds
        self.context_tokens = min(CONTEXT_TO_TRUST, int(llama.n_ctx()))
        self._llama = llama
        self._read_grammar = read_grammar
        self._forms = forms

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of these messages as a prompt, estimated from above: its chat template is applied within llama.cpp."""
        return estimate_tokens(messages)

    def stream(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        should_stop: Callable[[], bool] = never,
        grammar: str | None = None,
    ) -> Generator[Piece, None, None]:
        """Yield the reply as it is written, held to the canvas of `bounds` when a grammar is asked for.

        Raises ModelError when the model fails.
        """
        turns = list(messages)
        goes_on = bool(turns) and turns[-1].role == "assistant"
        if goes_on:
            turns.append(Message("user", GO_ON))
        held = None
        if grammar is not None and self.bounds is not None and self._forms is not None and not goes_on:
            held = self._read_grammar(self._forms.gbnf(self.bounds), verbose=False)
        try:
            chunks = self._llama.create_chat_completion(
                [{"role": turn.role, "content": turn.content} for turn in turns],
                temperature=sampling.temperature,
                top_p=sampling.top_p,
                max_tokens=sampling.max_new_tokens,
                seed=sampling.seed,
                grammar=held,
                stream=True,
            )
            tokens = 0
            for chunk in chunks:
                if should_stop():
                    return
                text = chunk["choices"][0]["delta"].get("content") or ""
                tokens += bool(text)
                yield Piece(text, tokens, tokens)
        except (RuntimeError, ValueError) as error:
            raise ModelError(
                f"the language model failed: {error}", hint="shorten the chat, or choose another"
            ) from error
