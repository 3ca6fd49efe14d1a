"""The table of fields and the settings model say the same, in both directions."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib_omost.errors import BadInputError
from lib_omost.methods.names import CROSS_METHODS, JOINT_METHODS, METHOD_NAMES, method_for
from lib_omost.settings.fields import FIELDS
from lib_omost.settings.model import Settings, read_arguments
from lib_omost.settings.schema import schema


def test_the_table_and_the_model_have_the_same_fields_in_the_same_order_with_the_same_defaults() -> None:
    others = {"method": "auto", "style": "auto"}  # of a page; one that names none is told apart
    found = [(one.name, others.get(one.name, one.default)) for one in fields(Settings)]
    assert [(field.name, field.default) for field in FIELDS] == found


def test_every_name_and_infotext_key_is_there_once() -> None:
    for values in ([field.name for field in FIELDS], [field.infotext for field in FIELDS]):
        assert len(set(values)) == len(values)


def test_an_infotext_key_is_never_the_beginning_of_a_colon_or_comma_list() -> None:
    assert not any(set(field.infotext) & set(',:"') for field in FIELDS)


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
def test_a_value_of_another_kind_is_refused_by_name(field: object) -> None:
    wrong = {"enabled": True, field.name: ["a list"]}  # type: ignore[attr-defined]
    with pytest.raises(BadInputError, match=field.name):  # type: ignore[attr-defined]
        read_arguments([wrong])


@pytest.mark.parametrize("field", [field for field in FIELDS if field.choices], ids=lambda field: field.name)
def test_every_choice_is_taken_and_no_other(field: object) -> None:
    for choice in field.choices:  # type: ignore[attr-defined]
        assert getattr(read_arguments([{field.name: choice}]), field.name) == choice  # type: ignore[attr-defined]
    with pytest.raises(BadInputError, match="must be one of"):
        read_arguments([{field.name: "something else"}])  # type: ignore[attr-defined]


@pytest.mark.parametrize(("value", "fits"), [(0.9, True), (0.99, True), (0.89, False), (1, False)])
def test_bounds_hold(value: float, fits: bool) -> None:
    if fits:
        assert read_arguments([{"denoise": value}]).denoise == value
    else:
        with pytest.raises(BadInputError, match=r"0\.9 to 0\.99"):
            read_arguments([{"denoise": value}])


def test_none_and_missing_values_are_the_defaults() -> None:
    assert read_arguments([]) == read_arguments([None, None]) == Settings()


def test_a_dict_means_it_unless_it_says_otherwise() -> None:
    assert read_arguments([{}]).enabled
    assert not read_arguments([{"enabled": False}]).enabled


def test_overrides_come_on_top() -> None:
    assert read_arguments([True, "code", "score"], {"method": "plain"}).method == "plain"


def test_the_schema_describes_every_field() -> None:
    described = schema()["properties"]
    assert list(described) == [field.name for field in FIELDS]
    for field in FIELDS:
        assert described[field.name].get("enum", []) == list(field.choices)
        assert ("minimum" in described[field.name]) == (field.bounds is not None)


@pytest.mark.parametrize("name", ["method", "denoise", "style", "canvas"])
def test_the_axes_that_plots_need_are_offered(name: str) -> None:
    assert next(field for field in FIELDS if field.name == name).axis


@pytest.mark.parametrize("value", [10**400, -(10**400), float("nan"), float("inf"), 0])
def test_a_number_beyond_all_bounds_is_refused_by_its_field(value: float) -> None:
    with pytest.raises(BadInputError, match=r"denoise must be 0\.9 to 0\.99"):
        Settings(denoise=value)


def test_an_infotext_can_be_written_to_a_file_whatever_the_canvas() -> None:
    told = Settings(enabled=True, canvas="half of one: \ud800, a whole one: \ud83d\ude00").infotext()
    assert told["Omost canvas"] == "half of one: \ufffd, a whole one: 😀"
    "".join(map(str, told.values())).encode()


@pytest.mark.parametrize("method", METHOD_NAMES)
def test_a_picture_restores_the_method_it_was_drawn_with(method: str) -> None:
    """Also `score` of old pictures, whatever a new page begins with."""
    told = Settings(enabled=True, method=method).infotext()
    assert told["Omost method"] == method
    assert read_arguments([{"method": told["Omost method"]}]).method == method


@pytest.mark.parametrize("arguments", [[{}], [{"canvas": "x"}], [True, "x"], [True, "x", None]])
def test_a_call_or_preset_without_a_method_means_what_it_did_before_there_was_another(arguments: list) -> None:
    method = read_arguments(arguments).method
    assert method_for(method, METHOD_NAMES) == "score"
    assert method_for(method, JOINT_METHODS) == "layout"  # which cannot do score
    assert schema()["properties"]["method"]["default"] == "score"


def test_a_page_begins_with_the_models_own_method() -> None:
    (begins,) = (field.default for field in FIELDS if field.name == "method")
    assert begins == "auto"
    assert [method_for(begins, one) for one in (METHOD_NAMES, CROSS_METHODS, JOINT_METHODS, ())] == [
        "sketch",
        "score",
        "layout",
        "score",
    ]
    assert all(method_for(name, METHOD_NAMES) == name for name in METHOD_NAMES)


@given(st.integers(0, 200).map(lambda cents: cents / 100), st.text(max_size=20))
def test_whatever_weight_a_job_tells_is_restored(weight: float, net: str) -> None:
    (depth,) = (field for field in FIELDS if field.name == "depth")
    assert depth.number_in(f"{weight:g} by {net}") == weight


@given(st.text(max_size=30))
def test_what_is_restored_of_any_text_fits_the_field(told: str) -> None:
    (depth,) = (field for field in FIELDS if field.name == "depth")
    number = depth.number_in(told)
    assert number is None or Settings(depth=number).depth == number
