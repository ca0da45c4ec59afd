"""What can be told: deeds that the audit trail names, and ends of jobs."""

from django.utils.translation import gettext_lazy as _

from web.words import Words

TEST = "webhook.tested"  # told to the one webhook that is being tried
DEEDS: dict[str, Words] = {
    "project.created": _("A project was made"),
    "project.changed": _("A project was changed, opened, paused or closed"),
    "project.deleted": _("A project was deleted"),
    "import.started": _("An import was begun"),
    "snapshot.created": _("A snapshot was asked for"),
    "prompt.taken_down": _("A prompt was taken down"),
    "question.asked": _("An annotator asked a question"),
    "pause.contested": _("An annotator contests a pause"),
    "reward_model.created": _("A reward model was asked for"),
    "reward_model.imported": _("Somebody else’s reward model was brought in"),
    "reward_model.standing": _("A reward model was approved or retired"),
}
ENDS: dict[str, Words] = {
    "job.succeeded": _("A job succeeded"),
    "job.failed": _("A job failed"),
    "job.cancelled": _("A job was cancelled"),
}
EVENTS = DEEDS | ENDS


def words_of(name: str) -> Words:
    return _("A test") if name == TEST else EVENTS.get(name, name)
