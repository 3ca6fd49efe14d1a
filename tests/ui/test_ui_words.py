"""The tables of `localizations/`, in the hosts' format: every string that people see, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from lib_omost.app.web import painter
from lib_omost.app.web.check_by_colors import NOT_DRAWN, NOTHING
from lib_omost.app.web.server import words_for
from lib_omost.canvas import AREAS, LOCATIONS, OFFSETS
from lib_omost.chat.client.kinds import ServerKind
from lib_omost.chat.models.catalogue import CATALOGUE
from lib_omost.chat.service.events import INSTALLING
from lib_omost.chat.service.listing import OPEN_AND_UNFILTERED, State
from lib_omost.chat.worker.status import Phase
from lib_omost.settings.fields import FIELDS, TITLE
from lib_omost.settings.guarded import Guarded, GuardedFile
from lib_omost.ui.mount import mount_html
from lib_omost.ui.options import add_options

ROOT = Path(__file__).parents[2]
TABLES = sorted((ROOT / "localizations").glob("*.json"))
PROPER_NAMES = {TITLE} | {kind.value for kind in ServerKind if kind is not ServerKind.OTHER}
CALL = re.compile(r'(?<![\w.$])t\(("(?:[^"\\]|\\.)*")\)')
PLACEHOLDER = re.compile(r"\{\w+\}")


def of_the_page() -> set[str]:
    """What the modules of JavaScript say, and what they translate of the server's."""
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "javascript").rglob("*.*js")]
    literals = {json.loads(literal) for source in sources for literal in CALL.findall(source)}
    phases = {phase.value for phase in Phase} | {"installing what it needs"}
    stages = set(re.findall(r'progress\("([^"]+)"', Path(str(painter.__file__)).read_text(encoding="utf-8")))
    notes = {spec.note for spec in CATALOGUE} | {
        spec.title for spec in CATALOGUE if re.search("[a-z] [a-z]|bits", spec.title)
    }
    words = {*LOCATIONS, *OFFSETS, *AREAS}
    return (
        literals
        | phases
        | stages
        | {"drawing", NOT_DRAWN, NOTHING, OPEN_AND_UNFILTERED}
        | set(get_args(State))
        | notes
        | words
        | {"txt2img", "img2img"}
    )


def of_the_widgets(gradio: SimpleNamespace) -> set[str]:
    """What the accordion says."""
    from lib_omost.ui.accordion import Accordion

    Accordion().build(str, is_img2img=True)
    mount = re.search(r">([^<]+)<", mount_html("txt2img"))
    assert mount is not None
    rows = {text for field in FIELDS for text in (field.label, field.help, *field.choices)}
    return rows | {str(button.arguments[0]) for button in gradio.buttons} | {mount[1]}


def of_the_settings(host: SimpleNamespace, file: GuardedFile) -> set[str]:
    """What the section of the host's settings says, with a key and without."""
    seen: set[str] = set()
    for key in ("", "secret"):
        file.write(Guarded(key=key))
        add_options(file)
        for option in host.shared.opts.data_labels.values():
            given: Any = option.component_args() if callable(option.component_args) else option.component_args or {}
            seen |= set(re.findall(r">([^<]+)<", str(option.default)))  # words among the settings
            seen |= {option.label, option.comment_after, given.get("placeholder", ""), *given.get("choices", ())}
    return seen


@pytest.fixture
def strings(
    host: SimpleNamespace, gradio: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> set[str]:
    monkeypatch.setenv("OMOST_DATA_DIR", str(tmp_path))
    return (of_the_page() | of_the_widgets(gradio) | of_the_settings(host, GuardedFile())) - PROPER_NAMES - {""}


def test_the_installing_phase_is_worded_as_the_page_knows_it() -> None:
    source = (ROOT / "lib_omost/chat/service/chat_service.py").read_text(encoding="utf-8")
    assert INSTALLING == "installing"
    assert "installing what it needs: " in source


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_a_table_has_every_string_and_no_other(table: Path, strings: set[str]) -> None:
    known = json.loads(table.read_text(encoding="utf-8"))
    assert sorted(strings - known.keys()) == []
    assert sorted(known.keys() - strings) == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_a_translation_keeps_what_is_filled_in(table: Path) -> None:
    for english, other in json.loads(table.read_text(encoding="utf-8")).items():
        assert other.strip(), english
        assert sorted(PLACEHOLDER.findall(other)) == sorted(PLACEHOLDER.findall(english)), english


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh_CN"),
        ("fr-FR,zh;q=0.5", "zh_CN"),
        ("en-US,en;q=0.9,zh;q=0.8", None),
        ("fr", None),
        ("*", None),
        ("", None),
        ("../../x", None),
    ],
)
def test_the_page_by_itself_takes_the_first_language_that_has_a_table(accepted: str, language: str | None) -> None:
    expected = {} if language is None else json.loads((ROOT / f"localizations/{language}.json").read_text("utf-8"))
    assert json.loads(words_for(accepted)) == expected


@pytest.mark.parametrize("table", TABLES, ids=lambda path: path.stem)
def test_the_draft_has_one_name_that_nothing_else_has(table: Path) -> None:
    words = json.loads(table.read_text(encoding="utf-8"))
    (name,) = {words["Over the draft"].removeprefix(words["Over the picture"][:2]).removesuffix("上")}
    assert name in words["Start from the draft"]
    with_it = {text for text, said in words.items() if name in said}
    assert with_it == {text for text in words if "draft" in text.lower()}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_a_method_is_called_the_same_in_every_sentence(table: Path) -> None:
    known = json.loads(table.read_text(encoding="utf-8"))
    for english, other in known.items():
        if re.search(r"\bthe method\b", english, re.IGNORECASE):
            assert known["Method"] in other, english
