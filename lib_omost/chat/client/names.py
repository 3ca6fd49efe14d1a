"""Which model of a server is asked, and what to say when it is the wrong one."""

from __future__ import annotations

from lib_omost.chat.client.endpoint import Endpoint
from lib_omost.chat.client.kinds import Server, ServerKind
from lib_omost.errors import ServerError

_MOST_NAMES = 8


def model_name(endpoint: Endpoint, server: Server) -> str:
    """The model that the user chose, else the first one that the server lists.

    "" leaves it to a `transformers serve` that lists none: it may be started for one model, which it does not list.
    Raises ServerError when another server lists none.
    """
    if endpoint.model:
        return endpoint.model
    if server.models:
        return server.models[0]
    if server.kind is ServerKind.TRANSFORMERS:
        return ""
    raise ServerError("the server lists no model", hint="load a model there, or give the model's name")


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
        more = ", …" if len(server.models) > _MOST_NAMES else ""
        hint = f"choose one of its models: {', '.join(server.models[:_MOST_NAMES])}{more}"
    elif unknown:
        hint = "give the name of a model that the server has, as it knows it, or start it with one"
    else:
        return error
    return ServerError(str(error), hint=hint, received=error.received, status=error.status)
