"""An attribute that is replaced for the time of a block."""

from __future__ import annotations

import pytest

from lib_omost.hosts.replaced import replaced


class Owner:
    def name(self) -> str:
        return "class"


def test_it_hides_the_class_s_in_the_block_alone() -> None:
    owner = Owner()
    with replaced(owner, "name", lambda: "block"):
        assert owner.name() == "block"
    assert not vars(owner)
    assert owner.name() == "class"


@pytest.mark.parametrize("own", [lambda: "own", None])
def test_what_was_the_object_s_own_comes_back(own: object) -> None:
    """Another extension's, or what somebody set to nothing."""
    owner = Owner()
    vars(owner)["name"] = own
    with replaced(owner, "name", lambda: "outer"):
        with replaced(owner, "name", lambda: "inner"):
            assert owner.name() == "inner"
        assert owner.name() == "outer"
    assert vars(owner) == {"name": own}


def test_it_comes_back_however_the_block_ends() -> None:
    owner = Owner()
    with pytest.raises(KeyboardInterrupt), replaced(owner, "name", lambda: "block"):
        raise KeyboardInterrupt
    assert not vars(owner)


def test_one_that_is_gone_by_the_end_is_no_fault() -> None:
    owner = Owner()
    with replaced(owner, "name", lambda: "block"):
        del owner.name
    assert not vars(owner)
