"""Policies as people know them: a checkpoint by its run, the text world's own in words, others as they are written."""

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.models import Workspace
from rewardmodels.models import RewardModel
from training.models import Run
from training.policies import MODEL, RUN
from training.prompts import TEXTWORLD


def of(workspace: Workspace, names: Iterable[str]) -> dict[str, str]:
    """One query for the runs and one for the reward models, however many names; a deleted run has its name still."""
    listed = list(dict.fromkeys(names))
    runs = Run.objects.filter(workspace=workspace, pk__in=keys(listed, RUN)).only("name", "algorithm").in_bulk()
    models = RewardModel.objects.filter(workspace=workspace, pk__in=keys(listed, MODEL)).only("name").in_bulk()
    found = {}
    for name in listed:
        key, _at, step = name.partition("@")
        if name == TEXTWORLD:
            found[name] = of_the_text_world()
        elif name.startswith(RUN):
            run = runs.get(parsed(key.removeprefix(RUN)))
            found[name] = checkpoint(run, step) if run else name
        elif name.startswith(MODEL):
            model = models.get(parsed(name.removeprefix(MODEL)))
            found[name] = model.name if model else name
        else:
            found[name] = name
    return found


def one(workspace: Workspace, name: str) -> str:
    return of(workspace, [name])[name]


def of_the_text_world() -> str:
    return _("The text world’s own policy")


def checkpoint(run: Run, step: int | str) -> str:
    """Of a merge it is a share, and without a step the best."""
    if step == "":
        return run.name
    said = _("{name}, {share} % of its last policy") if run.is_merge else _("{name}, step {share}")
    return said.format(name=run.name, share=step)


def keys(names: Iterable[str], prefix: str) -> set[UUID]:
    found = (parsed(name.removeprefix(prefix).partition("@")[0]) for name in names if name.startswith(prefix))
    return {key for key in found if key is not None}


def parsed(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None
