"""Where a dispute is settled, the answer that settles it stands for the votes, if one asks for it."""

from django.db.models import Case, CharField, Exists, OuterRef, QuerySet, Value, When

from annotation.models import Assignment, Judgment, JudgmentVersion

INSTEAD = "instead"
PURPOSE = "judgment__assignment__purpose"


def told(found: QuerySet[JudgmentVersion]) -> QuerySet[JudgmentVersion]:
    """With `settled`, which is "instead" for settling answers and for the votes on tasks that have none."""
    settling = Judgment.objects.filter(
        assignment__task=OuterRef("judgment__assignment__task"),
        assignment__purpose=Assignment.Purpose.ADJUDICATION,
        withdrawn_at=None,
        set_aside_at=None,
    )
    kept = Case(
        When(**{PURPOSE: Assignment.Purpose.ADJUDICATION}, then=Value(INSTEAD)),
        When(~Exists(settling), **{PURPOSE: Assignment.Purpose.LABEL}, then=Value(INSTEAD)),
        default=Value(""),
        output_field=CharField(),
    )
    return found.annotate(settled=kept)
