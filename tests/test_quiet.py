from __future__ import annotations

import importlib.util
import subprocess
import sys

import pytest

from lib_omost.quiet import quiet_bitsandbytes


def test_one_warning_is_kept_back_and_others_are_heard(caplog: pytest.LogCaptureFixture) -> None:
    import logging

    logger = logging.getLogger("bitsandbytes.backends.cpu.ops")
    unneeded = "Failed to load CPU gemm_4bit_forward from kernels-community: %s."
    with quiet_bitsandbytes():
        logger.warning(unneeded, "no kernels")
        logger.error("the library is broken")
    assert [record.getMessage() for record in caplog.records] == ["the library is broken"]
    logger.warning(unneeded, "no kernels")
    assert len(caplog.records) == 2


@pytest.mark.skipif(importlib.util.find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")
@pytest.mark.parametrize(
    "code",
    [
        "from lib_omost.mini.checkpoint import load_mini; load_mini()",
        "from lib_omost.hosts.diffusers.checkpoint import _pipeline_class as of; of('StableDiffusionPipeline')",
    ],
)
def test_opening_an_image_model_says_nothing_of_bitsandbytes(code: str) -> None:
    code += "; import sys; assert 'bitsandbytes' in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "gemm_4bit" not in done.stderr
