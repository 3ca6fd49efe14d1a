"""`/omost/v1/told` and `/omost/v1/model`: what a job said, and whether the next one's model can be steered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, Field

from lib_omost.hosts.webui.told import ToldTasks
from lib_omost.page.guard import ANYONE, Guard
from lib_omost.page.routes import Routes


class ToldAnswer(BaseModel):
    """One thing that a job said."""

    text: str
    is_refusal: bool = Field(description="no picture came of the job")


class ModelAnswer(BaseModel):
    """The model that the next picture is drawn with."""

    name: str | None = Field(description="what kind of model, or which checkpoint; null while none is chosen")
    has_regions: bool | None = Field(description="null where that cannot be told before it is loaded")
    reason: str = Field(description="why it has none, and what to do")
    methods: list[str] = Field(description="those that it can do, its own first; none where that is not known")


def add_job_routes(app: FastAPI, told: ToldTasks, chosen: Callable[[], Any], guard: Guard = ANYONE) -> None:
    """Add the routes. A task is known by its id alone, which whoever started it chose: a page's is random.

    `chosen`: the model that the next picture is drawn with, a dataclass as `ModelAnswer` has it.
    """

    def told_of(task: str = "") -> Any:
        return [asdict(each) for each in told.of(task)]

    def model() -> Any:
        return asdict(chosen())

    routes = Routes(app, guard)
    routes.get("/omost/v1/told", told_of, response_model=list[ToldAnswer])
    routes.get("/omost/v1/model", model, response_model=ModelAnswer)
