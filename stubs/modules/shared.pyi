from collections.abc import Callable
from typing import Any

class State:
    interrupted: bool
    skipped: bool

class OptionInfo:
    default: Any
    do_not_save: bool
    section: tuple[str, str] | None
    def __init__(
        self,
        default: Any = ...,
        label: str = ...,
        component: Callable[..., Any] | None = ...,
        component_args: dict[str, Any] | Callable[[], dict[str, Any]] | None = ...,
        onchange: Callable[[], None] | None = ...,
        section: tuple[str, str] | None = ...,
        *,
        restrict_api: bool = ...,
    ) -> None: ...
    def info(self, info: str) -> OptionInfo: ...
    def needs_reload_ui(self) -> OptionInfo: ...

class OptionHTML(OptionInfo):
    def __init__(self, text: str) -> None: ...

class Options:
    upcast_attn: bool
    use_old_scheduling: bool
    data_labels: dict[str, OptionInfo]
    def add_option(self, key: str, info: OptionInfo) -> None: ...

state: State
opts: Options
cmd_opts: Any
loaded_hypernetworks: list[object]
