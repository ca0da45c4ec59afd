"""Whether a bag of judgments holds anything that could be learned; a sentence where it does not."""

from collections.abc import Iterable, Iterator
from itertools import combinations

import torch

from rewardmodels.learning.columns import Bag, RankingColumns
from rewardmodels.learning.evidence import FEWEST_DECIDED, Evidence, Unlearnable
from rewardmodels.learning.judgments import Amount, Judgment, Pair, Ranking, Rating
from rewardmodels.learning.likelihoods.mixing import Recipe, speaks_of_utility
from rewardmodels.learning.likelihoods.ratings import overall
from rewardmodels.learning.reading import KINDS as ROWS

COLUMNS = dict(
    zip(("pairwise", "cardinal", "binary", "ranking", "rating"),
        ("pairs", "amounts", "verdicts", "rankings", "ratings"), strict=True)
)  # fmt: skip
ONE_SIDED = "Every one of the {n} decided judgments prefers the answer that was shown {side}: "


def choose_currency(evidence: Evidence, wanted: str) -> None:
    """Leave out amounts in other currencies, counted; Unlearnable where nobody chose among several."""
    found = sorted({evidence.questions[said.question].currency for said in evidence.amounts})
    if not found:
        return
    if not wanted and len(found) > 1:
        raise Unlearnable(
            f"The amounts are in {' and '.join(found)}, which cannot be added up. Choose a currency in the settings."
        )
    chosen = wanted or found[0]
    if chosen not in found:
        raise Unlearnable(f"No amount is in {chosen}; there are amounts in {' and '.join(found)}.")

    def is_kept(said: Judgment) -> bool:
        return not isinstance(said, Amount) or evidence.questions[said.question].currency == chosen

    for said in evidence.amounts:
        if not is_kept(said):
            name = f"cardinal in {evidence.questions[said.question].currency}"
            evidence.unused[name] = evidence.unused.get(name, 0) + 1
    evidence.keep(is_kept)


def choose_aspect(evidence: Evidence) -> None:
    """Where one aspect speaks of the utility, leave out the marks on others, counted: those are other utilities."""
    speaking = overall(evidence.aspects)
    if speaking is None:
        return
    for said in evidence.ratings:
        if said.aspect != speaking:
            name = f"marks on {evidence.aspects[said.aspect]}"
            evidence.unused[name] = evidence.unused.get(name, 0) + 1
    evidence.keep(lambda said: not isinstance(said, Rating) or said.aspect == speaking)


def main_question(evidence: Evidence) -> int:
    """The way of asking for money that most training amounts answer: it gives the unit."""
    asked = [said.question for said in evidence.amounts if said.split == "train"]
    return max(sorted(set(asked)), key=asked.count, default=0)


def kinds_to_use(evidence: Evidence, rows: tuple[str, ...]) -> list[str]:
    """Kinds of columns for these kinds of judgment; beside others, amounts that are all 0 are only preferences."""
    kinds = [COLUMNS[kind] for kind in ROWS if kind in rows]
    has_size = any(said.high > 0 and said.split == "train" for said in evidence.amounts)
    if len(kinds) > 1 and "amounts" in kinds and not has_size:
        kinds.remove("amounts")
    return kinds


def check(bag: Bag, recipe: Recipe) -> None:
    """Unlearnable with the reason, where the training judgments say nothing that could be learned."""
    if len(bag) == 0:
        raise Unlearnable("The training split holds no judgment of the kinds that this model learns from.")
    check_amounts(bag)
    check_verdicts(bag)
    check_ratings(bag, recipe)
    telling = sum(int(tells(bag, kind).sum()) for kind in bag.kinds)
    if telling == 0:
        raise Unlearnable(f"All {len(bag)} judgments in the training split are ties: nothing is preferred to learn.")
    if telling < FEWEST_DECIDED:
        raise Unlearnable(
            f"The training split holds {telling} judgments that tell answers apart; at least {FEWEST_DECIDED} are "
            "needed."
        )
    if torch.unique(bag.clusters).numel() < 2:
        raise Unlearnable("All judgments in the training split share one prompt: what holds elsewhere cannot be told.")
    check_sides(bag)


def tells(bag: Bag, kind: str) -> torch.Tensor:
    """(rows,) bool: which judgments of a kind tell something apart."""
    rows = bag.kinds[kind]
    if isinstance(rows, RankingColumns):
        return (rows.rank.max(1).values > 0) & rows.counts.any(1)
    decided = getattr(rows, "is_decided", None)
    return torch.ones(len(rows), dtype=torch.bool) if decided is None else decided


def check_amounts(bag: Bag) -> None:
    amounts = bag.kinds.get("amounts")
    if amounts is not None and not bool((amounts.high > 0).any()):  # type: ignore[attr-defined]
        raise Unlearnable(
            f"All {len(amounts)} amounts in the training split are 0: they say which answer is better at most, and "
            "never by how much. Learn from the preferences instead, as Bradley–Terry does."
        )


def check_verdicts(bag: Bag) -> None:
    verdicts = bag.kinds.get("verdicts")
    if verdicts is None or len(bag.kinds) > 1:
        return
    share = verdicts.desirable.double().mean()  # type: ignore[attr-defined]
    if float(share) in {0.0, 1.0}:
        word = "desirable" if share == 1 else "not desirable"
        raise Unlearnable(f"All {len(verdicts)} answers in the training split were called {word}: nothing differs.")


def check_ratings(bag: Bag, recipe: Recipe) -> None:
    ratings = bag.kinds.get("ratings")
    if ratings is None or len(bag.kinds) > 1:
        return
    if not speaks_of_utility(recipe):
        raise Unlearnable(
            f"Marks on {len(recipe.aspects)} aspects, none of them named “overall”, do not say which answer is better "
            "as a whole. Add comparisons, or ask for an overall mark."
        )
    marks = torch.unique(ratings.mark)  # type: ignore[attr-defined]
    if len(marks) == 1:
        raise Unlearnable(f"All {len(ratings)} marks in the training split are {int(marks[0])}: nothing differs.")


def check_sides(bag: Bag) -> None:
    """Where only shown pairs are judged, the better one must not always be the one on the same side."""
    if set(bag.kinds) - {"pairs", "amounts"}:
        return
    shown = torch.cat([rows.outcome * rows.side for rows in bag.kinds.values()])  # type: ignore[attr-defined]
    decided = torch.cat([rows.outcome != 0 for rows in bag.kinds.values()])  # type: ignore[attr-defined]
    for sign, side in ((1, "first"), (-1, "second")):
        if bool((shown[decided] == sign).all()):
            said = ONE_SIDED.format(n=int(decided.sum()), side=side)
            raise Unlearnable(f"{said}quality and side cannot be told apart.")


def preferences(rankings: Iterable[Ranking]) -> Iterator[Pair]:
    """Each two answers of a ranking, for figures that count preferences."""
    for said in rankings:
        for one, other in combinations(range(len(said.candidates)), 2):
            outcome = (said.ranks[one] < said.ranks[other]) - (said.ranks[one] > said.ranks[other])
            about = {"annotator": said.annotator, "cluster": said.cluster, "split": said.split}
            yield Pair(said.candidates[one], said.candidates[other], outcome, **about)  # type: ignore[arg-type]
