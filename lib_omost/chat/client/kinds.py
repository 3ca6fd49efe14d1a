"""The kinds of servers, and how each holds a reply to a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Constraint(Enum):
    """How a reply is held to a form, by the field of the request that asks for it."""

    GBNF = "grammar, in GBNF"
    STRUCTURED_OUTPUTS = "structured_outputs.grammar"
    GUIDED_GRAMMAR = "guided_grammar"
    JSON_SCHEMA = "response_format of type json_schema"
    JSON_VALUE = "response_format of type json_object with the schema as its value"
    NONE = "none: the reply is repaired"

    @property
    def takes_grammars(self) -> bool:
        """Whether any grammar can be asked for, and not the canvas as JSON alone."""
        return self in {Constraint.GBNF, Constraint.STRUCTURED_OUTPUTS, Constraint.GUIDED_GRAMMAR}


class ServerKind(Enum):
    """A program that serves language models."""

    LLAMA_CPP = "llama.cpp"
    LLAMA_CPP_PYTHON = "llama-cpp-python"
    VLLM = "vllm"
    VLLM_OLD = "vllm-old"
    OLLAMA = "ollama"
    LM_STUDIO = "lm-studio"
    TGI = "tgi"
    TRANSFORMERS = "transformers-serve"
    OPENAI = "openai"
    OTHER = "other"

    @property
    def constraint(self) -> Constraint:
        """What its published API offers. An unknown server is not asked for what it may refuse."""
        return _CONSTRAINTS.get(self, Constraint.NONE)

    @property
    def continues(self) -> bool:
        """Whether it goes on with a last message of the assistant's instead of answering it."""
        return self in {ServerKind.LLAMA_CPP, ServerKind.VLLM, ServerKind.VLLM_OLD}


_CONSTRAINTS = {
    ServerKind.LLAMA_CPP: Constraint.GBNF,
    ServerKind.LLAMA_CPP_PYTHON: Constraint.GBNF,
    ServerKind.VLLM: Constraint.STRUCTURED_OUTPUTS,
    ServerKind.VLLM_OLD: Constraint.GUIDED_GRAMMAR,
    ServerKind.OLLAMA: Constraint.JSON_SCHEMA,
    ServerKind.LM_STUDIO: Constraint.JSON_SCHEMA,
    ServerKind.TGI: Constraint.JSON_VALUE,
    ServerKind.OPENAI: Constraint.JSON_SCHEMA,
}


class Plans(Enum):
    """Which models are asked for a plan, or for what changes, in a few lines that a grammar holds, where a server takes
    grammars; all others, and Omost's own always, write whole canvases."""

    SMALL = "from small models"
    ALL = "from every model but Omost's"
    NONE = "from none"


@dataclass(frozen=True)
class ModelFacts:
    """What a server says of one of its models: tokens of prompt and reply together, and how many parameters it has.

    None where it does not say.
    """

    context_tokens: int | None = None
    parameters: float | None = None


@dataclass(frozen=True)
class Server:
    """What a server was found to be.

    `models` are the names it lists, `to_chat` those that answer messages, the one to take unasked first.
    `context_tokens` is what it reads of prompt and reply together, whatever the model, None when it does not say.
    `facts` is what its list says of them. `prefix` is where its API lies below the endpoint's root.
    """

    kind: ServerKind
    constraint: Constraint
    models: tuple[str, ...] = ()
    context_tokens: int | None = None
    to_chat: tuple[str, ...] = ()
    facts: Mapping[str, ModelFacts] = field(default_factory=dict, hash=False)
    prefix: str = "/v1"
