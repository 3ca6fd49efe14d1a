from typing import Any

class SdModelData:
    sd_model: Any

model_data: SdModelData

def get_closet_checkpoint_match(search_string: str) -> Any: ...
def send_model_to_cpu(m: Any) -> None: ...
def send_model_to_device(m: Any) -> None: ...
