"""How a prompt's schedule is asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from lib_omost.hosts.webui.capabilities.processing import is_hires

Schedule = Callable[[str, int], Sequence[tuple[int, str]]]


def schedule_of(p: Any) -> Schedule:
    """A prompt of the prompt box and the pass's last step → (end_at_step, text) of its first AND part."""
    from modules import prompt_parser

    of_text = text_schedule_of(p)

    def schedule(prompt: str, steps: int) -> Sequence[tuple[int, str]]:
        _, texts, _ = prompt_parser.get_multicond_prompt_list([prompt])
        return of_text(texts[0], steps)

    return schedule


def text_schedule_of(p: Any) -> Schedule:
    """A text that is one part as a whole, and the pass's last step → (end_at_step, text)."""
    from modules import prompt_parser, shared

    is_second = is_hires(p)

    def schedule(text: str, steps: int) -> Sequence[tuple[int, str]]:
        base, hires = (p.firstpass_steps, steps) if is_second else (steps, None)
        timed = prompt_parser.get_learned_conditioning_prompt_schedules(
            [text], base, hires, shared.opts.use_old_scheduling
        )
        return [(int(end_at_step), words) for end_at_step, words in timed[0]]

    return schedule
