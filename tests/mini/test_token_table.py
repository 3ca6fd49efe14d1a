"""A table with few trained rows survives being stored sparsely, exactly."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.mini.token_table import SparseTable, pack_table, table_from, without_table


@given(st.data(), st.integers(3, 40), st.integers(1, 5))
def test_expanding_what_was_packed_gives_the_table(data, size, width):
    trained = data.draw(st.sets(st.integers(0, size - 1), max_size=size // 2))
    generator = torch.Generator().manual_seed(data.draw(st.integers(0, 999)))
    table = torch.randn(width, generator=generator).repeat(size, 1)
    for token in trained:
        table[token] = torch.randn(width, generator=generator)

    packed = pack_table(table)

    assert torch.equal(packed.expand(size), table)
    if len(trained) < size - 1:
        assert packed.ids.tolist() == sorted(trained)


def test_its_tensors_travel_beside_others():
    table = SparseTable(torch.tensor([1]), torch.ones(1, 2, dtype=torch.float16), torch.zeros(2, dtype=torch.float16))
    file = {"other": torch.zeros(1), **table.tensors()}
    assert table_from(file).expand(3).tolist() == [[0, 0], [1, 1], [0, 0]]
    assert table_from(file).expand(3).dtype == torch.float16
    assert list(without_table(file)) == ["other"]
    with pytest.raises(KeyError):
        table_from({"token_embedding.ids": torch.zeros(1)})
