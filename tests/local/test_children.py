"""Processes that the launcher waits for."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local import children
from local.children import Child, Program
from local.trouble import Trouble


@pytest.fixture
def child(tmp_path):
    """A process that lives until it is ended."""
    program = Program("web", [], tmp_path / "web.log", {}, Path.cwd())
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield Child(program, process)
    process.kill()
    process.communicate()


def test_a_slow_start_is_told_once_and_waited_for(child, capsys, monkeypatch):
    monkeypatch.setattr(children, "SLOW", -1.0)
    looks = iter([False, False, False, True])
    children.wait_until(lambda: next(looks), child)
    assert "".join(capsys.readouterr()).count("web is slow to answer") == 1


def test_a_start_that_never_answers_is_given_up(child):
    with pytest.raises(Trouble, match="web does not answer after 0 s"):
        children.wait_until(lambda: False, child, seconds=0)


def test_a_process_that_ends_instead_is_not_waited_for(child):
    child.process.send_signal(signal.SIGTERM)
    child.process.wait()
    with pytest.raises(Trouble, match="web was killed by SIGTERM"):
        children.wait_until(lambda: False, child)
