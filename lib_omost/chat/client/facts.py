"""What a server says of one model: how much it reads, and how large it is.

Most servers read less of a chat than the model could, and drop the rest without a word: what counts is how the model is
loaded, not how it was trained.
"""

from __future__ import annotations

import re
from typing import Any

from lib_omost.chat.client.ask import positive, try_ask
from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.kinds import ModelFacts, Server, ServerKind
from lib_omost.chat.client.listed import ListedModel, read_list
from lib_omost.chat.models.parameters import parameters_in

UNLOADED = 4096  # tokens; what Ollama and LM Studio load a model with unless they are told otherwise
_NUM_CTX = re.compile(r"^num_ctx\s+(\d+)", re.MULTILINE)


def facts_of(endpoint: Endpoint, server: Server, model: str) -> ModelFacts:
    """What the server says of a model; asked anew each time, since models are loaded and unloaded.

    A server that says nothing, or no longer answers, leaves None.
    """
    if server.kind is ServerKind.OLLAMA:
        return _of_ollama(endpoint, model)
    if server.kind is ServerKind.LM_STUDIO:
        entry = _named(read_list(endpoint, try_ask(endpoint, "/api/v0/models")), model)
        if entry is None:
            return ModelFacts()
        most = entry.context_tokens or UNLOADED
        return ModelFacts(most if entry.is_loaded else min(most, UNLOADED), entry.parameters)
    if server.kind is ServerKind.LLAMA_CPP and server.context_tokens is None:  # it routes to models, each with its own
        settings = try_ask(endpoint, f"/props?model={model}&autoload=false").get("default_generation_settings")
        return ModelFacts(positive(settings.get("n_ctx")) if isinstance(settings, dict) else None)
    return server.facts.get(model, ModelFacts())


def _of_ollama(endpoint: Endpoint, model: str) -> ModelFacts:
    """A loaded model's context by `/api/ps`; before that, what its file asks for or what Ollama gives by itself."""
    shown = try_ask(endpoint, "/api/show", {"model": model})
    details = shown.get("details")
    size = details.get("parameter_size") if isinstance(details, dict) else None
    parameters = parameters_in(size) if isinstance(size, str) else None
    running = try_ask(endpoint, "/api/ps").get("models")
    for entry in running if isinstance(running, list) else []:
        is_it = isinstance(entry, dict) and _is_same(model, str(entry.get("name")))
        if is_it and (tokens := positive(entry.get("context_length"))):
            return ModelFacts(tokens, parameters)
    wanted = _NUM_CTX.search(str(shown.get("parameters", "")))
    return ModelFacts(min(int(wanted[1]) if wanted else UNLOADED, _trained(shown)), parameters)


def _is_same(model: str, name: str) -> bool:
    """Ollama's names end in `:latest` where nothing else is said."""
    return name in {model, f"{model}:latest"}


def _trained(shown: dict[str, Any]) -> int:
    """The most that the model itself can read."""
    info = shown.get("model_info")
    pairs = info.items() if isinstance(info, dict) else ()
    known = [tokens for key, value in pairs if str(key).endswith(".context_length") and (tokens := positive(value))]
    return min(known, default=2**31)


def _named(models: tuple[ListedModel, ...], name: str) -> ListedModel | None:
    return next((model for model in models if model.name == name), None)
