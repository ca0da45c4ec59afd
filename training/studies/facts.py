"""What a study's page says of it in words: what it was asked with."""

import dataclasses
from typing import Any

from django.utils.translation import gettext as _

from rewardmodels.forecasts import duration
from training.figures import as_written
from training.learning.studies.registry import STUDIES
from training.models import Study
from training.studies.sheets import tier_label
from web.words import Words


def of(study: Study) -> list[tuple[Words, Any]]:
    found: list[tuple[Words, Any]] = [(_("How much of it"), tier_label(study.tier)), (_("Seed"), study.seed)]
    found += [(label(study, name), written(study.settings[name])) for name in in_order(study)]
    found.append((_("Estimated before it began"), duration(study.estimate)))
    if study.job is not None and study.job.started_at and study.ended_at:
        seconds = (study.ended_at - study.job.started_at).total_seconds()
        found.append((_("Took, in its last attempt"), duration(seconds)))
    if study.sha256:
        found.append((_("Curves’ SHA-256"), as_written(study.sha256)))
    return found


def in_order(study: Study) -> list[str]:
    """The names of its settings, as its form has them: the database keeps no order."""
    known = STUDIES.get(study.kind)
    form = [one.name for one in dataclasses.fields(known.settings)] if known else []
    return sorted(study.settings, key=lambda name: form.index(name) if name in form else len(form))


def label(study: Study, name: str) -> str:
    """What its form calls the setting; the bare name where it is known no more."""
    known = STUDIES.get(study.kind)
    fields: Any = known.settings.__dataclass_fields__ if known else {}  # type: ignore[attr-defined]
    return _(fields[name].metadata["title"]) if name in fields else name


def written(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def about(study: Study) -> dict[str, str]:
    """What it shows and assumes; nothing where it is known no more."""
    known = STUDIES.get(study.kind)
    return {"shows": _(known.shows), "assumes": _(known.assumes)} if known else {}
