"""What diffusers' pipelines are called here."""

from __future__ import annotations

from typing import Any, TypeAlias

Pipeline: TypeAlias = Any  # any of diffusers' pipelines: they and their loaders are not typed
