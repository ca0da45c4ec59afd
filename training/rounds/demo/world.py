"""Simulated judgments about answers of the text world, by what each of two qualities is truly there.

`warmth` is what the demo's runs raise; `coverage`, how much of a request is met, is what one of them holds. They pull
apart: a policy that is only pushed to be warm says kind things and forgets the order.
"""

from dataclasses import replace
from typing import Any

from rewardmodels.learning.world import gold, rows
from rewardmodels.learning.world.annotators import CAREFUL, HASTY

QUALITIES = {
    "warmth": "Which answer is kinder? Do not mind whether it serves what was asked for.",
    "coverage": "Which answer meets more of the request: the item, its temperature, the allergy, the seat?",
}
TASKS = 1_000
PEOPLE = (CAREFUL, replace(CAREFUL, name="careful-2"), HASTY)


def judged(quality: str) -> list[dict[str, Any]]:
    """One judgment a pair; the import reads the rows as they are."""
    truth = rows.Truth(utility=gold.COMPONENTS[quality])
    return rows.collect(11, "pairwise", TASKS, PEOPLE, truth=truth)
