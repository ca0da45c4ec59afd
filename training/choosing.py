"""A run that chooses among answers. Imported by the worker alone."""

import json
import os
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.timezone import now

from jobs.work import Failed, Work
from training import keeping, opened, places, prompts
from training.learning import selecting
from training.learning.observing import RunObserver
from training.learning.oneshot import pools
from training.learning.selecting import Selection
from training.learning.settings import selections
from training.models import Run
from training.selections import CHOSEN

if TYPE_CHECKING:
    from lm.causal import Causal


def choose(work: Work, run: Run, observer: RunObserver) -> dict[str, Any]:
    """Sample, choose, set beside; every answer is kept in a file, and its hash stands for the run."""
    selection = commission(work, run)
    told = selecting.run(selection, observer)
    ns = told["curves"]["ns"]
    why = f"The best of 1 to {ns[-1]} answers was taken at each of {told['prompts']} prompts; nothing was learned."
    figures = {name: one["mean"][-1] for name, one in told["curves"]["of"].items()}
    sha256 = keep(work, run, selection)
    with work.holding():
        Run.objects.filter(pk=run.pk).update(
            ended_at=now(),
            ending="completed",
            ending_text=why,
            last_step=ns[-1],
            sha256=sha256,
            details={**run.details, CHOSEN: told, "figures": figures},
        )
    return {"id": str(run.pk), "ended": "completed", "why": why, "last": ns[-1], "figures": figures}


def commission(work: Work, run: Run) -> Selection:
    from lm import templates

    work.progress(0.0, "Opening the policy")
    policy = opened.policy(work, run.workspace, run.policy)
    try:
        asked = [templates.conversation(one) for one in prompts.listed(run.prompts_sha256)]
    except FileNotFoundError:
        raise Failed("The frozen prompts of this run are missing; restore them from a backup.") from None
    parts = list(run.components.select_related("reward_model"))

    def open_(name: str) -> "Causal":
        return opened.policy(work, run.workspace, name)

    return Selection(
        policy=policy,
        prompts=asked,
        rewards={part.name: opened.reward(part.reward_model, part.reward_sha256) for part in parts},
        weights={part.name: part.weight for part in parts if part.weight is not None},
        settings=selections.read(run.settings),
        seed=run.seed,
        folder=work.folder / "run",
        beside={one.policy: partial(open_, one.policy) for one in run.sources.all()},
    )


def keep(work: Work, run: Run, selection: Selection) -> str:
    """The file of all answers appears whole, while this attempt holds the job; its hash."""
    from lm import hashing

    place = places.answers(run.pk)
    place.parent.mkdir(parents=True, exist_ok=True)
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        with draft.open("w") as file:
            file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(selection))
        with work.holding():
            draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
    return hashing.file_sha256(place)


def rows(selection: Selection) -> Iterator[dict[str, Any]]:
    """A prompt a line, with its answers in the order in which they were sampled."""
    for prompt, one in zip(selection.asked, pools.remembered(selection.pool), strict=True):
        answers = [
            {
                "text": keeping.stored(text),
                "rewards": {name: scores[place] for name, scores in one.scores.items()},
                "chosen_by": sum(weight * one.scores[name][place] for name, weight in selection.weights.items()),
                "tokens": one.lengths[place],
                "is_cut": one.cut[place],
            }
            for place, text in enumerate(one.answers)
        ]
        yield {"prompt": [dict(turn) for turn in prompt], "answers": answers}
