"""A disputed task in a reviewer's hands: leased apart from their own labelling, never one that they have met."""

from uuid import UUID

from annotation.models import Assignment

FIRST_SLOT = 100  # below it are the slots of labelling
MOST_OPEN = 2


def free_slot(project: UUID, annotator: UUID) -> int:
    """A slot for one more disputed task."""
    mine = Assignment.objects.filter(
        project=project, annotator=annotator, state=Assignment.State.OPEN, purpose=Assignment.Purpose.ADJUDICATION
    )
    taken = set(mine.values_list("slot", flat=True))
    return next(slot for slot in range(FIRST_SLOT, FIRST_SLOT + len(taken) + 1) if slot not in taken)
