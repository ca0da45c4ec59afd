"""What annotators typed beside their verdicts, and how it goes when one of them is erased."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from annotation.models import Assignment, Pause, Question

FORGET = """
UPDATE annotation_judgmentversion SET answer = answer - %(words)s::text[]
  FROM annotation_judgment j JOIN annotation_assignment a ON a.id = j.assignment_id
 WHERE j.id = judgment_id AND a.annotator_id = ANY(%(annotators)s) AND answer ?| %(words)s::text[]
"""
GONE = "…"  # in place of a question or an objection: that there was one stays
WORDS = ["reason", "critique", "rewrite"]  # members of an answer that hold free text


def forget(annotators: Sequence[UUID]) -> None:
    """Out of every version, in the erasure's own transaction. Verdicts stay, and so do files frozen before."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL touchstone.purging = 'on'")  # the one way past the trigger that keeps versions
        cursor.execute(FORGET, {"words": WORDS, "annotators": list(annotators)})
        cursor.execute("SET LOCAL touchstone.purging = 'off'")
    Assignment.objects.filter(annotator__in=annotators).exclude(reason="").update(reason="")
    Pause.objects.filter(annotator__in=annotators).exclude(contest="").update(contest=GONE)
    Question.objects.filter(assignment__annotator__in=annotators).update(text=GONE)
