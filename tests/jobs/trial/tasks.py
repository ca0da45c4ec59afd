"""Handlers that succeed, refuse, crash, hang and remember."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from accounts.models import Group
from api.refusals import Invalid
from jobs import kinds
from jobs.work import Failed, Work


@kinds.register("trial.count", queue="short", label="Count")
def count(work: Work) -> dict[str, Any]:
    steps = work.arguments.get("steps", 4)
    for step in range(1, steps + 1):
        work.report(step, {"loss": 1 / step})
        work.progress(step / steps, "Counting")
        work.log(f"step {step}")
        time.sleep(work.arguments.get("pause", 0))
    return {"steps": steps}


@kinds.register("trial.refuse", queue="short")
def refuse(work: Work) -> dict[str, Any]:
    if work.arguments.get("domain"):
        raise Invalid("The file holds no rows.", field="file")
    raise Failed("There are no judgments yet: label something first.")


@kinds.register("trial.crash", queue="short")
def crash(work: Work) -> dict[str, Any]:
    raise ValueError("shapes (2, 3) and (4,) do not match")


@kinds.register("trial.die", queue="short")
def die(work: Work) -> dict[str, Any]:
    os.kill(os.getpid(), signal.Signals[work.arguments["signal"]])
    time.sleep(60)
    return {}


@kinds.register("trial.hang", queue="cpu")
def hang(work: Work) -> dict[str, Any]:
    """Starts a process of its own, says both numbers, and then hears nothing."""
    grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
    (work.folder / "pids").write_text(f"{os.getpid()} {grandchild.pid}")
    work.log("hanging")
    while True:
        time.sleep(1)


@kinds.register("trial.polite", queue="cpu")
def polite(work: Work) -> dict[str, Any]:
    (work.folder / "pids").write_text(str(os.getpid()))
    while True:
        time.sleep(0.05)
        work.progress(0.5, "Waiting to be stopped")


@kinds.register("trial.resume", queue="cpu")
def resume(work: Work) -> dict[str, Any]:
    """Crashes once at step 6 with a checkpoint at step 4, then goes on from there."""
    checkpoint = work.folder / "checkpoint"
    done = int(checkpoint.read_text()) if checkpoint.exists() else 0
    work.resume_from(done)
    for step in range(done + 1, 9):
        work.report(step, {"loss": float(10 * work.attempt + step)})
        if step == 4:
            checkpoint.write_text("4")
        if step == 6 and work.attempt == 1:
            raise RuntimeError("the lights went out")
    return {"from": done}


@kinds.register("trial.write", queue="short", atomic=True)
def write(work: Work) -> dict[str, Any]:
    """Rows and result are kept together or not at all."""
    Group.objects.create(workspace_id=work.workspace_id, name=f"attempt {work.attempt}")
    work.progress(0.5, "Half of the rows")
    if work.arguments.get("refuse"):
        raise Failed("Line 3 is broken.")
    if meanwhile := work.arguments.get("wait_for"):
        while not Path(meanwhile).exists():
            time.sleep(0.05)
    return {"groups": 1}
