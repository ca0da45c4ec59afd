"""From evidence to a composition's sealed folder: gather features, keep those that tell, weigh, evaluate, save."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lm.backbones import Backbone
from rewardmodels.learning import assessment, bradley_terry, scalar
from rewardmodels.learning.bradley_terry import Lesson
from rewardmodels.learning.columns import PairColumns
from rewardmodels.learning.commissions import Commission, Made
from rewardmodels.learning.composition import aggregation, gathering, keeping
from rewardmodels.learning.composition.aggregation import Chosen, Scale, Weights
from rewardmodels.learning.composition.gathering import Absent, Gathered
from rewardmodels.learning.composition.sources import Column, Floats
from rewardmodels.learning.evidence import Evidence, Unlearnable, check_pairs
from rewardmodels.learning.judgments import Judgment, Pair
from rewardmodels.learning.observing import NOBODY, Observer
from rewardmodels.learning.settings.compositional import Compositional
from rewardmodels.learning.settings.fields import SettingError
from rewardmodels.learning.settings.kinds import BradleyTerry

MOST_MISSING = 0.5  # share of training answers that a feature may lack before it is left out instead of them
CUTS = torch.zeros(1, dtype=torch.float64)  # ties are no outcome of their own here


@dataclass(frozen=True)
class Table:
    """The features that tell answers apart, of all candidates."""

    columns: list[Column]
    scored: Floats  # (candidates, features)
    learned: Floats

    @property
    def is_whole(self) -> NDArray[np.bool_]:  # (candidates,)
        return ~np.isnan(np.concatenate([self.scored, self.learned], 1)).any(axis=1)


@dataclass(frozen=True)
class Fitted:
    scale: Scale
    weights: Weights
    chosen: Chosen
    rows: int


def make(evidence: Evidence, backbone: Backbone, commission: Commission, observer: Observer = NOBODY) -> Made:
    """Learn a composition and write its folder."""
    settings = commission.settings
    assert isinstance(settings, Compositional)
    if settings.ratings and settings.max_length > backbone.context:
        raise SettingError("max_length", f"{backbone.name} reads at most {backbone.context} tokens.")
    check_pairs(evidence.pair_columns("train"))
    gathered = gathering.gather(evidence, backbone, commission, observer)
    table = choose_columns(gathered, evidence)
    missing = leave_out_missing(evidence, table)
    train = evidence.pair_columns("train")
    check_pairs(train)
    fitted = fit(table, train, commission, observer)
    observer.phase("Calibrating and evaluating", 0.92)
    utilities = torch.from_numpy(aggregation.contributions(table.scored, fitted.scale, fitted.weights.values).sum(1))
    beside = linear_beside(gathered, train, evidence, backbone, commission.seed)
    result = assessment.assess(evidence, utilities, CUTS, commission.seed, beside)
    details = {
        "losses": gathered.losses.as_dict(),
        "unused": evidence.unused_by(settings.reads),
        "annotators": len(evidence.annotators),
        "reference": scalar.reference(utilities[torch.from_numpy(compared(train))]),
        "features": described(table, fitted, gathered),
        "aspects": {name: aspect(learned) for name, learned in gathered.aspects.items()},
        "pairs_missing": missing,
        "fit": {
            "strength": fitted.chosen.strength,
            "held_out_losses": fitted.chosen.held_out,
            "penalty": settings.penalty,
            "ties": settings.ties,
            "rows": fitted.rows,
        },
    }
    observer.phase("Saving", 0.97)
    return keeping.save(gathered, backbone, commission, result, details)


def aspect(learned: Any) -> dict[str, Any]:
    return {"n": learned.n, "penalty": learned.penalty, "correlation": learned.correlation}


def compared(pairs: PairColumns) -> NDArray[np.int64]:
    """The candidates of these pairs, each once."""
    return np.unique(np.concatenate([pairs.first.numpy(), pairs.second.numpy()]))


def choose_columns(gathered: Gathered, evidence: Evidence) -> Table:
    """Leave out what is the same for all training answers or missing for most; the reasons are noted."""
    columns = gathered.columns
    if not columns:
        why = "; ".join(f"{one.column.title}: {one.reason}" for one in gathered.absent)
        raise Unlearnable(f"No feature could be computed. {why}".strip())
    scored, learned = np.concatenate(gathered.scored, 1), np.concatenate(gathered.learned, 1)
    train = learned[compared(evidence.pair_columns("train"))]
    missing = np.isnan(train).mean(0)
    kept = np.zeros(len(columns), dtype=np.bool_)
    for place, column in enumerate(columns):
        if missing[place] > MOST_MISSING:
            gathered.absent.append(Absent(column, f"It is missing of {missing[place]:.0%} of the training answers."))
        elif not aggregation.varies(train[:, place : place + 1])[0]:
            gathered.absent.append(Absent(column, "It is the same for every training answer."))
        else:
            kept[place] = True
    if not kept.any():
        raise Unlearnable("No feature differs between the training answers, so none can tell which is better.")
    chosen = [column for column, is_kept in zip(columns, kept, strict=True) if is_kept]
    return Table(chosen, scored[:, kept], learned[:, kept])


def leave_out_missing(evidence: Evidence, table: Table) -> dict[str, int]:
    """Leave out each comparison of which a feature is missing; how many they were, by split."""
    whole, missing = table.is_whole, Counter[str]()

    def is_kept(said: Judgment) -> bool:
        if not isinstance(said, Pair) or (whole[said.first] and whole[said.second]):
            return True
        missing[said.split] += 1
        return False

    evidence.keep(is_kept)
    return dict(missing)


def fit(table: Table, train: PairColumns, commission: Commission, observer: Observer) -> Fitted:
    """Scale, strength and weights from the training pairs."""
    settings = commission.settings
    assert isinstance(settings, Compositional)
    used = compared(train)
    scale = aggregation.scale(table.learned[used])
    standard = (table.learned - scale.mean) / scale.deviation
    rows = aggregation.rows(
        standard[train.first.numpy()],
        standard[train.second.numpy()],
        train.outcome.numpy(),
        train.cluster.numpy(),
        ties=settings.ties,
    )
    how, seed = settings.penalty, commission.seed
    chosen = Chosen(settings.strength or 0.0, {})
    if settings.strength is None:
        chosen = aggregation.choose(
            rows,
            penalty=how,
            seed=seed,
            report=lambda share: observer.phase("Choosing the strength", 0.75 + 0.1 * share),
        )
        for step, loss in enumerate(chosen.held_out.values(), start=1):
            observer.report(step, {"held_out_loss": loss})
    weights = aggregation.weigh(
        rows,
        chosen.strength,
        penalty=how,
        seed=seed,
        report=lambda share: observer.phase("Weighing", 0.85 + 0.07 * share),
    )
    located = Scale(table.scored[used].mean(0), scale.deviation)  # so that the mean utility as scored is 0
    return Fitted(located, weights, chosen, len(rows.weight))


def linear_beside(
    gathered: Gathered, train: PairColumns, evidence: Evidence, backbone: Backbone, seed: int
) -> torch.Tensor | None:
    """(candidates,) utilities of a linear head on the frozen states, where there are any, as something to beat."""
    if gathered.states is None:
        return None
    lesson = Lesson(gathered.states, train, len(evidence.annotators), backbone.family, seed)
    linear = bradley_terry.fit(BradleyTerry(), lesson)
    with torch.no_grad():
        return linear.head(gathered.states.double())


def described(table: Table, fitted: Fitted, gathered: Gathered) -> list[dict[str, Any]]:
    """Every feature that was asked for: computed, with its weight, or not, with the reason."""
    used = gathered.used
    absent = [{**one.column._asdict(), "computed": False, "reason": one.reason} for one in gathered.absent]
    computed = [
        {
            **column._asdict(),
            "computed": True,
            "reason": "",
            "weight": float(fitted.weights.values[place]),
            "low": float(fitted.weights.low[place]),
            "high": float(fitted.weights.high[place]),
            "mean": float(fitted.scale.mean[place]),
            "deviation": float(fitted.scale.deviation[place]),
            "missing": int(np.isnan(table.scored[used, place]).sum()),
        }
        for place, column in enumerate(table.columns)
    ]
    return [*computed, *absent]
