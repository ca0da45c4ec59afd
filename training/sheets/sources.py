"""The policies of a merge, those beside best-of-n or those that one shot asks, in the form of a new run."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.scope import Scope
from training import naming
from training.forms import SourceForm
from training.models import Checkpoint, Run
from training.prompts import TEXTWORLD

ROWS, MOST_CHECKPOINTS = 4, 100
Choices = list[tuple[str, str]]  # (as a policy is named, as people know it)


@dataclass
class SourceRow:
    form: SourceForm

    @property
    def is_taken(self) -> bool:
        return bool(self.form.cleaned_data.get("policy"))


def prefix_of(place: int) -> str:
    return f"source-{place}"


def rows_of(data: QueryDict, scope: Scope, *, is_merge: bool, is_sent: bool) -> list[SourceRow]:
    """As many as were filled in, and some that are empty."""
    known = choices(scope)
    filled = [place for place in range(len(data)) if data.get(f"{prefix_of(place)}-policy")]
    rows = range(max([ROWS, *(place + 1 for place in filled)]))
    return [row_of(data, place, known, is_merge=is_merge, is_sent=is_sent) for place in rows]


def row_of(data: QueryDict, place: int, known: Choices, *, is_merge: bool, is_sent: bool) -> SourceRow:
    prefix = prefix_of(place)
    given = {name: data[key] for name in SourceForm.base_fields if (key := f"{prefix}-{name}") in data}
    named = str(given.get("policy", ""))
    is_known = not named or any(named == one for one, _title in known)
    others = [] if is_known else [(named, named)]  # an older checkpoint, a run's best
    options: dict[str, Any] = {"prefix": prefix, "choices": [*known, *others], "is_merge": is_merge}
    return SourceRow(SourceForm(data, **options) if is_sent else SourceForm(None, initial=given, **options))


def choices(scope: Scope) -> Choices:
    """The newest checkpoints of this workspace, as people know them."""
    kept = Checkpoint.objects.filter(run__workspace=scope.workspace, run__deleted_at=None).select_related("run")
    found = [
        (f"run:{one.run_id}@{one.step}", naming.checkpoint(one.run, one.step))
        for one in kept.order_by("-created_at")[:MOST_CHECKPOINTS]
    ]
    return [("", _("None")), *found, (TEXTWORLD, naming.of_the_text_world())]


def put(data: QueryDict, run: Run) -> None:
    """What another run was asked with."""
    for one in run.sources.all():
        prefix: Any = prefix_of(one.place)
        data[f"{prefix}-policy"] = one.policy
        if one.weight is not None:
            data[f"{prefix}-weight"] = f"{one.weight:g}"
        if one.margin is not None:
            data[f"{prefix}-margin"] = str(one.margin)
