"""The body of a chat request: OpenAI's fields, and those that one kind of server adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lib_omost.chat.client.kinds import Server, ServerKind
from lib_omost.chat.model import Message, Sampling

AS_JSON = (
    "\n\nReply with one JSON object instead of code. Its keys are the arguments of the calls above: those of the global"
    " description, and a list of the local descriptions, each with its own."
)
GO_ON = "Your last reply was cut off. Go on exactly where it stopped, without repeating anything."
GO_ON_AS_JSON = (
    "Your last reply was cut off. Reply with one JSON object instead of code: its key regions holds a list of the local"
    " descriptions that are still to come, each with its own arguments, and none of those that are there."
)
# They may refuse fields beyond OpenAI's first ones, or warn of them at each message.
_PLAIN = frozenset({ServerKind.OTHER, ServerKind.LLAMA_CPP_PYTHON, ServerKind.TRANSFORMERS})


def chat_body(
    server: Server,
    model: str,
    messages: Sequence[Message],
    sampling: Sampling,
    *,
    as_json: bool,
) -> dict[str, Any]:
    """The request for one streamed reply, but for what holds it to a form.

    A last message of the assistant's is one to go on with; a server that would answer it instead is asked in words.
    `as_json` tells the model that its reply, or the rest of it, will be JSON.
    """
    goes_on = bool(messages) and messages[-1].role == "assistant"
    turns = list(messages)
    if goes_on and not server.kind.continues:
        turns.append(Message("user", GO_ON_AS_JSON if as_json else GO_ON))
    if as_json and not goes_on:
        turns = _asked_for_json(turns)
    body: dict[str, Any] = {
        **({"model": model} if model else {}),
        "messages": [{"role": turn.role, "content": turn.content} for turn in turns],
        "stream": True,
        "temperature": sampling.temperature,
        "max_completion_tokens" if server.kind is ServerKind.OPENAI else "max_tokens": sampling.max_new_tokens,
    }
    if sampling.top_p < 1:  # some servers refuse the 1 that means "all"
        body["top_p"] = sampling.top_p
    if sampling.seed is not None:
        body["seed"] = sampling.seed
    if server.kind not in _PLAIN:
        body["stream_options"] = {"include_usage": True}
    if server.kind is ServerKind.LLAMA_CPP:
        body |= {"cache_prompt": True, "return_progress": True}  # keys and values of the last prompt are used again
    if goes_on and server.kind in {ServerKind.VLLM, ServerKind.VLLM_OLD}:
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    return body


def _asked_for_json(turns: list[Message]) -> list[Message]:
    if turns and turns[0].role == "system":
        return [Message("system", turns[0].content + AS_JSON), *turns[1:]]
    return [Message("system", AS_JSON.strip()), *turns]
