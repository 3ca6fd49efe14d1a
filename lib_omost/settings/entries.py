"""What a text that is entered makes of the guarded settings: checked, and nothing lost or sent where it must not go."""

from __future__ import annotations

from dataclasses import replace

from lib_omost.settings.guarded import Guarded


def with_model(before: Guarded, text: str) -> Guarded:
    """With another language model. Raises BadInputError when the name means nothing."""
    from lib_omost.chat.models.catalogue import find_model
    from lib_omost.chat.service.listing import ON_SERVER

    if text and not text.startswith(ON_SERVER):
        find_model(text)
    return replace(before, model=text)


def with_server(before: Guarded, text: str) -> Guarded:
    """With another server, to which the key of the one before is never sent. Raises BadInputError for a bad address."""
    from lib_omost.chat.client.endpoint import Endpoint

    if text:
        Endpoint(text)
    return before if text == before.server else replace(before, server=text, key="")


def with_key(before: Guarded, text: str) -> Guarded:
    """With a new key; an empty field leaves the one that is kept. Raises BadInputError when it cannot be one."""
    from lib_omost.chat.client.endpoint import Endpoint

    if text:
        Endpoint(before.server or "http://127.0.0.1", text)
    return replace(before, key=text or before.key)
