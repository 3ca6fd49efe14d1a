"""Which model of a server is asked, and what to say when it is the wrong one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence

from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.kinds import Server, ServerKind
from lib_omost.chat.client.listed import ListedModel
from lib_omost.errors import ServerError

_MOST_NAMES = 8
# Names of models for something else than answering messages, where the list says nothing of their kind.
_OTHER_KINDS = re.compile(
    r"embed|(?<![a-z])(?:bge|e5|gte|minilm|colbert|clip|siglip)(?![a-z])|rerank|whisper|transcri|(?<![a-z])(?:tts|asr|ocr)"
    r"(?![a-z])|speech|(?<![a-z])audio|realtime|dall-?e|(?:gpt|chatgpt)-image|imagen|stable-diffusion|sdxl|(?<![a-z])flux|sora|"
    r"(?<![a-z])veo|moderation|guard|davinci|babbage|turbo-instruct|reward|deep-research|codex",
    re.IGNORECASE,
)
_ANSWERS = re.compile(r"instruct|chat|gpt|claude|gemini|(?<![a-z])it(?![a-z])", re.IGNORECASE)


def model_name(endpoint: Endpoint, server: Server) -> str:
    """The model that the user chose, else the one to chat with that the server has loaded, or lists first.

    "" leaves it to a `transformers serve` that lists none: it may be started for one model, which it does not list.
    Raises ServerError when another server lists none.
    """
    if endpoint.model:
        return endpoint.model
    if server.to_chat or server.models:
        return (*server.to_chat, *server.models)[0]
    if server.kind is ServerKind.TRANSFORMERS:
        return ""
    raise ServerError("the server lists no model", hint="load a model there, or give the model's name")


def in_order(models: Sequence[ListedModel]) -> tuple[str, ...]:
    """The names of those that chat, the one to take unasked first: one of Omost's, one that is loaded, one whose name
    says that it was trained to answer, else in the order of the list."""

    def rank(model: ListedModel) -> tuple[bool, bool, bool]:
        is_omost = "omost" in model.name.lower()
        return not is_omost, not model.is_loaded, _ANSWERS.search(model.name) is None

    return tuple(model.name for model in sorted(filter(chats, models), key=rank))


def chats(model: ListedModel) -> bool:
    """Whether a listed model answers messages, by what the list says of it, else by its name."""
    return model.is_chat and _OTHER_KINDS.search(model.name) is None


def is_pinned(endpoint: Endpoint, server: Server, error: ServerError) -> bool:
    """Whether a `transformers serve` refused a model of its list: it was started for another one.

    Not where the user chose the model, who is told then.
    """
    listed = bool(server.models) and not endpoint.model
    return listed and server.kind is ServerKind.TRANSFORMERS and error.status == 400 and "pinned" in str(error)


def with_names(endpoint: Endpoint, server: Server, error: ServerError) -> ServerError:
    """A refusal of the model's name, with what to choose instead; any other error as it is.

    `transformers serve` fails, with 500, at a name that it does not know, and at none.
    """
    failed = server.kind is ServerKind.TRANSFORMERS and error.status == 500
    unknown = failed and model_name(endpoint, server) not in server.models
    if error.status != 404 and not unknown:
        return error
    if server.models:
        named = _near(endpoint.model, server.to_chat or server.models)
        more = f", … ({len(server.models)} in all)" if len(server.models) > len(named) else ""
        hint = f"choose one of its models: {', '.join(named)}{more}"
    elif unknown:
        hint = "give the name of a model that the server has, as it knows it, or start it with one"
    else:
        return error
    return ServerError(str(error), hint=hint, received=error.received, status=error.status)


def _near(name: str, models: Sequence[str]) -> list[str]:
    """Some of the names, those that are most like `name` first."""
    alike = difflib.get_close_matches(name, models, _MOST_NAMES, cutoff=0.5)
    return [*alike, *(model for model in models if model not in alike)][:_MOST_NAMES]
