from typing import Any

supported_preprocessors: dict[str, Any]

def try_load_supported_control_model(ckpt_path: str) -> Any: ...
