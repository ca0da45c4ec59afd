"""The most memory that a process has held."""

import subprocess
import sys

import pytest
import torch

from lm import devices

HELD = "import torch; from lm import devices; x = torch.ones(64 * 2**20, dtype=torch.uint8); del x; "
SAID = "print(devices.peak_bytes(torch.device('cpu')))"


@pytest.mark.skipif(not devices.STATUS.exists(), reason="This system does not tell a process's peak.")
def test_a_peak_is_remembered_when_what_was_held_is_gone():
    told = [
        int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)
        for code in ("import torch; from lm import devices; " + SAID, HELD + SAID)
    ]
    assert told[1] - told[0] > 48 * 2**20


def test_where_nothing_is_told_nothing_is_known(tmp_path, monkeypatch):
    monkeypatch.setattr(devices, "STATUS", tmp_path / "status")
    assert devices.peak_bytes(torch.device("cpu")) is None
    (tmp_path / "status").write_text("Name:\tpython\nVmHWM:\t   2048 kB\n")
    assert devices.peak_bytes(torch.device("cpu")) == 2 * 2**20
