"""A run that is written down in a file, by one process or by those that torchrun starts."""

import json
import os
import subprocess
import sys

import pytest

from lm import backbones
from lm.names import Sources, Unavailable
from rewardmodels.learning import folder as folders
from rewardmodels.learning import heads
from rewardmodels.learning.settings.fields import SettingError
from tests.lm.tiny import save_encoder
from tests.training.learning import several
from tests.training.learning.small import SMALL, Count, save_policy
from training.learning import __main__ as command
from training.learning import briefs, keeping
from training.learning.commissions import Unrunnable

BRIEF = {
    "policy": "policy",
    "prompts": "prompts.jsonl",
    "rewards": {"a": "rewards/a"},
    "plan": {"components": [{"name": "a", "weight": 1.0}], "kl": {"role": "penalty", "coefficient": 0.1}},
    "algorithm": "rloo",
    "settings": SMALL,
    "seed": 3,
    "steps": 2,
    "folder": "run",
    "looking": {"prompts": "prompts.jsonl", "every": 1},
}
PROMPTS = ["a b", [{"role": "user", "content": "c"}], {"prompt": "d d a"}]


@pytest.fixture
def write(tmp_path, monkeypatch):
    """`write(steps=3)`: a folder with a brief and what it names, and the brief's path."""
    save_policy(tmp_path / "policy")
    (tmp_path / "prompts.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in PROMPTS))
    monkeypatch.setattr(briefs, "reward", lambda name, folder: Count(name))

    def made(**others):
        path = tmp_path / "brief.json"
        path.write_text(json.dumps({name: value for name, value in (BRIEF | others).items() if value is not ...}))
        return path

    return made


def told(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_run_that_is_written_down_is_made_and_gone_on_with(write, tmp_path, capsys):
    assert command.main([str(write())]) is None
    said = told(capsys)
    assert [one["step"] for one in said if "reward/a" in one] == [1, 2]
    assert [one["step"] for one in said if "held_out/a" in one] == [0, 1, 2]
    assert said[-1]["ended"] == "completed"
    assert keeping.kept(tmp_path / "run") == [2]
    assert command.main([str(write(steps=3))]) is None
    assert [one["step"] for one in told(capsys) if "reward/a" in one] == [3]


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({"steps": ...}, "lacks steps"),
        ({"speed": 3}, "has speed, which no run knows"),
        ({"steps": True}, "steps must be a whole number"),
        ({"prompts": "none.jsonl"}, "could not be read as prompts"),
        ({"policy": "nowhere"}, "hub are switched off"),
        ({"looking": {"checks": []}}, "looking has checks"),
        ({"settings": {"prompts": 0}}, "between 1 and 4096"),
        ({"rewards": {}}, r"rewards differ: \['a'\]"),
    ],
)
def test_a_brief_that_is_wrong_is_refused_in_a_sentence(write, others, sentence):
    path = write(**others)
    with pytest.raises((Unrunnable, SettingError, Unavailable), match=sentence):
        briefs.read(path)
    assert command.main([str(path)])


def test_a_file_that_is_no_brief_is_refused(tmp_path):
    (tmp_path / "brief.json").write_text("[")
    with pytest.raises(Unrunnable, match="could not be read as JSON"):
        briefs.read(tmp_path / "brief.json")


@pytest.mark.slow
def test_torchrun_makes_a_run_of_two_processes(tmp_path):
    """From a brief alone, against a reward model as it lies in its folder."""
    backbone = backbones.load(str(save_encoder(tmp_path / "encoder")), Sources(roots=(str(tmp_path),)))
    head = heads.Head(backbone.width, "identity")
    own = {
        "unit": "logit",
        "calibration": {"temperature": 1.0},
        "rendering": {"max_length": 64, "max_prompt": 32},
        "backbone": {"name": "encoder", "fingerprint": backbone.fingerprint},
    }
    folders.write(tmp_path / "rewards" / "a", head, backbone, own, shards=None)
    save_policy(tmp_path / "policy")
    (tmp_path / "prompts.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in PROMPTS))
    (tmp_path / "brief.json").write_text(json.dumps(BRIEF))
    given = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    paths = f"{several.ROOT}:{several.ROOT / 'platform'}"
    made = subprocess.run(
        [*given, "-m", "training.learning", str(tmp_path / "brief.json")],
        env={**os.environ, "PYTHONPATH": paths, "GLOO_SOCKET_IFNAME": "lo"},
        capture_output=True,
        text=True,
        timeout=several.LONGEST,
        check=False,
    )
    assert made.returncode == 0, made.stderr[-2_000:]
    said = [json.loads(line) for line in made.stdout.splitlines()]
    assert [one["step"] for one in said if "reward/a" in one] == [1, 2]  # said once, by the first
    assert said[-1]["ended"] == "completed"
    assert keeping.kept(tmp_path / "run") == [2]
