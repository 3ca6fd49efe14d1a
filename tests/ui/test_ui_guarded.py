"""The server's address, its key and the model: kept in a file of their own, and out of the host's settings."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lib_omost.settings.guarded import Guarded, GuardedFile
from lib_omost.ui.guarded_fields import KEY, MODEL, SERVER, guarded_options, show_guarded

URL = "http://127.0.0.1:11434"
SECRET = "sk-a-key-that-nobody-may-see"


@pytest.fixture
def file(tmp_path: Path) -> GuardedFile:
    return GuardedFile(lambda: tmp_path / "data" / "settings.json")


@pytest.fixture
def fields(host: SimpleNamespace, file: GuardedFile) -> dict[str, Any]:
    """name → (what the host's page makes of the option, the option)."""
    made = {}
    for name, option in guarded_options(file).items():
        box = option.component(label=option.label, value=option.default, elem_id=name, **option.component_args())
        made[name] = (box, option)
    return made


def enter(field: Any, text: str) -> dict[str, Any]:
    """Leave the field with that text in it, as the page does."""
    box, _ = field
    save, wiring = box.left[0]
    assert wiring["inputs"] == wiring["outputs"] == [box]
    return save(text)


def test_what_is_entered_is_kept_when_the_field_is_left(fields: dict, file: GuardedFile) -> None:
    assert enter(fields[SERVER], f" {URL} ")["value"] == URL
    assert enter(fields[KEY], SECRET) == {"value": "", "placeholder": "a key is kept"}
    enter(fields[MODEL], "someone/a-model")
    assert file.read() == Guarded("someone/a-model", URL, SECRET)
    enter(fields[MODEL], "server: tiny")
    assert file.read().model == "server: tiny"
    assert fields[SERVER][1].default == URL  # what the page shows when it is loaded anew
    assert fields[KEY][1].default == ""
    for box, _ in fields.values():
        assert len(box.left) == 2  # by Tab or a click elsewhere, and by Return
        assert all(wiring["api_name"] is False for _, wiring in box.left)


def test_what_was_kept_before_is_shown_but_not_what_the_api_tells(host: SimpleNamespace, file: GuardedFile) -> None:
    file.write(Guarded("someone/a-model", URL, SECRET))
    show_guarded(file)  # a host that has no such options
    host.shared.opts.data_labels |= guarded_options(file)
    told = {name: option.default for name, option in host.shared.opts.data_labels.items()}  # when the API is made
    assert set(told.values()) == {""}
    show_guarded(file)
    shown = {name: option.default for name, option in host.shared.opts.data_labels.items()}
    assert shown == {MODEL: "someone/a-model", SERVER: URL, KEY: ""}


def test_the_host_never_holds_them(fields: dict, host: SimpleNamespace) -> None:
    enter(fields[SERVER], URL)
    enter(fields[KEY], SECRET)
    assert host.shared.opts.data == {}
    assert all(option.do_not_save and option.restrict_api for _, option in fields.values())
    shown = [str(vars(thing)) for field in fields.values() for thing in field]
    assert SECRET not in "".join(shown)
    assert fields[KEY][0].keywords["type"] == "password"
    assert SECRET not in repr(Guarded("", URL, SECRET))


def test_a_key_is_never_sent_to_another_server(fields: dict, file: GuardedFile) -> None:
    enter(fields[SERVER], URL)
    enter(fields[KEY], SECRET)
    enter(fields[SERVER], URL)
    enter(fields[KEY], "")  # left without a change
    assert file.read().key == SECRET
    enter(fields[SERVER], "http://evil.example")
    assert file.read() == Guarded(server="http://evil.example")
    enter(fields[KEY], SECRET)
    enter(fields[SERVER], "")
    assert file.read() == Guarded()


@pytest.mark.parametrize(
    ("name", "text"),
    [(SERVER, "file:///etc/passwd"), (SERVER, "http://user:x@host"), (KEY, "with a\nline"), (MODEL, "no such model")],
)
def test_what_cannot_be_used_is_refused_with_what_to_do(
    fields: dict, file: GuardedFile, gradio: SimpleNamespace, name: str, text: str
) -> None:
    with pytest.raises(gradio.Error) as caught:
        enter(fields[name], text)
    assert len(str(caught.value)) > 20
    assert text not in str(caught.value) or name != KEY
    assert file.read() == Guarded()


@pytest.mark.parametrize(
    "switch",
    [
        {"freeze_settings": True},
        {"freeze_settings_in_sections": "sd, omost"},
        {"freeze_specific_settings": "x,omost_server"},
    ],
)
def test_frozen_settings_stay_as_they_are(
    fields: dict, file: GuardedFile, host: SimpleNamespace, gradio: SimpleNamespace, switch: dict
) -> None:
    vars(host.shared.cmd_opts).update(switch)
    with pytest.raises(gradio.Error, match="frozen"):
        enter(fields[SERVER], URL)
    assert file.read() == Guarded()
