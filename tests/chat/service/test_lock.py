"""The worker's tested versions: read, had without looking for others, given up where they clash; what is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.requirements import Requirement

from lib_omost.chat.models.catalogue import EMBEDDED, ModelSpec, Source
from lib_omost.chat.service import lock, packages
from lib_omost.chat.service.lock import Locked, Progress, clashes, read_lock
from lib_omost.chat.service.packages import STAMP, prepare
from lib_omost.packages import canonical, installed_versions
from tests.test_packages import make_wheel, wheels

__all__ = ["wheels"]
OTHER = ModelSpec("other", Source.PATH, "other")
LOCK = Path(packages.__file__).with_name("worker.txt").read_text()


def test_the_lock_holds_what_is_needed_at_versions_that_fit_each_other() -> None:
    locked = {one.name: one for one in read_lock(LOCK)}
    assert all(one.megabytes > 0 for one in locked.values())
    for need in packages._NEW:
        wanted = Requirement(need)
        assert wanted.specifier.contains(locked[canonical(wanted.name)].version)
    assert not {"torch", "numpy"} & locked.keys()


def test_the_tests_run_with_the_versions_that_are_locked() -> None:
    installed = installed_versions()
    locked = {one.name: one.version for one in read_lock(LOCK) if one.name in installed}
    names = [canonical(Requirement(need).name) for need in packages._NEW]
    assert {name: locked[name] for name in names if name in locked} == {
        name: installed[name] for name in names if name in locked
    }
    assert len(locked) > 25


@pytest.mark.parametrize("version", ["3.10", "3.11", "3.13"])
def test_each_python_has_one_version_of_each(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line for line in LOCK.splitlines() if line and not line.startswith("#")]
    names = []
    for line in lines:
        wanted = Requirement(line.partition("#")[0].strip())
        if wanted.marker is None or wanted.marker.evaluate({"python_version": version, "sys_platform": "linux"}):
            assert [each.operator for each in wanted.specifier] == ["=="]
            names.append(canonical(wanted.name))
    assert len(names) == len(set(names)) > 35
    assert ("tomli" in names) == (version == "3.10")


def test_markers_and_comments_are_minded() -> None:
    text = '# head\na-b==1.0  # 2\nc==2.0 ; python_version < "3"  # 1\nd==3 ; python_version >= "3"  # 0.5\nno line\n'
    assert list(read_lock(text)) == [Locked("a-b", "1.0", 2), Locked("d", "3", 0.5)]


@pytest.fixture
def overlay(wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_wheel(wheels, "omost_aaa", "1.0", ("omost_bbb>=1", "torch"))
    make_wheel(wheels, "omost_aaa", "1.1", ("omost_bbb>=1",))
    make_wheel(wheels, "omost_bbb", "1.0")
    make_wheel(wheels, "omost_model", "0.1.2", ("omost_compiled",))
    monkeypatch.setattr(packages, "_NEW", ("omost-aaa>=1",))
    monkeypatch.setattr(packages, "requirements", lambda: ("omost-aaa>=1",))
    monkeypatch.setattr(packages, "EMBEDDED_MODEL", "omost-model>=0.1")
    monkeypatch.setattr(packages, "_EMBEDDED", Locked("omost-model", "0.1.2", 94))
    return tmp_path / "data" / "overlay"


def lock_is(monkeypatch: pytest.MonkeyPatch, *locked: Locked) -> None:
    monkeypatch.setattr(packages, "tested_versions", lambda: locked)


def versions(folder: Path) -> dict[str, str]:
    found = (info.name.removesuffix(".dist-info") for info in folder.glob("*.dist-info"))
    return dict(name.split("-") for name in found)


AAA, BBB = Locked("omost-aaa", "1.0", 3), Locked("omost-bbb", "1.0", 1)


def test_the_tested_versions_come_in_one_go_and_no_others_are_looked_for(
    overlay: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock_is(monkeypatch, AAA, BBB)
    heard: list[str] = []
    prepare(overlay, EMBEDDED, heard.append)
    assert versions(overlay) == {"omost_aaa": "1.0", "omost_bbb": "1.0", "omost_model": "0.1.2"}
    assert heard[0] == "step 1 of 2, 0 of 98 MB, once only"
    assert heard[-1] == "step 2 of 2, unpacking, once only"
    assert not any(".whl" in line or "fit" in line for line in heard)
    assert (overlay / STAMP).exists()
    heard.clear()
    prepare(overlay, EMBEDDED, heard.append)
    assert heard == []


@pytest.mark.parametrize(
    ("locked", "why"),
    [
        ((Locked("omost-aaa", "1.0", 1),), "omost-aaa wants omost_bbb>=1; there is none"),  # a clash
        ((Locked("omost-aaa", "9.0", 1), BBB), "omost-aaa==9.0"),  # not for this platform, or withdrawn
    ],
)
def test_where_they_cannot_be_others_are_found_and_the_reason_is_told(
    overlay: Path, monkeypatch: pytest.MonkeyPatch, locked: tuple[Locked, ...], why: str
) -> None:
    lock_is(monkeypatch, *locked)
    heard: list[str] = []
    prepare(overlay, OTHER, heard.append)
    assert versions(overlay) == {"omost_aaa": "1.1", "omost_bbb": "1.0"}
    assert any("other versions than the tested ones" in line and why in line for line in heard)
    assert any("which can take minutes" in line for line in heard)


def test_the_hosts_own_count_where_the_folder_has_none(wheels: Path, tmp_path: Path) -> None:
    make_wheel(wheels, "omost_aaa", "1.0", ("pytest>=1", "numpy>=9999", 'omost_never ; extra == "more"'))
    folder = tmp_path / "folder"
    packages.install(("omost-aaa",), packages.Pip("it", lambda _: None), folder)
    (told,) = clashes(folder)
    assert told.startswith("omost-aaa wants numpy>=9999; there is ")


def test_what_this_python_has_at_the_tested_version_is_not_had_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "installed_versions", lambda: {"httpx": "0.28.1", "tqdm": "1.0"})
    names = {one.name for one in lock.tested_versions()}
    assert "httpx" not in names
    assert "tqdm" in names


def test_progress_counts_wheels_as_the_next_one_begins_and_no_metadata() -> None:
    heard: list[str] = []
    progress = Progress([Locked("a-b", "1", 10), Locked("c", "2", 30)], heard.append)
    progress.begin()
    for line in (
        "Collecting a-b==1",
        "Downloading a_b-1-py3-none-any.whl.metadata (2 kB)",
        "Downloading a_b-1-py3-none-any.whl (10 MB)",
        "Using cached https://somewhere/c-2-cp311-any.whl (30 MB)",
        "Installing collected packages: a-b, c",
    ):
        progress.hear(line)
    assert heard == [
        "step 1 of 2, 0 of 40 MB, once only",
        "step 1 of 2, 0 of 40 MB, once only",
        "step 1 of 2, 10 of 40 MB, once only",
        "step 2 of 2, unpacking, once only",
    ]
