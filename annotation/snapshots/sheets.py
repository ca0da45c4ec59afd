"""A frozen snapshot as its page shows it: figures, card, the file that is chosen, archives."""

import json
from typing import Any

from django.utils.translation import gettext_lazy as _

from annotation.feedback.kinds import KINDS
from annotation.models import Snapshot
from annotation.quality import words
from annotation.snapshots import archives, cards, guides, verifying
from annotation.snapshots.forms import ExportForm
from api.refusals import Refusal

FEW = 3  # rows of the preview
LONGEST = 6_000  # characters of it
USUAL = ["train", "validation", "test"]


def of(snapshot: Snapshot, form: ExportForm, address: str) -> dict[str, Any]:
    export = form.export
    try:
        export.check_choice()
        rows, trouble = export.first(FEW), ""
    except Refusal as refusal:
        rows, trouble = [], refusal.message
    found = archives.of_snapshot(snapshot)
    return {
        "form": form,
        "export": export,
        "query": guides.choice(export),
        "layout_use": guides.LAYOUT_USES[export.layout],
        "format_use": guides.FORMAT_USES[export.format],
        "rows": [pretty(row) for row in rows],
        "trouble": trouble,
        "snippets": guides.snippets(export, address),
        "counts": counts(snapshot),
        "splits": in_order(snapshot),
        "card": card(snapshot),
        "limits": snapshot.card.get("known_limits", []),
        "taken_down": cards.taken_down_since(snapshot),
        "verification": verifying.newest(snapshot),
        "archives": found,
        "is_packing": any(not job.is_over for job in found),
    }


def pretty(row: dict[str, Any]) -> str:
    text = json.dumps(row, ensure_ascii=False, indent=2)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}\n…"


def in_order(snapshot: Snapshot) -> list[str]:
    """Its splits: the usual ones as they are used, then others by name."""
    return sorted(snapshot.splits, key=lambda name: (USUAL.index(name) if name in USUAL else len(USUAL), name))


def shares(snapshot: Snapshot) -> list[tuple[str, float]]:
    return [(name, snapshot.splits[name]) for name in in_order(snapshot)]


def counts(snapshot: Snapshot) -> list[tuple[Any, list[int], int]]:
    """(kind, rows of each split, all of them)."""
    splits = in_order(snapshot)
    found = []
    for kind, by_split in sorted(snapshot.counts.items()):
        numbers = [by_split.get(split, 0) for split in splits]
        found.append((KINDS[kind].label, numbers, sum(numbers)))
    return found


def card(snapshot: Snapshot) -> list[tuple[Any, str]]:
    """The data card as terms and what they hold."""
    held = snapshot.card
    first, last = held.get("judged_between", ["", ""])
    share = held.get("largest_share_of_one_annotator", 0)
    found = [
        (_("Judgments"), str(held.get("judgments", 0))),
        (_("Tasks"), str(held.get("tasks", 0))),
        (_("Annotators"), str(held.get("annotators", 0))),
        (_("Largest share of one annotator"), f"{share:.1%}"),
        (_("Where they come from"), listed(held.get("origins"))),
        (_("Purposes"), listed(held.get("purposes"))),
        (_("Judged between"), f"{first[:16].replace('T', ' ')} – {last[:16].replace('T', ' ')} UTC"),
        (_("Guidelines, by version"), listed(held.get("guidelines_versions"))),
        (_("Currencies"), listed(held.get("currencies"))),
        (_("How amounts were asked for"), listed(held.get("elicitations"))),
        (_("What followed from amounts"), listed(held.get("incentives"))),
        (_("Agreement"), agreement(held)),
        (_("Filters"), filters(snapshot)),
        (_("Splits"), ", ".join(f"{name} {share:.0%}" for name, share in shares(snapshot))),
        (_("Seed"), str(snapshot.seed)),
    ]
    return [(term, value) for term, value in found if value]


def listed(values: dict[str, int] | None) -> str:
    return ", ".join(f"{name}: {count}" for name, count in (values or {}).items())


def agreement(held: dict[str, Any]) -> str:
    """Kind by kind, with the interval."""
    told = []
    for kind, found in held.get("agreement", {}).items():
        if found.get("value") is not None:
            low, high = found.get("low"), found.get("high")
            interval = f" ({low:.2f} – {high:.2f})" if low is not None and high is not None else ""
            measure = words.MEASURES.get(found["measure"], found["measure"])
            told.append(f"{words.kind_label(kind)}: {measure} {found['value']:.2f}{interval}")
    return "; ".join(told)


def filters(snapshot: Snapshot) -> str:
    return "; ".join(
        f"{name}: {', '.join(value) if isinstance(value, list) else value}" for name, value in snapshot.filters.items()
    )
