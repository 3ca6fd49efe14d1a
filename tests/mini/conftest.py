import pytest


@pytest.fixture(scope="session")
def mini():
    from lib_omost.mini.checkpoint import load_mini

    pipeline = load_mini()
    pipeline.set_progress_bar_config(disable=True)
    return pipeline
