"""Points to begin a project from: each fills the form, and everything in it can be changed."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from web.words import Words


@dataclass(frozen=True)
class Start:
    name: str
    title: Words
    text: Words
    icon: str
    kinds: tuple[str, ...] = ()
    guidelines: Words = ""
    overlap: int = 1
    ordering: str = "random"
    settings: dict[str, Any] = field(default_factory=dict)

    def project(self) -> dict[str, Any]:
        """What stands in the form at first; the name is the researcher's to give."""
        return {
            "kinds": list(self.kinds),
            "guidelines": str(self.guidelines),
            "overlap": self.overlap,
            "ordering": self.ordering,
        }

    def given(self) -> dict[str, Any]:
        """The settings that differ from the defaults, in the language of whoever begins."""
        return {name: in_words(value) for name, value in self.settings.items()}


def in_words(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: in_words(part) for name, part in value.items()}
    if isinstance(value, list):
        return [in_words(part) for part in value]
    return str(value) if isinstance(value, Promise) else value


BETTER = _(
    "Read the prompt, then both answers to their end.\n\n"
    "Choose the answer that you would rather get, had you written the prompt:\n\n"
    "- It does what was asked, and nothing that was not.\n"
    "- What it says is true. A wrong answer is never better because it is well written.\n"
    "- It is as long as it has to be, and no longer.\n\n"
    "**Equally good** is an answer too: choose it rather than guessing.\n\n"
    "Do not look for who wrote it, and do not favour a side of the page."
)
WORTH = _(
    "Read the prompt, then both answers to their end.\n\n"
    "1. Say which answer you would rather get.\n"
    "2. Say the **most you would pay** to get it instead of the other one.\n\n"
    "Think of your own money, and of this one occasion. 0 means: better, but worth nothing to you. "
    "An amount is no mark for quality: a small improvement of something that matters may be worth more than a "
    "large one of something that does not."
)
YES_NO = _(
    "Read the prompt and the answer.\n\n"
    "- **Yes**: you would be content to get this answer.\n"
    "- **No**: it is wrong, harmful, beside the point, or of no use.\n\n"
    "Do not ponder: your first clear impression is what is wanted. Skip what you cannot judge."
)
ORDER = _(
    "Read the prompt, then every answer to its end.\n\n"
    "Put the answers in order, the best one first. Answers between which you see no difference may share a place.\n\n"
    "Judge what an answer says before how it says it."
)
MARKS = _(
    "Read the prompt and the answer, then give a mark from 1 to 5 in each aspect.\n\n"
    "Judge each aspect by itself: an answer may be true and of no help. 3 is an ordinary answer; keep 1 and 5 for what "
    "stands out."
)
ASPECTS = [
    {
        "name": _("helpfulness"),
        "description": _("Does it do what was asked?"),
        "anchors": {"1": _("of no use"), "3": _("some help"), "5": _("all that was wanted")},
    },
    {
        "name": _("correctness"),
        "description": _("Is what it says true?"),
        "anchors": {"1": _("mostly wrong"), "3": _("small mistakes"), "5": _("no mistake")},
    },
    {
        "name": _("clarity"),
        "description": _("Is it easy to follow?"),
        "anchors": {"1": _("hard to follow"), "3": _("readable"), "5": _("could not be clearer")},
    },
]

STARTS = (
    Start(
        "better",
        _("Which answer is better?"),
        _("Two answers side by side. The usual beginning: simple to ask, quick to answer."),
        "scale",
        kinds=("pairwise",),
        guidelines=BETTER,
        overlap=2,
        settings={"both_bad": True, "asks": ["reason"]},
    ),
    Start(
        "worth",
        _("What is it worth?"),
        _("Two answers, and the most one would pay to get the better one: also says how much better."),
        "trending-up",
        kinds=("cardinal",),
        guidelines=WORTH,
        overlap=2,
        settings={"currency": "USD", "amount_max": "20", "amount_step": "0.10"},
    ),
    Start(
        "yes-no",
        _("Yes or no"),
        _("One answer at a time, good or not. The fastest: one key a judgment."),
        "thumbs-up",
        kinds=("binary",),
        guidelines=YES_NO,
        overlap=1,
    ),
    Start(
        "rank",
        _("Rank"),
        _("Two to eight answers, put in order. Much to read, and much to learn from each task."),
        "list-checks",
        kinds=("ranking",),
        guidelines=ORDER,
        overlap=2,
    ),
    Start(
        "rate",
        _("Rate"),
        _("One answer, a mark from 1 to 5 for each aspect: tells what is good about it."),
        "star",
        kinds=("rating",),
        guidelines=MARKS,
        overlap=2,
        settings={"aspects": ASPECTS},
    ),
    Start("bare", _("From nothing"), _("An empty form, for those who know what they want."), "file-text"),
)


def find(name: str) -> Start | None:
    return next((start for start in STARTS if start.name == name), None)
