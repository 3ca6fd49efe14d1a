"""The glossary that ships is the one of the lists."""

from __future__ import annotations

import pytest
from composer_training import glossary as lists

from lib_omost.compose.gloss import glossary


@pytest.mark.parametrize("language", ["de", "fr", "es", "it", "pt", "nl", "ru", "ja", "zh", "ko", "pl"])
def test_the_shipped_glossary_is_of_the_lists(language):
    assert glossary(language).exact == lists.glossary(language)
