"""The whole training command on a handful of pictures: it runs, survives a kill, and what it writes loads."""

import signal
import subprocess
import sys
import time

import psutil
import pytest

from lib_omost.mini.checkpoint import load_mini
from lib_omost.mini.worlds import THINGS_WORLD, world_of

TINY = ["--vae-steps", "3", "--vae-batch", "2", "--steps", "5", "--batch", "2", "--save-every", "2"]


def command(script, output, *options):
    return [sys.executable, str(script), "--output", str(output), *TINY, *options]


def losses(stderr):
    return [line.split("rate")[0] for line in stderr.splitlines() if "  loss " in line]


@pytest.fixture(scope="module")
def whole(train_script, tmp_path_factory):
    output = tmp_path_factory.mktemp("train") / "whole"
    done = subprocess.run(
        command(train_script, output, "--processes", "1"), check=True, capture_output=True, text=True, timeout=400
    )
    assert done.stdout.strip() == str(output)
    return output, losses(done.stderr)


def test_it_writes_a_checkpoint_that_loads_and_draws(whole):
    pipeline = load_mini(whole[0])
    pipeline.set_progress_bar_config(disable=True)
    assert pipeline("a red circle", num_inference_steps=2).images[0].size == (128, 128)
    assert whole[1][-1].startswith("diffusion 5/5")
    assert world_of(whole[0]) is THINGS_WORLD


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
def test_stopped_and_started_again_it_writes_the_same(whole, train_script, tmp_path, by):
    output = tmp_path / "stopped"
    arguments = command(train_script, output, "--processes", "1")
    run = subprocess.Popen(arguments, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    awaited = tmp_path / "stopped-run" / ("diffusion.pt" if by == signal.SIGKILL else "vae.pt")
    deadline = time.monotonic() + 400
    while not awaited.exists() and time.monotonic() < deadline:
        assert run.poll() is None, "it ended before it could be stopped"
        time.sleep(0.005)
    run.send_signal(by)
    assert run.wait() == (-by if by == signal.SIGKILL else 0)
    assert not output.exists()

    subprocess.run(arguments, check=True, capture_output=True, timeout=400)

    files = [file.relative_to(whole[0]) for file in whole[0].rglob("*") if file.is_file()]
    assert len(files) == 9
    assert all((output / file).read_bytes() == (whole[0] / file).read_bytes() for file in files)


def test_a_run_is_written_as_it_stands(whole, tmp_path, capsys):
    from train_mini import main

    run, output = whole[0].with_name("whole-run"), tmp_path / "now"
    before = {file: file.read_bytes() for file in run.rglob("*") if file.is_file()}
    options = ["--output", str(output), "--run", str(run), *TINY]
    assert main([*options, "--steps", "500", "--export"]) == 0
    assert capsys.readouterr().out.strip() == str(output)
    files = [file.relative_to(output) for file in output.rglob("*") if file.is_file()]
    assert len(files) == 9
    assert all((output / file).read_bytes() == (whole[0] / file).read_bytes() for file in files)
    assert {file: file.read_bytes() for file in run.rglob("*") if file.is_file()} == before


def test_a_run_begins_with_an_autoencoder_that_was_trained_before(whole, train_script, tmp_path, capsys):
    from train_mini import main

    output, before = tmp_path / "again", whole[0] / "vae"
    arguments = command(train_script, output, "--processes", "1", "--autoencoder", str(before))
    done = subprocess.run(arguments, check=True, capture_output=True, text=True, timeout=400)
    assert {line.split()[0] for line in losses(done.stderr)} == {"diffusion"}
    weights = "diffusion_pytorch_model.safetensors"
    assert (output / "vae" / weights).read_bytes() == (before / weights).read_bytes()
    assert load_mini(output)("a red circle", num_inference_steps=2).images[0].size == (128, 128)

    run = whole[0].with_name("whole-run")
    asked = ["--output", str(output), "--run", str(run), *TINY, "--autoencoder"]
    assert main([*asked, str(before)]) == 2
    assert "trains an autoencoder of its own" in capsys.readouterr().err
    assert main([*asked, str(whole[0] / "unet")]) == 2
    assert str(whole[0] / "unet") in capsys.readouterr().err


def test_two_processes_do_what_one_does(whole, train_script, tmp_path):
    done = subprocess.run(
        command(train_script, tmp_path / "two", "--processes", "2"),
        check=True,
        capture_output=True,
        text=True,
        timeout=400,
    )
    found = losses(done.stderr)
    assert [line.split("loss")[0] for line in found] == [line.split("loss")[0] for line in whole[1]]
    for one, two in zip(whole[1], found, strict=True):
        assert float(two.split("loss")[1]) == pytest.approx(float(one.split("loss")[1]), abs=2e-3)


@pytest.mark.parametrize("options", [["--steps", "0"], ["--batch", "3", "--processes", "2"], ["--export"]])
def test_settings_that_cannot_work_end_with_2(tmp_path, capsys, options):
    from train_mini import main

    assert main(["--output", str(tmp_path / "x"), *options]) == 2
    assert capsys.readouterr().err.strip()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_outlives_a_command_that_was_stopped(train_script, tmp_path, by):
    arguments = command(train_script, tmp_path / "stopped", "--processes", "2", "--steps", "100000")
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as run:
        assert any(line.startswith("diffusion") for line in run.stderr)
        workers = psutil.Process(run.pid).children(recursive=True)
        run.send_signal(by)
        told = run.stderr.read()
    _, alive = psutil.wait_procs(workers, timeout=60)
    for process in alive:
        process.kill()
    assert len(workers) >= 2
    assert not alive
    if by == signal.SIGTERM:
        assert run.returncode == 0
        assert "goes on from here" in told
        assert (tmp_path / "stopped-run" / "diffusion.pt").exists()
