"""What a job has to say to whoever asked for it, kept where no host can swallow it.

Hosts show what a job raises in ways of their own, and some not at all. So the reason of a refusal, and what a user
should know of a picture, are kept here too, by the id that the host gave the task; the page asks for them.
"""

from __future__ import annotations

import sys
import threading
from collections import OrderedDict
from dataclasses import dataclass

MOST_TASKS, MOST_WORDS, MOST_CHARS = 64, 20, 2000  # kept; of one task; of one text


@dataclass(frozen=True)
class Told:
    """One sentence. `is_refusal`: no picture came of it."""

    text: str
    is_refusal: bool = False


class ToldTasks:
    """What was told of the last tasks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tasks: OrderedDict[str, dict[Told, None]] = OrderedDict()

    def refused(self, reason: str) -> None:
        """The running task ends without a picture."""
        self._tell(Told(reason[:MOST_CHARS], is_refusal=True))

    def noted(self, note: str) -> None:
        """Something to know of the running task's picture."""
        self._tell(Told(note[:MOST_CHARS]))

    def of(self, task: str) -> tuple[Told, ...]:
        """What was told of a task, in order and each once; nothing of one that is not known."""
        with self._lock:
            return tuple(self._tasks.get(task, ()))

    def _tell(self, told: Told) -> None:
        task = running_task()
        if task is None:
            return
        with self._lock:
            words = self._tasks.setdefault(task, {})
            if told.is_refusal or len(words) < MOST_WORDS:
                words[told] = None
            self._tasks.move_to_end(task)
            while len(self._tasks) > MOST_TASKS:
                self._tasks.popitem(last=False)


def running_task() -> str | None:
    """The id of the host's running task, which the page that asked for it chose; None where the host has none."""
    task = getattr(sys.modules.get("modules.progress"), "current_task", None)
    return task if isinstance(task, str) else None
