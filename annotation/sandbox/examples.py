"""What is shown where a project has no task yet."""

from django.utils.translation import gettext_lazy as _

PROMPT = _("How do I boil an egg so that the yolk stays **soft**?")
ANSWERS = (
    _(
        "Put the egg from the fridge into boiling water for **six and a half minutes**, then cool it.\n\n"
        "1. A spoon keeps it from cracking.\n2. Large eggs take half a minute more."
    ),
    _("Six minutes in boiling water. Cool it at once."),
    _("Boil it until it is done."),
)
