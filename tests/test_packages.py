"""pip itself, on wheels made on the spot; nothing is fetched."""

from __future__ import annotations

import base64
import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from lib_omost.errors import OmostError
from lib_omost.packages import Pip, fault, install, install_lacking, installed_versions, is_met, lacking, renew

HELD = {name: version for name, version in installed_versions().items() if name in {"torch", "numpy"}}


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


def silent(python: str = sys.executable) -> Pip:
    return Pip("the packages", lambda _: None, python=python)


def made(folder: Path, needs: list[str], pip: Pip) -> None:
    """A folder with what is lacking, renewed."""
    renew(folder, lambda new: install_lacking(needs, HELD, pip, new), pip)


def frozen() -> str:
    return subprocess.run([sys.executable, "-m", "pip", "freeze"], capture_output=True, text=True, check=True).stdout


def test_what_is_lacking_goes_into_the_folder_and_this_python_stays_as_it_is(wheels: Path, tmp_path: Path) -> None:
    make_wheel(wheels, "omost_aaa", "1.0", ("omost_bbb>=2", "torch>=1", "numpy"))
    make_wheel(wheels, "omost_bbb", "2.1")
    make_wheel(wheels, "torch", "99.0")  # a newer one must not come along
    before, heard = frozen(), []
    folder = tmp_path / "extension" / "overlay"
    made(folder, ["omost_aaa"], Pip("the packages", heard.append))
    assert frozen() == before
    assert {file.name for file in folder.glob("*.py")} == {"omost_aaa.py", "omost_bbb.py"}
    assert "installing 2 packages" in " ".join(heard)
    assert heard[-1] == "installed"
    make_wheel(wheels, "omost_bbb", "3.0")
    made(folder, ["omost_bbb"], silent())
    assert {file.name for file in folder.glob("*.py")} == {"omost_bbb.py"}
    assert "3.0" in (folder / "omost_bbb.py").read_text()
    assert [path.name for path in folder.parent.iterdir()] == ["overlay"]


def test_a_failure_says_what_and_leaves_the_old_folder(wheels: Path, tmp_path: Path) -> None:
    folder = tmp_path / "overlay"
    folder.mkdir()
    (folder / "kept.py").touch()
    with pytest.raises(OmostError, match="omost_nothing") as caught:
        made(folder, ["omost_nothing"], silent())
    assert "language model on a server" in caught.value.hint
    assert (folder / "kept.py").exists()
    make_wheel(wheels, "omost_new", "1.0", ("torch>=99",))
    make_wheel(wheels, "torch", "99.0")
    with pytest.raises(OmostError):  # the host's torch is held
        made(folder, ["omost_new"], silent())
    with pytest.raises(OmostError, match="pip cannot be run"):
        made(folder, ["x"], silent("/no/such/python"))


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
    assert hint in fault("the packages", [line]).hint


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in for Python is a script with a first line")
def test_pip_is_ended_when_it_is_stopped_also_while_it_says_nothing(tmp_path: Path) -> None:
    python = tmp_path / "python"
    begun = tmp_path.with_suffix(".begun")
    code = f"import pathlib, time; pathlib.Path({str(begun)!r}).touch(); time.sleep(60)"
    ends = f"pathlib.Path({str(tmp_path / 'ended by itself')!r}).touch()"
    python.write_text(f"#!{sys.executable}\n{code}; {ends}\n", encoding="utf-8")
    python.chmod(0o755)
    pip = Pip("the packages", lambda _: None, begun.exists, str(python))
    with pytest.raises(OmostError, match="stopped"):
        made(tmp_path / "overlay", ["x"], pip)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["python"]


def test_what_is_added_comes_alone_and_leaves_the_rest(wheels: Path, tmp_path: Path) -> None:
    make_wheel(wheels, "omost_model", "1.0", ("omost_compiled",))
    (tmp_path / "overlay").mkdir()
    (tmp_path / "overlay" / "kept.py").touch()
    install(("omost_model>=1",), silent(), tmp_path / "overlay")
    assert {file.name for file in (tmp_path / "overlay").glob("*.py")} == {"kept.py", "omost_model.py"}


def test_into_the_interpreter_goes_what_it_lacks_and_no_more(
    wheels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_wheel(wheels, "omost_aaa", "1.0", ("omost_bbb", "pytest"))
    make_wheel(wheels, "omost_bbb", "2.1")
    make_wheel(wheels, "pytest", "999.0")  # a newer one of what is there
    monkeypatch.setenv("PIP_PREFIX", str(tmp_path / "prefix"))  # so that this interpreter stays clean
    wanted = lacking(["omost_aaa"], installed_versions(), silent())
    assert sorted(name.replace("_", "-") for name in wanted) == ["omost-aaa==1.0", "omost-bbb==2.1"]
    install(wanted, silent())
    assert {file.name for file in (tmp_path / "prefix").rglob("*.py")} == {"omost_aaa.py", "omost_bbb.py"}
    assert lacking(["pytest>=1"], installed_versions(), silent()) == []


def test_a_webuis_mirror_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def start(command: object, *, env: dict[str, str], **_: object) -> None:
        asked.append(env["PIP_INDEX_URL"])
        raise FileNotFoundError

    monkeypatch.setattr(subprocess, "Popen", start)
    monkeypatch.setenv("INDEX_URL", "http://127.0.0.1:9/simple")
    for own in (None, "http://127.0.0.1:8/simple"):  # pip's own word for it goes before
        monkeypatch.delenv("PIP_INDEX_URL", raising=False)
        if own is not None:
            monkeypatch.setenv("PIP_INDEX_URL", own)
        with pytest.raises(OmostError, match="pip cannot be run"):
            silent().run("list")
    assert asked == ["http://127.0.0.1:9/simple", "http://127.0.0.1:8/simple"]


def test_a_bare_interpreter_knows_what_it_has() -> None:
    """The WebUI's own Python at its first start: nothing but the standard library and pip."""
    script = (
        "import sys\n"
        "sys.modules['packaging'] = None\n"
        "from lib_omost.hosts.webui.packages import install_missing, read_needs\n"
        "from lib_omost.packages import is_met\n"
        "heavy = {'numpy', 'torch', 'packaging', 'httpx'}\n"
        "print(sorted(name for name in heavy if sys.modules.get(name)))\n"
        "print(is_met('pip>=1'), is_met('pip>=9999'), is_met('no-such-package'))\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["[]", "True False False"]


def test_a_requirement_for_other_platforms_is_met() -> None:
    assert is_met("no-such-package-here; sys_platform == 'none'")


@pytest.mark.parametrize(
    ("said", "own", "folders"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "free some", True),
        ("OSError: [Errno 122] Disk quota exceeded", "free some space", True),
        ("ERROR: [Errno 30] Read-only file system: '/x'", "cannot be changed by this user", True),
        ("ERROR: Could not install packages due to an OSError: [Errno 13] Permission denied: '/x'", "cannot be", True),
        ("ERROR: Connection to pypi.org timed out", "check the connection", False),
    ],
)
def test_a_disk_that_takes_no_more_is_named_and_no_connection(
    tmp_path: Path, said: str, own: str, folders: bool
) -> None:
    assert own in fault("the packages", [said]).hint
    hint = fault("the packages", [said], tmp_path).hint
    assert ("OMOST_DATA_DIR" in hint) == folders
    assert ("check the connection" in hint) != folders
