from typing import Any

import torch

def images_tensor_to_samples(
    image: torch.Tensor, approximation: int | None = ..., model: Any | None = ...
) -> torch.Tensor: ...
