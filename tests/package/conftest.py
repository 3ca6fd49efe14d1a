"""The tiny pipelines of the hosts' tests."""

from tests.hosts.conftest import circle_and_square, mini, tiny_sdxl

__all__ = ["circle_and_square", "mini", "tiny_sdxl"]
