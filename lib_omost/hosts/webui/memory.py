"""The WebUI's share of the graphics memory: what is free, and its models off the card while a language model writes.

Another process counts, so "free" is what the driver says, not what torch keeps for itself.
"""

from __future__ import annotations

import sys
from typing import Any

from lib_omost.hosts.memory import HostMemory

FORGES_MANAGERS = ("backend.memory_management", "ldm_patched.modules.model_management")  # Forge's, and reForge's
ROOM_FOR_STEPS = 2 * 2**30  # bytes that a picture takes beside the weights: SDXL at 1024 × 1024 in half precision


def host_memory() -> HostMemory:
    """That of the WebUI in whose process this is."""
    manager = next((sys.modules[name] for name in FORGES_MANAGERS if name in sys.modules), None)
    host = _A1111() if manager is None else _Forge(manager)
    return HostMemory(
        free_bytes=free_bytes,
        free_host_memory=host.move_off,
        picture_memory_needed=host.picture_needs,
        take_back=host.take_back,
    )


def free_bytes() -> int | None:
    """Bytes that are free on the card that the host draws on; None when it draws on none."""
    from modules import devices

    if devices.device.type != "cuda":
        return None
    import torch

    return int(torch.cuda.mem_get_info(devices.device)[0])


class _A1111:
    """Its one checkpoint is moved whole, and does not come back by itself."""

    def __init__(self) -> None:
        self._moved: Any = None

    def move_off(self, _needed: int) -> None:
        """Between two pictures: what waits for the host's lock waits for the picture that is being made."""
        from modules import sd_models
        from modules.call_queue import queue_lock

        with queue_lock:
            model = sd_models.model_data.sd_model
            if model is not None:
                sd_models.send_model_to_cpu(model)
                self._moved = model

    def take_back(self) -> None:
        """Unless another checkpoint has taken its place: the host moves that one itself."""
        moved, self._moved = self._moved, None
        if moved is None:
            return
        from modules import sd_models

        if sd_models.model_data.sd_model is moved:
            sd_models.send_model_to_device(moved)

    def picture_needs(self) -> int:
        """Bytes of the weights that have to come back, and of the steps. With --medvram they come one by one."""
        from modules import sd_models

        model = sd_models.model_data.sd_model
        if model is None or getattr(model, "lowvram", False):
            return ROOM_FOR_STEPS
        return _off_card(model) + ROOM_FOR_STEPS


class _Forge:
    """Its manager moves models off, and back when a picture needs them."""

    def __init__(self, manager: Any) -> None:
        self._manager = manager

    def move_off(self, needed: int) -> None:
        """Between two pictures, as with A1111."""
        from modules.call_queue import queue_lock

        with queue_lock:
            self._manager.free_memory(needed, self._manager.get_torch_device())
            self._manager.soft_empty_cache()

    def take_back(self) -> None:
        """Nothing: the manager does it."""

    def picture_needs(self) -> int:
        """Bytes of the UNet that have to come back, and of the steps as the manager reckons."""
        from modules import sd_models

        objects = getattr(sd_models.model_data.sd_model, "forge_objects", None)
        weights = 0 if objects is None else _off_card(objects.unet.model)
        return weights + int(self._manager.minimum_inference_memory())


def _off_card(module: Any) -> int:
    """Bytes of the weights that are not on a graphics card."""
    return sum(weight.numel() * weight.element_size() for weight in module.parameters() if weight.device.type != "cuda")
