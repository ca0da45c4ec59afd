"""The features of all answers that were compared, as columns: as they will be scored, and as they may be learned from.

The two differ for rated aspects alone: a training answer's own conversation was rated, so the weights are learned from
predictions of heads that did not see it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from lm.backbones import Backbone
from rewardmodels.learning import scalar
from rewardmodels.learning.commissions import Commission
from rewardmodels.learning.composition import attributes, rated, sources
from rewardmodels.learning.composition.rated import Learned, Ratings
from rewardmodels.learning.composition.sources import Aspects, Column, Floats, Judged, Models, Source, Writing
from rewardmodels.learning.evidence import Evidence
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.settings.compositional import Compositional
from rewardmodels.learning.texts import Losses

BEGIN, END = 0.02, 0.75  # the share of the whole that gathering takes
COSTS = {sources.WRITING: 1.0, sources.RATED: 10.0, sources.JUDGED: 60.0, sources.MODEL: 10.0}


class Absent(NamedTuple):
    """A feature that was asked for and could not be had."""

    column: Column
    reason: str


@dataclass
class Gathered:
    """Tables over all candidates; rows of those that nobody compared are NaN."""

    used: NDArray[np.int64]  # the candidates that were compared, in order
    size: int
    sources: list[Source] = field(default_factory=list)
    scored: list[Floats] = field(default_factory=list)  # a table a source: as answers will be scored
    learned: list[Floats] = field(default_factory=list)  # and as weights may be learned from
    absent: list[Absent] = field(default_factory=list)
    aspects: dict[str, Learned] = field(default_factory=dict)
    losses: Losses = field(default_factory=Losses)
    states: Tensor | None = None  # (candidates, width) fp32, where aspects are learned

    @property
    def columns(self) -> list[Column]:
        return [column for source in self.sources for column in source.columns]

    def add(self, source: Source, values: Floats) -> None:
        """values (used, columns)"""
        self.keep(source, self.spread(values), None)

    def keep(self, source: Source, scored: Floats, learned: Floats | None) -> None:
        self.sources.append(source)
        self.scored.append(scored)
        self.learned.append(scored if learned is None else learned)

    def spread(self, values: Floats) -> Floats:
        table = np.full((self.size, values.shape[1]), np.nan)
        table[self.used] = values
        return table


def gather(evidence: Evidence, backbone: Backbone, commission: Commission, observer: Observer) -> Gathered:
    """Measure what the settings ask for; what cannot be had is named with its reason."""
    settings = commission.settings
    assert isinstance(settings, Compositional)
    found = Gathered(np.empty(0, dtype=np.int64), len(evidence.candidates))
    shares = Shares(commission)
    if settings.ratings:
        learn_aspects(found, evidence, backbone, commission, shares.of(sources.RATED, observer))
    pairs = evidence.pair_columns()  # after texts that are too long were left out
    found.used = np.unique(np.concatenate([pairs.first.numpy(), pairs.second.numpy()]))
    items = [evidence.candidates[index] for index in found.used]
    for group, name, source in rest(commission):
        report = watched(shares.of(group, observer), name)
        found.add(source, source.measure(items, report).values)
    return found


def rest(commission: Commission) -> Iterator[tuple[str, str, Source]]:
    """The sources that nothing has to be learned for: (group, what is said meanwhile, source)."""
    settings = commission.settings
    assert isinstance(settings, Compositional)
    if settings.writing:
        yield sources.WRITING, "Measuring the writing", Writing()
    if commission.judge is not None:
        asked = attributes.chosen(settings.attributes)
        judged = Judged(commission.judge.judge, commission.judge.memory, settings.judge_template, asked)
        yield sources.JUDGED, "Asking the language model", judged
    if commission.parts:
        parts = [part.part for part in commission.parts]
        yield sources.MODEL, "Scoring by other reward models", Models(parts)


def watched(observer: Observer, name: str) -> Callable[[float], None]:
    return lambda share: observer.phase(name, share)


class Shares:
    """How much of the whole each source takes, by what it costs."""

    def __init__(self, commission: Commission) -> None:
        settings = commission.settings
        assert isinstance(settings, Compositional)
        asked = {
            sources.RATED: settings.ratings,
            sources.WRITING: settings.writing,
            sources.JUDGED: commission.judge is not None,
            sources.MODEL: bool(commission.parts),
        }
        self.costs = {group: COSTS[group] for group, is_asked in asked.items() if is_asked}

    def of(self, group: str, observer: Observer) -> Observer:
        """An observer to whom this source is the whole."""
        total = sum(self.costs.values())
        before = sum(cost for name, cost in self.costs.items() if list(self.costs).index(name) < self._place(group))
        start = BEGIN + (END - BEGIN) * before / total
        width = (END - BEGIN) * self.costs[group] / total
        return replace(observer, phase=lambda name, share: observer.phase(name, start + width * min(share, 1.0)))

    def _place(self, group: str) -> int:
        return list(self.costs).index(group)


def learn_aspects(
    found: Gathered, evidence: Evidence, backbone: Backbone, commission: Commission, observer: Observer
) -> None:
    """Heads for the rated aspects that the settings name, and their predictions of every candidate."""
    settings = commission.settings
    assert isinstance(settings, Compositional)
    wanted = settings.aspects or tuple(sorted(evidence.aspects))
    given = {aspect: ratings_of(evidence, aspect) for aspect in wanted}
    reasons = {aspect: rated.why_not(ratings) for aspect, ratings in given.items()}
    found.absent += [Absent(sources.aspect_column(aspect), reason) for aspect, reason in reasons.items() if reason]
    if all(reasons.values()):
        return
    states, found.losses = scalar.encode(evidence, backbone, commission, observer)
    found.states = states
    rows, clusters = states.numpy(), cluster_of(evidence)
    for number, aspect in enumerate(aspect for aspect in wanted if not reasons[aspect]):
        observer.phase("Learning heads for rated aspects", 0.7 + 0.3 * number / len(wanted))
        ratings = ratings_of(evidence, aspect)  # again: ratings of texts that are too long may have gone
        found.aspects[aspect] = rated.learn(rows.astype(np.float64), clusters, ratings, commission.seed)
    heads = {aspect: learned.head for aspect, learned in found.aspects.items()}
    source = Aspects(backbone, scalar.renderer_for(backbone, settings), heads)
    out_of_fold = np.stack([learned.out_of_fold for learned in found.aspects.values()], 1)
    found.keep(source, sources.predict(heads, rows), out_of_fold)


def ratings_of(evidence: Evidence, aspect: str) -> Ratings:
    """The training split's ratings of an aspect."""
    place = evidence.aspects.index(aspect) if aspect in evidence.aspects else -1
    chosen = [said for said in evidence.ratings if said.aspect == place and said.split == "train"]
    return Ratings(
        np.array([said.candidate for said in chosen], dtype=np.int64),
        np.array([said.mark for said in chosen], dtype=np.float64),
        np.array([said.cluster for said in chosen], dtype=np.int64),
    )


def cluster_of(evidence: Evidence) -> NDArray[np.int64]:  # (candidates,), -1 of those that no judgment is about
    found = np.full(len(evidence.candidates), -1, dtype=np.int64)
    for pair in evidence.pairs:
        found[[pair.first, pair.second]] = pair.cluster
    for rating in evidence.ratings:
        found[rating.candidate] = rating.cluster
    return found
