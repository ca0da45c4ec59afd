"""Scores as a fresh process gives them; it starts slowly, so one reads several folders."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PROGRAM = """
import json, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from lm.templates import conversation
from rewardmodels.learning import scoring
asked = json.load(sys.stdin)
items = [(conversation(prompt) if isinstance(prompt, str) else prompt, answer) for prompt, answer in asked["items"]]
found = [scoring.open_folder(Path(folder)).score(items) for folder in asked["folders"]]
print(json.dumps([[score.reward for score in scores] for scores in found]))
"""


def scores(folders, items):
    """One list a folder."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps({"folders": [str(folder) for folder in folders], "items": items}),
        env={"PATH": "", "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
