"""What a run leaves behind while it goes: samples, alarms and checkpoints, each written only while it holds its job."""

import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from jobs.work import Work
from training import places
from training.models import Checkpoint, Run, RunAlarm, RunSample

if TYPE_CHECKING:
    from training.learning.observing import SampleRow

ADAPTER = "adapter_config.json"


def samples(work: Work, run: Run, step: int, rows: "Sequence[SampleRow]") -> None:
    """The samples of a step, in place of any that an earlier attempt left there."""
    made = [
        RunSample(
            run=run,
            step=step,
            place=place,
            prompt=[dict(turn) for turn in row["prompt"]],
            response=stored(row["response"]),
            reference=stored(row["reference"]),
            rewards=dict(row["rewards"]),
            kl=row["kl"],
        )
        for place, row in enumerate(rows)
    ]
    with work.holding():
        RunSample.objects.filter(run=run, step=step).delete()
        RunSample.objects.bulk_create(made)


def stored(text: str) -> str:
    """What PostgreSQL takes: a policy may say anything."""
    return text.replace("\x00", "�")


def alarm(work: Work, run: Run, name: str, step: int, text: str) -> None:
    with work.holding():
        RunAlarm.objects.update_or_create(run=run, name=name, step=step, defaults={"text": text})
    work.log(text)


def forget(work: Work, run: Run, step: int) -> None:
    """What was kept past a step is made again."""
    with work.holding():
        run.samples.filter(step__gt=step).delete()
        run.alarms.filter(step__gt=step).delete()


def checkpoint(work: Work, run: Run, step: int, folder: Path, figures: dict[str, float]) -> None:
    """Keep the folder beside those that the run still keeps by its rule; drop the rest.

    The files are linked rather than copied: the run's own folder and what can be exported lie on one file system.
    """
    target = places.checkpoint(run.pk, step)
    draft = target.with_name(f".{step}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        for path in files(folder):
            linked(path, draft / path.relative_to(folder))
        row = described(draft, figures)
        with work.holding():
            shutil.rmtree(target, ignore_errors=True)
            draft.replace(target)
            Checkpoint.objects.update_or_create(run=run, step=step, defaults=row)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    drop_others(work, run, still_kept(folder.parent) | {step})


def linked(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copy2(source, target)


def described(folder: Path, figures: dict[str, float]) -> dict[str, Any]:
    found = files(folder)
    return {
        "sha256": sha256(folder),
        "bytes": sum(path.stat().st_size for path in found),
        "is_adapter": (folder / ADAPTER).is_file(),
        "figures": figures,
    }


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def sha256(folder: Path) -> str:
    """Of the files' names and contents: the same wherever the folder lies."""
    found = hashlib.sha256()
    for path in files(folder):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        found.update(f"{content}  {path.relative_to(folder).as_posix()}\n".encode())
    return found.hexdigest()


def still_kept(folder: Path) -> set[int]:
    """The steps whose checkpoints the run itself has not dropped."""
    return {int(path.name) for path in folder.iterdir() if path.is_dir() and path.name.isdecimal()}


def drop_others(work: Work, run: Run, steps: set[int]) -> None:
    gone = list(run.checkpoints.filter(~Q(step__in=steps)).values_list("step", flat=True))
    if not gone:
        return
    with work.holding():
        run.checkpoints.filter(step__in=gone).delete()
    for step in gone:
        shutil.rmtree(places.checkpoint(run.pk, step), ignore_errors=True)
