"""How one person wants the pages of a workspace to treat them."""

from django.db import transaction

from accounts import annotators
from accounts.scope import Scope
from annotation.models import Wish


def of(scope: Scope) -> Wish:
    """What was wished, or what holds for somebody who wished nothing."""
    found = Wish.objects.filter(annotator__person=scope.person, annotator__workspace=scope.workspace).first()
    return found or Wish()


@transaction.atomic
def cover(*, scope: Scope, everything: bool) -> Wish:
    """Whether every text is covered until this person uncovers it."""
    annotator = annotators.of_person(scope.workspace, scope.person)
    wish, _made = Wish.objects.update_or_create(annotator=annotator, defaults={"covers_everything": everything})
    return wish
