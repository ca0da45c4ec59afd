"""What can be done with a project in each state, and what each of these does, in words."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from annotation.models import Project
from web.words import Words

Status = Project.Status


class Turn(NamedTuple):
    """A button: the state that it leads to, and what follows."""

    status: str
    label: Words
    text: Words
    icon: str
    kind: str = ""  # of button


OPEN = Turn(Status.OPEN, _("Open it"), _("Annotators see it and may begin."), "play", "primary")
AGAIN = Turn(Status.OPEN, _("Open it again"), _("Annotators get tasks again."), "play", "primary")
PAUSE = Turn(
    Status.PAUSED,
    _("Pause"),
    _("Nobody gets another task. What is on somebody’s desk can still be sent, and judgments can be corrected."),
    "pause",
)
CLOSE = Turn(
    Status.CLOSED,
    _("Close"),
    _("Nobody gets another task, and nobody can correct a judgment or take it back. It can be opened again."),
    "lock",
)
TURNS: dict[str, tuple[Turn, ...]] = {
    Status.DRAFT: (OPEN,),
    Status.OPEN: (PAUSE, CLOSE),
    Status.PAUSED: (AGAIN, CLOSE),
    Status.CLOSED: (AGAIN,),
}
