from collections.abc import Sequence
from types import ModuleType
from typing import Any, NamedTuple

AlwaysVisible: object

class Script:
    infotext_fields: Sequence[tuple[Any, Any]]
    paste_field_names: Sequence[str]
    def elem_id(self, item_id: str) -> str: ...

class ScriptClassData(NamedTuple):
    script_class: type[Script]
    path: str
    basedir: str
    module: ModuleType

scripts_data: list[ScriptClassData]
