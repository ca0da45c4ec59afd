"""The kinds of question by name: a new kind is a module, a template and a word here."""

from typing import Any

from django.utils.translation import gettext as _

from annotation.feedback import binary, cardinal, pairwise, ranking, rating
from annotation.feedback.kind import Answer, Feedback
from annotation.feedback.reading import Context
from api.parsers import refuse_unstorable
from api.refusals import Invalid

KINDS: dict[str, Feedback] = {
    kind.name: kind for kind in (pairwise.KIND, cardinal.KIND, binary.KIND, ranking.KIND, rating.KIND)
}


def parse(kind: str, answer: Any, context: Context) -> Answer:
    """A checked answer, or a refusal that names every fault at its field."""
    if not isinstance(answer, dict):
        raise Invalid(_("Expected an object."), field="answer")
    refuse_unstorable({"answer": answer})
    return KINDS[kind].parse(answer, context)
