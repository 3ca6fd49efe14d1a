from collections.abc import Sequence
from typing import Any

AlwaysVisible: object

class Script:
    infotext_fields: Sequence[tuple[Any, str]]
    paste_field_names: Sequence[str]
    def elem_id(self, item_id: str) -> str: ...
