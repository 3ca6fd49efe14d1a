"""The number format that networks learn in."""

from __future__ import annotations

import torch


def fastest_precision(device: torch.device) -> torch.autocast:
    """bfloat16 for what is inside, where a processor multiplies in it: a fifth to a third of the time less."""
    helps = device.type == "cpu" and torch.cpu.get_capabilities().get("avx512_bf16", False)
    return torch.autocast(device.type, torch.bfloat16, enabled=helps)
