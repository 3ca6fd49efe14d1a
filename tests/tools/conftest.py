import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
sys.path.insert(0, str(TOOLS))  # as for a script in that folder


@pytest.fixture(scope="session")
def train_script():
    return TOOLS / "train_mini.py"
