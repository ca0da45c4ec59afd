"""What each annotator's work looks like: time, side, straight lines, repeats, gold."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from annotation.agreement import consistency, pace, position, streaks
from annotation.agreement.position import PositionBias
from annotation.agreement.proportions import wilson
from annotation.agreement.votes import Estimate, Flags, Floats, Integers
from annotation.quality.known import Checked
from annotation.quality.measured import Measured, numbered, rounded
from annotation.quality.sheets import GOLD, KINDS, LABEL, REPEAT, Sheet

ODD = 0.01  # adjusted p-value below which a test flags somebody
LEAST_TIMED = 10
WEAK = {"slope": 0.25, "chance": 0.6, "signal": 0.2}  # a whole interval below it says that the votes tell little


@dataclass
class Person:
    """The figures of one annotator, as they are kept."""

    judgments: int = 0
    median_seconds: float | None = None
    gold: tuple[int, int] = (0, 0)  # right, seen
    repeats: tuple[int, int] = (0, 0)  # the same, all
    figures: dict[str, Any] = field(default_factory=lambda: {"reliability": {}})
    flags: list[str] = field(default_factory=list)


class Overall(NamedTuple):
    """The same questions about everybody together."""

    side: dict[str, Any]
    time: dict[str, Any]
    gold: dict[str, Any]
    consistency: dict[str, Any]


def estimate(found: Estimate) -> dict[str, Any]:
    """As JSON: the figure, its interval and count, or why there is none."""
    low, high = (None if bound is None else round(bound, 6) for bound in (found.low, found.high))
    value = None if found.value is None else round(found.value, 6)
    reason = found.reason.name.lower() if found.reason else None
    return {"value": value, "low": low, "high": high, "n": found.n, "reason": reason}


def of(sheet: Sheet, measured: list[Measured], answers: list[Checked]) -> tuple[list[Person], Overall]:
    """A person each annotator of the sheet, in its order."""
    labels = np.bincount(sheet.annotator[sheet.purpose == LABEL], minlength=len(sheet.annotators))
    people = [Person(judgments=int(count)) for count in labels]
    for found in measured:
        add_reliability(people, found, labels_of(sheet, found))
    overall = Overall(sides(sheet, people), times(sheet, people), golds(sheet, people, answers), repeats(sheet, people))
    lines(sheet, people)
    return people, overall


def labels_of(sheet: Sheet, measured: Measured) -> Integers:
    """How many labels of its kind each annotator gave."""
    pairs = None if measured.kind != "cardinal" else measured.name == "cardinal"
    return np.bincount(sheet.annotator[sheet.rows(measured.kind, LABEL, pairs=pairs)], minlength=len(sheet.annotators))


def add_reliability(people: list[Person], measured: Measured, labels: Integers) -> None:
    measure, figures = measured.reliability.measure, measured.reliability.figures
    for row, annotator in enumerate(measured.reliability.annotator):
        value, low, high = rounded(*(column[row] for column in figures))
        people[annotator].figures["reliability"][measured.name] = {
            "measure": measure, "value": value, "low": low, "high": high, "n": int(labels[annotator]),
        }  # fmt: skip
        if high is not None and high < WEAK[measure]:
            people[annotator].flags.append("weak")


def sides(sheet: Sheet, people: list[Person]) -> dict[str, Any]:
    """Who favours what is shown first, of verdicts with a winner whose sides are known; repeats show them swapped."""
    rows = np.flatnonzero((sheet.side != 0) & (sheet.choice != 0) & (sheet.purpose != REPEAT))
    won = (sheet.side[rows] == sheet.choice[rows]).astype(np.int64)
    names, annotator = numbered(sheet.annotator[rows])
    tests = position.by_annotator(annotator, won) if rows.size else []
    chances = np.array([1.0 if test.p_value is None else test.p_value for test in tests])
    for name, test, chance in zip(names, tests, position.false_discovery(chances), strict=True):
        people[name].figures["side"] = side(test, float(chance))
        if chance < ODD:
            people[name].flags.append("side")
    return side(position.position_bias(int(won.sum()), int(len(won) - won.sum())), None)


def side(test: PositionBias, adjusted: float | None) -> dict[str, Any]:
    found = {**estimate(test.first_share), "p_value": test.p_value}
    return found if adjusted is None else {**found, "adjusted_p": adjusted}


def times(sheet: Sheet, people: list[Person]) -> dict[str, Any]:
    """Medians, and who is far from the others on the same tasks."""
    rows = np.flatnonzero(~np.isnan(sheet.seconds) & (sheet.purpose != REPEAT))
    seconds = sheet.seconds[rows]
    (_tasks, task), (names, annotator) = numbered(sheet.task[rows]), numbered(sheet.annotator[rows])
    found = pace.pace(task, annotator, seconds)
    fast, slow = found.outlying & (found.judgment < 0), found.outlying & (found.judgment > 0)
    count = np.bincount(annotator, minlength=len(names))
    quick, late = (np.bincount(annotator, odd, len(names)).astype(int) for odd in (fast, slow))
    split = np.split(seconds[np.argsort(annotator, kind="stable")], np.cumsum(count)[:-1])
    for place, name in enumerate(names):
        people[name].median_seconds = float(np.median(split[place]))
        relative, score = rounded(found.relative[place], found.annotator[place])
        people[name].figures["time"] = {
            "timed": int(count[place]), "relative": relative, "score": score,
            "too_fast": int(quick[place]), "too_slow": int(late[place]),
        }  # fmt: skip
        if found.annotator_outlying[place] and count[place] >= LEAST_TIMED:
            people[name].flags.append("fast" if found.annotator[place] < 0 else "slow")
    return {**histogram(seconds), "timed": len(rows), "too_fast": int(fast.sum()), "too_slow": int(slow.sum())}


def histogram(seconds: Floats) -> dict[str, Any]:
    """How many judgments took how long, in bins of equal width on the log scale."""
    if not seconds.size:
        return {"median": None, "edges": [], "counts": []}
    low, high = np.quantile(seconds, [0.002, 0.998])
    edges = np.geomspace(max(low, 0.05), max(high, low * 1.5, 0.1), 25)
    counts, _edges = np.histogram(np.clip(seconds, edges[0], edges[-1]), edges)
    return {"median": float(np.median(seconds)), "edges": [round(edge, 3) for edge in edges], "counts": counts.tolist()}


def golds(sheet: Sheet, people: list[Person], answers: list[Checked]) -> dict[str, Any]:
    """How often the known answer was given, by person and by kind."""
    place = {name: number for number, name in enumerate(sheet.annotators)}
    by_kind: dict[str, tuple[int, int]] = {}
    for answer in answers:
        if answer.annotator in place:
            person = people[place[answer.annotator]]
            person.gold = person.gold[0] + answer.is_right, person.gold[1] + 1
        right, seen = by_kind.get(answer.kind, (0, 0))
        by_kind[answer.kind] = right + answer.is_right, seen + 1
    for person in people:
        person.figures["gold"] = estimate(wilson(*person.gold))
    right, seen = (sum(part[index] for part in by_kind.values()) for index in (0, 1))
    return {**estimate(wilson(right, seen)), "kinds": {kind: estimate(wilson(*part)) for kind, part in by_kind.items()}}


def repeats(sheet: Sheet, people: list[Person]) -> dict[str, Any]:
    """How often the same person says the same of the same task again."""
    first, second = repeated(sheet)
    same = alike(sheet, first, second)
    for name in np.unique(sheet.annotator[first]):
        mine = same[sheet.annotator[first] == name]
        people[name].repeats = int(mine.sum()), len(mine)
    for person in people:
        person.figures["consistency"] = estimate(wilson(*person.repeats))
    kinds = {}
    for code in np.unique(sheet.kind[first]):
        rows = sheet.kind[first] == code
        kinds[KINDS[code]] = of_kind(sheet, first[rows], second[rows], same[rows])
    return {**estimate(wilson(int(same.sum()), len(same))), "kinds": kinds}


def repeated(sheet: Sheet) -> tuple[Integers, Integers]:
    """Rows of first answers, and of the same person's answers to the same tasks shown again."""
    width = len(sheet.annotators) + 1
    key = sheet.task * width + sheet.annotator
    label, repeat = np.flatnonzero(sheet.purpose == LABEL), np.flatnonzero(sheet.purpose == REPEAT)
    _both, one, other = np.intersect1d(key[label], key[repeat], return_indices=True)
    return label[one], repeat[other]


def alike(sheet: Sheet, first: Integers, second: Integers) -> Flags:
    """Whether two rows say the same: the side, the sign of an amount, the class, the whole order, every mark."""
    same = (sheet.choice[first] == sheet.choice[second]) & (sheet.desirable[first] == sheet.desirable[second])
    single = ~sheet.is_pair[first] & ~np.isnan(sheet.amount[first])
    same &= ~single | (sheet.amount[first] == sheet.amount[second])
    several = np.isin(first, sheet.parts.row) | np.isin(second, sheet.parts.row)
    for place in np.flatnonzero(several):
        same[place] = pieces(sheet, int(first[place])) == pieces(sheet, int(second[place]))
    return same


def pieces(sheet: Sheet, row: int) -> set[tuple[int, bytes, int]]:
    start, end = np.searchsorted(sheet.parts.row, [row, row + 1])
    parts = (sheet.parts.aspect[start:end], sheet.parts.item[start:end], sheet.parts.value[start:end])
    return {(int(aspect), bytes(item), int(value)) for aspect, item, value in zip(*parts, strict=True)}


def of_kind(sheet: Sheet, first: Integers, second: Integers, same: Flags) -> dict[str, Any]:
    """Beside the share that stays: κ for classes, the rank correlation of sizes for amounts."""
    kind, found = KINDS[sheet.kind[first[0]]], estimate(wilson(int(same.sum()), len(same)))
    if kind == "cardinal":
        amounts = consistency.of_amounts(sheet.amount[first], sheet.amount[second])
        return {**found, "rank_correlation": estimate(amounts.rank_correlation)}
    if kind in ("pairwise", "binary"):
        column = sheet.choice + 1 if kind == "pairwise" else sheet.desirable
        return {**found, "kappa": estimate(consistency.of_classes(column[first], column[second]).kappa)}
    return found


def lines(sheet: Sheet, people: list[Person]) -> None:
    """The longest run of one side or one class of each person, in the order given."""
    decided = (sheet.side != 0) & (sheet.choice != 0)
    sheets = [
        ("side", np.flatnonzero(decided), (sheet.side * sheet.choice < 0).astype(np.int64), np.array([0.5, 0.5])),
        ("class", sheet.rows("binary", LABEL, GOLD), sheet.desirable, None),
    ]
    found: list[tuple[int, dict[str, Any]]] = []
    for name, rows, answer, shares in sheets:
        if rows.size:
            yes = float(answer[rows].mean())
            chances = shares if shares is not None else np.array([1 - yes, yes])
            found += runs(sheet, name, rows, answer, chances)
    adjusted = position.false_discovery(np.array([run["p_value"] for _name, run in found]))
    for (place, run), chance in zip(found, adjusted, strict=True):
        known = people[place].figures.get("line")
        if known is None or chance < known["adjusted_p"]:
            people[place].figures["line"] = {**run, "adjusted_p": float(chance)}
        if chance < ODD and "line" not in people[place].flags:
            people[place].flags.append("line")


def runs(sheet: Sheet, of: str, rows: Integers, answer: Integers, shares: Floats) -> list[tuple[int, dict[str, Any]]]:
    """The longest run of each annotator of these rows."""
    order = rows[np.lexsort((sheet.at[rows], sheet.annotator[rows]))]
    names, start = np.unique(sheet.annotator[order], return_index=True)
    found = []
    for name, mine in zip(names, np.split(order, start[1:]), strict=True):
        streak = streaks.longest_streak(answer[mine], shares)
        run = {"of": of, "longest": streak.longest, "answer": streak.answer, "n": len(mine), "p_value": streak.p_value}
        found.append((int(name), run))
    return found
