"""What a project may be set to: frozen dataclasses that check themselves, read by forms, API and queue alike."""

from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal
from functools import lru_cache
from json import loads
from typing import Any, Literal, get_args
from uuid import UUID

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation.terms import QUESTION, MoneyTerms, SettingsError, says
from api.schemas import build

Extra = Literal["aspects", "reason", "critique", "rewrite", "flags", "spans"]
EXTRAS: tuple[Extra, ...] = get_args(Extra)
EXTRA_LABELS = {
    "aspects": _("A verdict on each aspect"),
    "reason": _("A reason"),
    "critique": _("A critique"),
    "rewrite": _("A better answer, written by the annotator"),
    "flags": _("Flags"),
    "spans": _("Highlighted words in an answer, with a label"),
}
ASIDE, QUEUE, CHECKS = "extras", "queue", "checks"  # fieldsets of the form, beside those of money


@dataclass(frozen=True)
class Aspect:
    """One side of an answer that is rated from 1 to 5, or compared by itself."""

    name: str = field(metadata=says(_("What it is called."), min_length=1, max_length=80))
    description: str = field(default="", metadata=says(_("What it means here.")))
    anchors: dict[str, str] = field(default_factory=dict, metadata=says(_("What numbers of the scale mean: 1 to 5.")))

    def __post_init__(self) -> None:
        if not set(self.anchors) <= {"1", "2", "3", "4", "5"}:
            raise SettingsError("anchors", gettext("Anchors are for the numbers 1 to 5."))


@dataclass(frozen=True)
class Terms(MoneyTerms):
    """What a person is asked, in the version of the guidelines that they saw."""

    aspects: tuple[str | Aspect, ...] = field(
        default=(),
        metadata=says(
            _("What is rated or compared by itself; none: people give one mark, “overall”, and programs any name."),
            title=_("Aspects"),
            group=QUESTION,
            max_items=50,
        ),
    )
    flags: tuple[str, ...] = field(
        default=(),
        metadata=says(_("What an answer may be flagged as; none: anything."), title=_("Flags"), group=ASIDE),
    )
    span_labels: tuple[str, ...] = field(
        default=(),
        metadata=says(_("What a span may be called; none: anything."), title=_("Labels of spans"), group=ASIDE),
    )
    extras: tuple[Extra, ...] = field(
        default=EXTRAS,
        metadata=says(
            _("What programs may send beside the verdict. Leave it as it is where only people label here."),
            title=_("What may be said"),
            labels=EXTRA_LABELS,
            group=ASIDE,
        ),
    )
    asks: tuple[Extra, ...] = field(
        default=(),
        metadata=says(
            _("What the annotator's page asks for beside the verdict."),
            title=_("What the page asks for"),
            labels=EXTRA_LABELS,
            group=ASIDE,
        ),
    )
    graded: bool = field(
        default=False,
        metadata=says(
            _("“Better” becomes slightly better, better and much better."),
            title=_("Ask how much better an answer is"),
            group=QUESTION,
            kinds=["pairwise"],
        ),
    )
    both_bad: bool = field(
        default=False,
        metadata=says(
            _("For answers of which neither is any good."),
            title=_("Offer “both bad”"),
            group=QUESTION,
            kinds=["pairwise"],
        ),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if unasked := set(self.asks) - set(self.extras):
            sentence = gettext("%(name)s is not among what may be said.")
            raise SettingsError("asks", sentence % {"name": sorted(unasked)[0]})
        for name, words in (("flags", self.flags), ("span_labels", self.span_labels), ("aspects", self.aspect_names)):
            check_words(name, words)

    @property
    def aspect_names(self) -> tuple[str, ...]:
        return tuple(aspect if isinstance(aspect, str) else aspect.name for aspect in self.aspects)


@dataclass(frozen=True)
class ProjectSettings(Terms):
    """The terms, and how the queue deals out the work."""

    leases_per_person: int = field(
        default=2,
        metadata=says(
            _("How many tasks one person may hold at a time. 2 lets the next one be there at once."),
            title=_("Tasks held by one person"),
            group=QUEUE,
            minimum=1,
            maximum=10,
        ),
    )
    lease_seconds: int = field(
        default=1_800,
        metadata=says(
            _("In seconds. An open page renews it; who is away longer gives the task back to the others."),
            title=_("How long a task is kept for a person"),
            group=QUEUE,
            minimum=1,
            maximum=604_800,
        ),
    )
    undo_seconds: int = field(
        default=3_600,
        metadata=says(
            _("In seconds."),
            title=_("How long a judgment may be taken back"),
            group=QUEUE,
            minimum=0,
            maximum=2_592_000,
        ),
    )
    edit_seconds: int = field(
        default=604_800,
        metadata=says(
            _("In seconds; what was said before stays beside the correction. 0: until the project is closed."),
            title=_("How long a judgment may be corrected"),
            group=QUEUE,
            minimum=0,
            maximum=31_536_000,
        ),
    )
    covers: Literal["marked", "all"] = field(
        default="marked",
        metadata=says(
            _(
                "Covered texts are blurred until the annotator uncovers them. Marked are those whose metadata say "
                "harmful or content_warning."
            ),
            title=_("Texts that are covered"),
            labels={"marked": _("Only texts that are marked as harmful"), "all": _("Every text")},
            group=QUEUE,
        ),
    )
    support: str = field(
        default="",
        metadata=says(
            _("Shown under Help on the labelling page: whom to turn to, and what to do when a text is hard to bear."),
            title=_("Help for annotators"),
            group=QUEUE,
            max_length=20_000,
        ),
    )
    most_per_person: int = field(
        default=0,
        metadata=says(
            _("So that no single taste decides. 0: no bound."),
            title=_("Judgments that one person may make"),
            group=QUEUE,
            minimum=0,
            maximum=10_000_000,
        ),
    )
    gold_rate: float = field(
        default=0.1,
        metadata=says(
            _("A share from 0 to 1. It takes effect once some tasks have a known answer."),
            title=_("Share of tasks whose answer is known"),
            group=CHECKS,
            minimum=0,
            maximum=1,
        ),
    )
    gold_feedback: Literal["silent", "shown"] = field(
        default="silent",
        metadata=says(
            _("Shown: after their own answer, people are told the known one and why it is right."),
            title=_("Known answers are"),
            labels={
                "silent": _("never told: nobody learns which tasks were checks"),
                "shown": _("told after one’s own answer"),
            },
            group=CHECKS,
        ),
    )
    pause_below: float = field(
        default=0.5,
        metadata=says(
            _("Who is right on a smaller share, beyond doubt and after 10 at least, is paused; 0: nobody is."),
            title=_("Share of known answers to be right on"),
            group=CHECKS,
            minimum=0,
            maximum=1,
        ),
    )
    test_tasks: int = field(
        default=0,
        metadata=says(
            _("How many are asked before any work, of the known answers kept for the test; 0: there is no test."),
            title=_("Questions of the test"),
            group=CHECKS,
            minimum=0,
            maximum=200,
        ),
    )
    test_pass_mark: float = field(
        default=0.8,
        metadata=says(
            _("A share from 0 to 1."), title=_("Share of the test to be right on"), group=CHECKS, minimum=0, maximum=1
        ),
    )
    test_attempts: int = field(
        default=2,
        metadata=says(
            _("How many times a person may take the test."),
            title=_("Attempts at the test"),
            group=CHECKS,
            minimum=1,
            maximum=100,
        ),
    )
    test_wait_seconds: int = field(
        default=86_400,
        metadata=says(
            _("In seconds; a day has 86400."),
            title=_("Wait between two attempts"),
            group=CHECKS,
            minimum=0,
            maximum=31_536_000,
        ),
    )
    test_project: str = field(
        default="",
        metadata=says(
            _("The id of another project: who has passed its test may work here too."),
            title=_("Test of another project"),
            group=CHECKS,
            max_length=36,
        ),
    )
    repeat_rate: float = field(
        default=0.0,
        metadata=says(
            _("A share from 0 to 1 of somebody's own older tasks, shown again with the sides swapped."),
            title=_("Share of tasks shown again"),
            group=CHECKS,
            minimum=0,
            maximum=1,
        ),
    )
    repeat_after: int = field(
        default=20,
        metadata=says(
            _("So that nobody answers from memory."),
            title=_("Judgments between a task and its repeat"),
            group=CHECKS,
            minimum=1,
            maximum=10_000,
        ),
    )
    quality_auto: bool = field(
        default=True,
        metadata=says(
            _("Again and again, whenever judgments grew by a tenth."),
            title=_("Compute quality figures by themselves"),
            group=CHECKS,
        ),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.elicitation == "bdm" and self.repeat_rate:
            raise SettingsError(
                "repeat_rate", gettext("A question whose price was opened cannot be asked again: leave it at 0.")
            )
        if self.test_project:
            check_id("test_project", self.test_project)
            if self.test_tasks:
                raise SettingsError(
                    "test_tasks", gettext("Ask for a test here or for another project's, not for both.")
                )

    @property
    def terms(self) -> Terms:
        return Terms(**{one.name: getattr(self, one.name) for one in fields(Terms)})


def check_id(name: str, value: str) -> None:
    try:
        UUID(value)
    except ValueError:
        raise SettingsError(name, gettext("This is no id of a project.")) from None


def check_words(name: str, words: tuple[str, ...]) -> None:
    if len(words) > 50 or len(set(words)) < len(words) or any(not word.strip() or len(word) > 80 for word in words):
        raise SettingsError(name, gettext("At most 50 different words of 1 to 80 characters."))


def as_json(settings: Terms) -> dict[str, Any]:
    """As the database and the API hold it; amounts are decimal strings."""
    return {name: plain(value) for name, value in asdict(settings).items()}


def plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return [plain(part) for part in value] if isinstance(value, tuple) else value


@lru_cache(maxsize=256)
def stored_settings(text: str) -> ProjectSettings:
    """From the JSON text of a project's row; read once however often it is asked for."""
    return build(ProjectSettings, loads(text))


@lru_cache(maxsize=256)
def stored_terms(text: str) -> Terms:
    """From the JSON text of a version of the guidelines."""
    return build(Terms, loads(text))
