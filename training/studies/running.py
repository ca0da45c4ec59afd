"""One study is run and its curves are kept. For the worker alone."""

import shutil
from pathlib import Path
from typing import Any

from django.utils.timezone import now

from jobs.work import Failed, Work
from rewardmodels import places
from rewardmodels.learning.world import policies
from training import opened
from training.learning.observing import RunObserver
from training.learning.studies import registry
from training.learning.studies.registry import Commission
from training.models import Study


def run(work: Work) -> dict[str, Any]:
    """The result, whole; what was finished by an earlier attempt is not made again."""
    study = Study.objects.filter(pk=work.arguments["study"], deleted_at=None).first()
    if study is None:
        raise Failed("This study was deleted before it was over.")
    if study.is_over:
        raise Failed("This study is over; begin another one with another seed.")
    known = registry.find(study.kind)
    commission = Commission(known.read(values=study.settings), study.seed, work.folder / "study", lambda: policy(work))
    found = registry.run(known, commission, observer_of(work)).as_dict()
    with work.holding():
        Study.objects.filter(pk=study.pk).update(ended_at=now(), result=found, sha256=found["sha256"])
    shutil.rmtree(work.folder, ignore_errors=True)  # what resuming needed is of no use any more
    return found


def policy(work: Work) -> Path:
    """The text world's, made first where this machine has none."""
    opened.make_the_text_worlds(work)
    return policies.folder_of(places.made_models())


def observer_of(work: Work) -> RunObserver:
    def resumed(step: int) -> None:
        work.log("Going on behind what was finished.")
        work.resume_from(step)

    return RunObserver(
        phase=lambda name, share: work.progress(share, name),
        report=work.report,
        say=work.log,
        resumed=resumed,
        saving=work.write_notes,
    )
