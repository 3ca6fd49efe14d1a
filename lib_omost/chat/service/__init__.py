"""The chat of a page, in a WebUI and by itself: `ChatService`, what it is asked and what it tells."""

from lib_omost.chat.service.chat_service import ChatService
from lib_omost.chat.service.events import CanvasSoFar, End, Event, Failed, Meter, Note, Status, Written
from lib_omost.chat.service.listing import ModelState
from lib_omost.chat.service.settings import ChatRequest, ChatSettings

__all__ = [
    "CanvasSoFar",
    "ChatRequest",
    "ChatService",
    "ChatSettings",
    "End",
    "Event",
    "Failed",
    "Meter",
    "ModelState",
    "Note",
    "Status",
    "Written",
]
