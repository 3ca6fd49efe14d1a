from typing import Any

controlnet_filename_dict: dict[str, Any]
