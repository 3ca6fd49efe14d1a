"""What the owner of the program set for its chat, and what a user of the page asks of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from lib_omost.chat.client.kinds import Plans, ServerKind
from lib_omost.chat.conversation.conversation import Round
from lib_omost.chat.model import Sampling
from lib_omost.chat.models.catalogue import EMBEDDED
from lib_omost.chat.worker.launch import Device
from lib_omost.chat.worker.memory import Policy


@dataclass(frozen=True)
class ChatSettings:
    """What the owner set. Of these alone are addresses, hub ids and paths taken.

    `model` is the one that answers when a message names none: a name of the catalogue, a hub id, a folder, a .gguf
    file, or `server: NAME`, where no name is the server's first to chat with. `knows_canvas` tells whether that one was
    trained on canvases, None that its name does. `server` is the address of an OpenAI-compatible server, "" for none,
    `key` the key to it, `server_kind` what it is and `server_context` how many tokens it reads, if that is not to be
    found out; `server_plans` tells which of its models are asked for plans. `overlay` is the folder for the worker's
    packages, None when they are this Python's own; `kept` is one for weights that are converted once, None for none.
    `offline` forbids to fetch models. `is_reviewed`: a reply is compared with its message, and asked for once more
    where something is not as asked. `is_open`: others than the owner reach the page.
    """

    model: str = EMBEDDED.name
    knows_canvas: bool | None = None
    server: str = ""
    key: str = field(default="", repr=False)
    server_kind: ServerKind | None = None
    server_context: int | None = None
    server_plans: Plans = Plans.SMALL
    device: Device = Device.BEST
    policy: Policy = field(default_factory=Policy)
    overlay: Path | None = None
    kept: Path | None = None
    offline: bool = False
    is_reviewed: bool = True
    is_open: bool = False


@dataclass(frozen=True)
class ChatRequest:
    """A message after `rounds`.

    `begun` is the reply so far, to go on from. `unlike` are replies to the same message, the one beside it last, that
    the new one is to differ from: it is then sampled, by every model. `model` is a name that `ChatService.models`
    lists, "" for the one of the settings. How it is sampled is as in `Sampling`; `temperature` None is what suits the
    model, `seed` None draws one.
    Raises ValueError when a number is out of range.
    """

    rounds: tuple[Round, ...]
    message: str
    begun: str = ""
    unlike: tuple[str, ...] = ()
    model: str = ""
    temperature: float | None = None
    top_p: float = Sampling.top_p
    max_new_tokens: int = Sampling.max_new_tokens
    seed: int | None = None

    def __post_init__(self) -> None:
        self.sampling(0.0)

    def sampling(self, suiting: float) -> Sampling:
        """How the reply is sampled by a model that the temperature `suiting` suits."""
        temperature = suiting if self.temperature is None else self.temperature
        if self.unlike and temperature == 0:
            temperature = Sampling.temperature
        return Sampling(temperature, self.top_p, self.max_new_tokens, self.seed)
