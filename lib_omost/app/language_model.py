"""The language models of the command line's options: one chat, as behind the page, open for as long as a block runs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lib_omost.chat.service import ChatService

KEY_VARIABLE = "OMOST_API_KEY"  # of the environment: a command line can be read by every user of the computer


@contextlib.contextmanager
def open_chats(
    model: str | None,
    server: str | None,
    *,
    context: int | None = None,
    plans: str | None = None,
    knows_canvas: bool | None = None,
    offline: bool = False,
    is_reviewed: bool = True,
) -> Iterator[ChatService]:
    """What writes replies; its worker ends with the block.

    `model` None is the embedded one, `context` is `ChatSettings.server_context`, `plans` the name of a `Plans`; the
    others are as there. The packages of a worker are this Python's own.
    """
    from lib_omost.chat.client.kinds import Plans
    from lib_omost.chat.service import ChatService, ChatSettings
    from lib_omost.data_folder import data_folder

    settings = ChatSettings(
        model=ChatSettings.model if model is None else model,
        knows_canvas=knows_canvas,
        server=server or "",
        key=os.environ.get(KEY_VARIABLE, ""),
        server_context=context,
        server_plans=Plans[plans.upper()] if plans else ChatSettings.server_plans,
        kept=data_folder() / "composer",
        offline=offline,
        is_reviewed=is_reviewed,
    )
    service = ChatService(lambda: settings)
    try:
        yield service
    finally:
        service.close()
