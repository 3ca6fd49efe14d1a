"""The mini checkpoint."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from lib_omost.hosts.diffusers.checkpoint import load_checkpoint


@pytest.fixture(scope="session")
def mini() -> Any:
    pytest.importorskip("diffusers", reason="the mini checkpoint needs it")
    return load_checkpoint(None, torch.device("cpu"))
