"""`/omost/v1/chat` and what belongs to it: models, a streamed reply, stopping it, histories as files.

A conversation lives in the page: each message brings all rounds before it, so tabs and pages share nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal, Protocol

from fastapi import FastAPI
from pydantic import BaseModel, Field

from lib_omost.chat.conversation.conversation import Conversation, Round, clean_text
from lib_omost.chat.conversation.history import read_history, write_history
from lib_omost.chat.conversation.history_json import read_history_json, write_history_json
from lib_omost.chat.model import Sampling
from lib_omost.errors import BadInputError, OmostError
from lib_omost.page.events import EventStream, Running
from lib_omost.page.guard import ANYONE, Guard
from lib_omost.page.routes import Routes

if TYPE_CHECKING:
    from lib_omost.chat.service import ChatRequest, Event, ModelState

MAX_MESSAGE_CHARS = 20_000
MAX_ROUNDS = 200
MAX_HISTORY_CHARS = 2_000_000


class Chats(Protocol):
    """What writes replies: `lib_omost.chat.service.ChatService`."""

    def models(self) -> Sequence[ModelState]:
        """The models that a message may name."""
        ...

    def chosen(self) -> str:
        """The one that answers when a message names none."""
        ...

    def write(self, request: ChatRequest, should_stop: Callable[[], bool]) -> Iterator[Event]:
        """What happens while a reply is written, as it happens."""
        ...

    def install(self, should_stop: Callable[[], bool]) -> Iterator[Event]:
        """What happens while the chosen model is made ready, as it happens."""
        ...

    def look(self, png: bytes, question: str, model: str, should_stop: Callable[[], bool]) -> str:
        """A model's answer to a question about a picture."""
        ...

    def unload(self) -> None:
        """Give the memory of the language model back."""
        ...


class RoundData(BaseModel):
    """One message and the reply to it."""

    message: str
    reply: str


class Rounds(BaseModel):
    """A conversation."""

    rounds: list[RoundData] = []


class ChatBody(Rounds):
    """A message, the rounds before it, and how its reply is written; `begun` is a reply to go on from.

    The canvas of the last round is the one that stands; code in it may hold free rectangles.
    """

    id: str = Field(min_length=8, max_length=64, description="names this reply for /omost/v1/stop")
    message: str = Field(max_length=MAX_MESSAGE_CHARS)
    begun: str = Field(default="", max_length=MAX_HISTORY_CHARS)
    unlike: list[str] = Field(default=[], description="replies that it is to differ from, the one on the page last")
    model: str = Field(default="", description="one that /omost/v1/models lists; empty: the one of the settings")
    temperature: float | None = Field(default=None, description="null: what suits the model")
    top_p: float = Sampling.top_p
    max_new_tokens: int = Sampling.max_new_tokens
    seed: int | None = None


class StopBody(BaseModel):
    """Which reply to stop."""

    id: str


class HistoryText(BaseModel):
    """A conversation as the text of a file, Markdown or JSON."""

    text: str = Field(max_length=MAX_HISTORY_CHARS)


class HistoryAsk(Rounds):
    """A conversation to be written as a file."""

    form: Literal["md", "json"] = "md"


def add_chat_routes(app: FastAPI, chats: Callable[[], Chats], guard: Guard = ANYONE) -> None:
    """Add the routes. `chats` is asked at the first message."""
    routes = Routes(app, guard)
    running = Running()

    def models() -> Any:
        return {"models": [asdict(state) for state in chats().models()], "chosen": chats().chosen()}

    def chat(body: ChatBody) -> Any:
        from lib_omost.chat.service import ChatRequest  # not at a host's start

        try:
            request = ChatRequest(
                rounds=_rounds(body),
                message=clean_text(body.message, "message"),
                begun=body.begun,
                unlike=tuple(body.unlike),
                model=body.model,
                temperature=body.temperature,
                top_p=body.top_p,
                max_new_tokens=body.max_new_tokens,
                seed=body.seed,
            )
        except ValueError as error:
            raise BadInputError(str(error)) from error
        stop = running.start(body.id)
        return running.answer(body.id, _heard(lambda: chats().write(request, stop.is_set)))

    def install(body: StopBody) -> Any:
        stop = running.start(body.id)
        return running.answer(body.id, _heard(lambda: chats().install(stop.is_set)))

    def stop(body: StopBody) -> Any:
        return {"stopped": running.stop(body.id)}

    def unload() -> Any:
        chats().unload()
        return {}

    def read(body: HistoryText) -> Any:
        conversation = (read_history_json if body.text.lstrip().startswith("{") else read_history)(body.text)
        rounds = [{"message": each.message, "reply": each.reply} for each in conversation.rounds]
        return {"rounds": rounds, "pending": conversation.pending}

    def write(body: HistoryAsk) -> Any:
        conversation = Conversation(_rounds(body))
        return {"text": (write_history_json if body.form == "json" else write_history)(conversation)}

    routes.get("/omost/v1/models", models)
    routes.post("/omost/v1/chat", chat, response_model=None, response_class=EventStream)
    routes.post("/omost/v1/install", install, response_model=None, response_class=EventStream)
    routes.post("/omost/v1/stop", stop)
    routes.post("/omost/v1/unload", unload)
    routes.post("/omost/v1/history/read", read)
    routes.post("/omost/v1/history/write", write)


def _rounds(body: Rounds) -> tuple[Round, ...]:
    if len(body.rounds) > MAX_ROUNDS:
        raise BadInputError(
            f"the chat has {len(body.rounds)} rounds; at most {MAX_ROUNDS} fit", hint="begin a new chat"
        )
    return tuple(Round(clean_text(each.message, "message"), clean_text(each.reply, "reply")) for each in body.rounds)


def _heard(begin: Callable[[], Iterator[Event]]) -> Generator[dict[str, Any], None, None]:
    """The events of what begins; an error is the last of them, since the answer has begun by then."""
    from lib_omost.chat.service import Failed

    try:
        for event in begin():
            yield event.to_json()
    except OmostError as error:
        yield Failed(str(error), error.hint, getattr(error, "received", "")).to_json()
