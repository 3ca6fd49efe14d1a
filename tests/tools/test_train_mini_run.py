"""The whole training command on a handful of pictures: it runs, survives a kill, and what it writes loads."""

import subprocess
import sys
import time

import psutil
import pytest

from lib_omost.mini.checkpoint import load_mini

TINY = ["--pictures", "4", "--vae-steps", "3", "--vae-batch", "2", "--steps", "5", "--batch", "2", "--save-every", "2"]


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


def test_killed_and_started_again_it_writes_the_same(whole, train_script, tmp_path):
    output = tmp_path / "killed"
    arguments = command(train_script, output, "--processes", "1")
    run = subprocess.Popen(arguments, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 400
    while not (tmp_path / "killed-run" / "diffusion.pt").exists() and time.monotonic() < deadline:
        assert run.poll() is None, "it ended before it could be killed"
        time.sleep(0.005)
    run.kill()
    run.wait()
    assert not output.exists()

    subprocess.run(arguments, check=True, capture_output=True, timeout=400)

    files = [file.relative_to(whole[0]) for file in whole[0].rglob("*") if file.is_file()]
    assert len(files) == 8
    assert all((output / file).read_bytes() == (whole[0] / file).read_bytes() for file in files)


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


@pytest.mark.parametrize("options", [["--steps", "0"], ["--batch", "3", "--processes", "2"]])
def test_settings_that_cannot_work_end_with_2(tmp_path, capsys, options):
    from train_mini import main

    assert main(["--output", str(tmp_path / "x"), *options]) == 2
    assert capsys.readouterr().err.strip()
    assert not list(tmp_path.iterdir())


def test_no_process_outlives_a_command_that_was_killed(train_script, tmp_path):
    arguments = command(train_script, tmp_path / "killed", "--processes", "2", "--steps", "100000")
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as run:
        assert any(line.startswith("diffusion") for line in run.stderr)
        workers = psutil.Process(run.pid).children(recursive=True)
        run.kill()
    _, alive = psutil.wait_procs(workers, timeout=60)
    for process in alive:
        process.kill()
    assert len(workers) >= 2
    assert not alive
