"""pip itself, on wheels made on the spot; nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lib_omost.chat.worker import overlay
from lib_omost.chat.worker.overlay import add_to_overlay, install_overlay, requirements
from lib_omost.errors import OmostError


def make_wheel(folder: Path, name: str, version: str, needs: tuple[str, ...] = ()) -> None:
    info = f"{name}-{version}.dist-info"
    requires = "".join(f"Requires-Dist: {need}\n" for need in needs)
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = ""
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record += f"{path},sha256={digest},{len(text)}\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, text in {**files, f"{info}/RECORD": record + f"{info}/RECORD,,\n"}.items():
            wheel.writestr(path, text)


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in ("PIP_CONSTRAINT", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null" if sys.platform != "win32" else "nul")
    return folder


def frozen() -> str:
    return subprocess.run([sys.executable, "-m", "pip", "freeze"], capture_output=True, text=True, check=True).stdout


def test_what_the_host_lacks_goes_into_the_overlay_and_the_host_stays_as_it_is(wheels: Path, tmp_path: Path) -> None:
    make_wheel(wheels, "omost_aaa", "1.0", ("omost_bbb>=2", "torch>=1", "numpy"))
    make_wheel(wheels, "omost_bbb", "2.1")
    make_wheel(wheels, "torch", "99.0")  # a newer one must not come along
    before, heard = frozen(), []
    folder = tmp_path / "extension" / "overlay"
    install_overlay(folder, heard.append, ["omost_aaa"])
    assert frozen() == before
    assert {file.name for file in folder.glob("*.py")} == {"omost_aaa.py", "omost_bbb.py"}
    assert "installing 2 packages" in " ".join(heard)
    assert heard[-1] == "installed"
    make_wheel(wheels, "omost_bbb", "3.0")
    install_overlay(folder, heard.append, ["omost_bbb"])
    assert {file.name for file in folder.glob("*.py")} == {"omost_bbb.py"}
    assert "3.0" in (folder / "omost_bbb.py").read_text()
    assert [path.name for path in folder.parent.iterdir()] == ["overlay"]


def test_a_failure_says_what_and_leaves_the_old_overlay(wheels: Path, tmp_path: Path) -> None:
    folder = tmp_path / "overlay"
    folder.mkdir()
    (folder / "kept.py").touch()
    with pytest.raises(OmostError, match="omost_nothing") as caught:
        install_overlay(folder, lambda _: None, ["omost_nothing"])
    assert "language model on a server" in caught.value.hint
    assert (folder / "kept.py").exists()
    make_wheel(wheels, "omost_new", "1.0", ("torch>=99",))
    make_wheel(wheels, "torch", "99.0")
    with pytest.raises(OmostError):  # the host's torch is held
        install_overlay(folder, lambda _: None, ["omost_new"])
    with pytest.raises(OmostError, match="pip cannot be run"):
        install_overlay(folder, lambda _: None, ["x"], python="/no/such/python")


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "free some space"),
        ("ERROR: SSLError(SSLCertVerificationError(1, 'certificate verify failed'))", "certificate"),
        ("WARNING: Retrying: Temporary failure in name resolution", "connection"),
        ("no such option: --report", "upgrade pip"),
        ("/usr/bin/python: No module named pip", "ensurepip"),
        ("", "see what pip says"),
    ],
)
def test_pips_own_words_lead_to_a_hint(line: str, hint: str) -> None:
    assert hint in overlay._fault([line]).hint


@pytest.mark.parametrize(
    ("torch", "first"), [("2.4.0+cu121", "transformers>=4.56,<6"), ("2.1.2", "transformers>=4.48,<4.56")]
)
def test_the_packages_fit_the_hosts_torch(monkeypatch: pytest.MonkeyPatch, torch: str, first: str) -> None:
    monkeypatch.setattr(overlay, "held_versions", lambda: {"torch": torch})
    assert requirements()[0] == first


@pytest.mark.parametrize("versions", [{}, {"torch": "1.13.1"}])
def test_without_a_torch_that_can_do_it_a_server_is_the_way(
    monkeypatch: pytest.MonkeyPatch, versions: dict[str, str]
) -> None:
    monkeypatch.setattr(overlay, "held_versions", lambda: versions)
    with pytest.raises(OmostError, match="torch"):
        requirements()


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for Python is a script with a first line")
def test_pip_is_ended_when_it_is_stopped_also_while_it_says_nothing(tmp_path: Path) -> None:
    python = tmp_path / "python"
    begun = tmp_path.with_suffix(".begun")
    code = f"import pathlib, time; pathlib.Path({str(begun)!r}).touch(); time.sleep(60)"
    ends = f"pathlib.Path({str(tmp_path / 'ended by itself')!r}).touch()"
    python.write_text(f"#!{sys.executable}\n{code}; {ends}\n", encoding="utf-8")
    python.chmod(0o755)
    with pytest.raises(OmostError, match="stopped"):
        install_overlay(tmp_path / "overlay", lambda _: None, ["x"], str(python), begun.exists)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["python"]


def test_what_is_added_comes_alone_and_leaves_the_rest(wheels: Path, tmp_path: Path) -> None:
    make_wheel(wheels, "omost_model", "1.0", ("omost_compiled",))
    (tmp_path / "overlay").mkdir()
    (tmp_path / "overlay" / "kept.py").touch()
    add_to_overlay(tmp_path / "overlay", ("omost_model>=1",), lambda _: None)
    assert {file.name for file in (tmp_path / "overlay").glob("*.py")} == {"kept.py", "omost_model.py"}
