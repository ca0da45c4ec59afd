"""The data card of a snapshot: how, by whom and when the data came about, and what it cannot say."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from annotation.feedback import cardinal
from annotation.feedback.rows import Row
from annotation.models import Prompt, Snapshot, Takedown, Task


@dataclass
class Summary:
    """What is counted while the rows go by; nothing in it grows with their number."""

    rows: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    origins: Counter[str] = field(default_factory=Counter)
    purposes: Counter[str] = field(default_factory=Counter)
    annotators: Counter[str] = field(default_factory=Counter)
    guidelines: Counter[int] = field(default_factory=Counter)
    currencies: Counter[str] = field(default_factory=Counter)
    elicitations: Counter[str] = field(default_factory=Counter)
    incentives: Counter[str] = field(default_factory=Counter)
    switching: int = 0  # price lists that switch more than once
    first: str = ""
    last: str = ""

    def add(self, row: Row) -> None:
        self.rows += 1
        self.kinds[row.kind] += 1
        self.origins[row.origin] += 1
        self.purposes[row.purpose] += 1
        self.annotators[row.annotator] += 1
        self.guidelines[row.guidelines_version] += 1
        if row.currency:
            self.currencies[row.currency] += 1
        if row.incentive:
            self.elicitations[row.elicitation] += 1
            self.incentives[row.incentive] += 1
            self.switching += not cardinal.stored_interval(row.answer).is_consistent
        self.first = min(self.first or row.created_at, row.created_at)
        self.last = max(self.last, row.created_at)


def card(snapshot: Snapshot, summary: Summary) -> dict[str, Any]:
    prompts = Prompt.objects.filter(tasks__assignments__judgment__versions__snapshots__snapshot=snapshot)
    tasks = Task.objects.filter(assignments__judgment__versions__snapshots__snapshot=snapshot).distinct().count()
    return {
        "project": snapshot.project.name,
        "filters": snapshot.filters,
        "splits": snapshot.splits,
        "seed": snapshot.seed,
        "judgments": summary.rows,
        "tasks": tasks,
        "annotators": len(summary.annotators),
        "largest_share_of_one_annotator": round(max(summary.annotators.values()) / summary.rows, 4),
        "kinds": dict(summary.kinds),
        "origins": dict(summary.origins),
        "purposes": dict(summary.purposes),
        "guidelines_versions": {str(version): count for version, count in sorted(summary.guidelines.items())},
        "currencies": dict(summary.currencies),
        "elicitations": dict(summary.elicitations),
        "incentives": dict(summary.incentives),
        "judged_between": [summary.first, summary.last],
        "prompts_are_text": not prompts.filter(is_text=False).exists(),
        "known_limits": limits(summary, tasks),
    }


def limits(summary: Summary, tasks: int) -> list[str]:
    """What a reader of the data should know before using it."""
    found = []
    if len(summary.annotators) == 1:
        found.append("One annotator: agreement between people cannot be told.")
    elif max(summary.annotators.values()) > 0.5 * summary.rows:
        found.append("More than half of the judgments are one annotator's.")
    if tasks == summary.rows:
        found.append("No task was judged twice: agreement between people cannot be told.")
    if len(summary.guidelines) > 1:
        found.append("The guidelines changed while the judgments were made.")
    if len(summary.currencies) > 1:
        found.append("Amounts are in several currencies and must not be mixed.")
    found += limits_of_money(summary)
    if summary.origins.get("simulated"):
        found.append("Some judgments were simulated.")
    if summary.origins.get("imported"):
        found.append("Some judgments were imported: the order in which responses were shown is not known for them.")
    return found


def limits_of_money(summary: Summary) -> list[str]:
    found = []
    if len(summary.incentives) > 1:
        found.append("Some amounts had consequences and some had none, or it is not known: compare before mixing them.")
    if summary.incentives.get("hypothetical"):
        found.append("Amounts are hypothetical: nothing followed from them, and people tend to say more then.")
    if summary.incentives.get("incentivised"):
        found.append("Amounts were held against a sealed price, in play money.")
    if len(summary.elicitations) > 1:
        found.append("Amounts were asked for in several ways, which are known to give different levels.")
    if summary.switching:
        found.append(f"Price lists that switch more than once: {summary.switching}; their intervals span all switches.")
    return found


def taken_down_since(snapshot: Snapshot) -> list[dict[str, str]]:
    """Prompts of this snapshot that were taken down after it was frozen."""
    found = Takedown.objects.filter(
        prompt__tasks__assignments__judgment__versions__snapshots__snapshot=snapshot
    ).distinct()
    return [
        {"prompt": str(part.prompt_id), "at": part.created_at.isoformat(), "reason": part.reason}
        for part in found.order_by("created_at")
    ]
