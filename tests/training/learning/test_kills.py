"""A run whose process is killed comes to the weights of one that nobody disturbed, and leaves nothing half-written."""

import os
import subprocess
import sys

import pytest
import torch

from rewardmodels.learning import checkpoints as files
from tests.training.learning import mortal
from tests.training.learning.several import LONGEST, ROOT
from training.learning import checkpoints, keeping


def lived(folder, kind, steps, kills, seed):
    given = [str(folder), kind, *map(str, (steps, kills, seed))]
    made = subprocess.run(
        [sys.executable, "-m", "tests.training.learning.mortal", *given],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert made.returncode == 0, made.stderr[-2_000:]


def same(folder):
    """Everything that going on needs but what was measured in seconds, and every checkpoint that a rule keeps."""
    whole, killed = (files.load(folder / name / "run" / checkpoints.STATE) for name in ("whole", "killed"))
    assert whole.step == killed.step
    assert whole.tensors.keys() == killed.tensors.keys()
    assert all(torch.equal(one, killed.tensors[name]) for name, one in whole.tensors.items())
    for name in whole.numbers.keys() - {"watch"}:
        assert whole.numbers[name] == killed.numbers[name], name
    assert not list((folder / "killed" / "run").rglob(".*"))
    kept = keeping.kept(folder / "whole" / "run")
    assert keeping.kept(folder / "killed" / "run") == kept
    for step in kept:
        one, other = (keeping.folder_of(folder / name / "run", step) for name in ("whole", "killed"))
        weights = sorted(path.name for path in one.glob("*.safetensors"))
        assert weights
        for name in weights:
            assert (one / name).read_bytes() == (other / name).read_bytes()


def test_a_run_that_was_killed_twice_ends_with_the_same_weights(tmp_path):
    lived(tmp_path, "ppo", 6, 2, 1)
    same(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", mortal.KINDS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_run_that_was_killed_many_times_ends_with_the_same_weights(tmp_path, kind, seed):
    lived(tmp_path, kind, 12, 10, seed)
    same(tmp_path)
