"""The section of the host's settings, and what the chat and the widgets make of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from lib_omost.chat.client.kinds import Plans, ServerKind
from lib_omost.chat.service import ChatSettings
from lib_omost.chat.worker.launch import Device
from lib_omost.chat.worker.memory import EndAfter, Policy
from lib_omost.errors import BadInputError
from lib_omost.settings.guarded import Guarded, GuardedFile
from lib_omost.ui.options import add_options, chat_settings, widget_defaults


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GuardedFile:
    monkeypatch.setenv("OMOST_DATA_DIR", str(tmp_path))
    return GuardedFile()


def test_the_defaults_are_the_chats_own(host: SimpleNamespace, file: GuardedFile) -> None:
    without = chat_settings(file)  # before the section was made
    add_options(file)
    settings = chat_settings(file)
    assert settings == without
    assert settings == ChatSettings(overlay=settings.overlay, kept=settings.kept)
    assert settings.overlay is not None
    assert widget_defaults() == {"method": "auto", "style": "auto"}


def test_every_option_is_in_the_section_and_has_the_name_of_the_extension(
    host: SimpleNamespace, file: GuardedFile
) -> None:
    add_options(file)
    options = host.shared.opts.data_labels
    assert len(options) == 16
    assert all(name.startswith("omost_") and option.section == ("omost", "Omost") for name, option in options.items())
    saved = {name for name, option in options.items() if not option.do_not_save}
    assert saved == options.keys() - {"omost_model", "omost_server", "omost_key", "omost_install"}
    assert host.shared.opts.data.keys() == saved


def test_what_the_owner_sets_is_what_the_chat_goes_by(host: SimpleNamespace, file: GuardedFile, tmp_path: Path) -> None:
    add_options(file)
    host.shared.opts.data |= {
        "omost_server_kind": "ollama",
        "omost_server_context": 6000,
        "omost_server_plans": "from every model but Omost's",
        "omost_device": "offload",
        "omost_idle_minutes": 3,
        "omost_unload": "always",
        "omost_offline": True,
        "omost_review": False,
        "omost_method": "decomposition",
        "omost_style": "no such style",
    }
    file.write(Guarded("omost-phi-3-mini", "http://127.0.0.1:1", "sk-x"))
    settings = chat_settings(file)
    assert settings == ChatSettings(
        model="omost-phi-3-mini",
        server="http://127.0.0.1:1",
        key="sk-x",
        server_kind=ServerKind.OLLAMA,
        server_context=6000,
        server_plans=Plans.ALL,
        device=Device.OFFLOAD,
        policy=Policy(3.0, EndAfter.ALWAYS),
        overlay=settings.overlay,
        kept=settings.kept,
        offline=True,
        is_reviewed=False,
    )
    assert settings.overlay is not None
    assert settings.kept is not None
    assert tmp_path in settings.kept.parents
    assert tmp_path in settings.overlay.parents
    assert widget_defaults() == {"method": "decomposition"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("omost_server_kind", "worker"),
        ("omost_server_context", -1),
        ("omost_server_context", 1e12),
        ("omost_server_context", float("nan")),
        ("omost_server_context", "many"),
        ("omost_server_plans", "from me"),
        ("omost_server_plans", True),
        ("omost_device", "cuda:7; rm"),
        ("omost_unload", ["never"]),
        ("omost_idle_minutes", 1e12),
        ("omost_idle_minutes", float("nan")),
        ("omost_idle_minutes", "5"),
    ],
)
def test_what_an_api_caller_sets_wrongly_is_refused_by_name(
    host: SimpleNamespace, file: GuardedFile, name: str, value: object
) -> None:
    add_options(file)
    host.shared.opts.data[name] = value
    if name == "omost_server_kind":
        assert "worker" not in host.shared.opts.data_labels[name].component_args["choices"]
    with pytest.raises(BadInputError, match=name):
        chat_settings(file)


def test_the_same_names_over_the_api_reach_no_address(host: SimpleNamespace, file: GuardedFile) -> None:
    add_options(file)
    host.shared.opts.data |= {"omost_server": "http://evil.example", "omost_model": "evil/model", "omost_key": "x"}
    settings = chat_settings(file)
    assert (settings.server, settings.model, settings.key) == ("", "smollm2", "")


@pytest.mark.parametrize(
    ("flags", "is_open"),
    [
        ({}, False),
        ({"listen": True}, True),
        ({"share": True}, True),
        ({"ngrok": "token"}, True),
        ({"server_name": "0.0.0.0"}, True),
        ({"server_name": "127.0.0.1", "listen": False, "share": False, "ngrok": None}, False),
    ],
)
def test_the_chat_knows_whether_others_reach_the_page(
    host: SimpleNamespace, file: GuardedFile, flags: dict[str, object], is_open: bool
) -> None:
    add_options(file)
    vars(host.shared.cmd_opts).update(flags)
    assert chat_settings(file).is_open == is_open
