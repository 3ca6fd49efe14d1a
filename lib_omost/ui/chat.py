"""The WebUI's one chat: made when it is first asked for, ended when the host unloads the extension."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from lib_omost.errors import OmostError
from lib_omost.settings.guarded import GuardedFile

if TYPE_CHECKING:
    from lib_omost.chat.service import ChatService


class Chat:
    """A `ChatService` that costs nothing until it is used."""

    def __init__(self, make: Callable[[], ChatService]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._service: ChatService | None = None
        self._is_closed = False

    def service(self) -> ChatService:
        """The service. Raises OmostError after the extension was unloaded."""
        with self._lock:
            if self._is_closed:
                raise OmostError("the WebUI was reloaded", hint="reload the page")
            if self._service is None:
                self._service = self._make()
            return self._service

    def before_picture(self) -> None:
        """Give the worker's memory back, if there is a worker."""
        service = self._service
        if service is not None:
            service.before_picture()

    def close(self) -> None:
        """End the service and its worker for good."""
        with self._lock:
            self._is_closed = True
            service, self._service = self._service, None
        if service is not None:
            service.close()


def service_in_webui(file: GuardedFile) -> ChatService:
    """The service with the host's settings and its share of the graphics memory."""
    from lib_omost.chat.service import ChatService
    from lib_omost.hosts.webui.memory import host_memory
    from lib_omost.ui.options import chat_settings

    return ChatService(lambda: chat_settings(file), host_memory())
