"""Into which parts the decided comparisons of a split fall: by who answered, how long, who judged, what about."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rewardmodels.learning import topics
from rewardmodels.learning.evidence import Evidence
from rewardmodels.learning.judgments import CHOSEN, RANDOM, UNKNOWN, Pair
from rewardmodels.learning.slices import Slice, by_name

STRENGTHS = {1: "slightly", 2: "clearly", 3: "greatly"}


@dataclass(frozen=True)
class Grouper:
    """What is known of the evidence as a whole."""

    evidence: Evidence
    topic: Mapping[int, str]  # cluster → topic
    learned: frozenset[int]  # clusters of which the training split holds a judgment

    def of(self, split: str) -> list[Slice]:
        """Slices over the decided pairs of a split, in their order."""
        return self.parts([pair for pair in self.evidence.pairs if pair.split == split and pair.outcome])

    def parts(self, pairs: Sequence[Pair]) -> list[Slice]:
        return [*self._named(pairs), *self._lengths(pairs)] if pairs else []

    def _named(self, pairs: Sequence[Pair]) -> Iterator[Slice]:
        known = self.evidence
        yield from by_name("kind", [["cardinal" if pair.has_amount else "pairwise"] for pair in pairs])
        yield from by_name("strength", [named(STRENGTHS.get(pair.strength)) for pair in pairs], [*STRENGTHS.values()])
        sources = [{known.sources[pair.first], known.sources[pair.second]} - {""} for pair in pairs]
        yield from by_name("source", [sorted(own) for own in sources])
        yield from by_name("annotator", [[known.annotators[pair.annotator]] for pair in pairs])
        yield from by_name("group", [known.groups.get(pair.annotator, []) for pair in pairs])
        yield from by_name("sampling", [named(pair.sampling or None) for pair in pairs], [RANDOM, CHOSEN])
        yield from by_name("topic", [named(self.topic.get(pair.cluster)) for pair in pairs])
        yield from by_name("shown", [side(pair) for pair in pairs], ["first", "second"])
        seen = [["seen" if pair.cluster in self.learned else "new"] for pair in pairs]
        yield from by_name("prompt", seen, ["new", "seen"])

    def _lengths(self, pairs: Sequence[Pair]) -> Iterator[Slice]:
        """Thirds by the mean length of the two answers, and which of them was preferred."""
        size = np.array([[len(self.evidence.candidates[one].response) for one in pair[:2]] for pair in pairs])
        mean = size.mean(1)
        low, high = (round(float(edge)) for edge in np.quantile(mean, [1 / 3, 2 / 3]))
        names = [f"≤ {low}", f"{low} – {high}", f"> {high}"]
        place = (mean > low).astype(int) + (mean > high)
        yield from by_name("length", [[names[one]] for one in place], names)
        longer = np.sign(size[:, 0] - size[:, 1]) * np.array([pair.outcome for pair in pairs])
        words: dict[int, list[str]] = {1: ["longer"], -1: ["shorter"], 0: []}
        yield from by_name("preferred", [words[int(one)] for one in longer], ["longer", "shorter"])


def named(name: str | None) -> list[str]:
    return [] if name is None else [name]


def side(pair: Pair) -> list[str]:
    """Where the preferred answer was shown, if that is known."""
    return [] if pair.side == UNKNOWN else ["first" if pair.side == pair.outcome else "second"]


def grouper(evidence: Evidence) -> Grouper:
    used = sorted({pair.cluster for pair in evidence.pairs})
    found = topics.of([evidence.clusters[cluster] for cluster in used])
    learned = frozenset(said.cluster for said in evidence.judgments() if said.split == "train")
    return Grouper(evidence, dict(zip(used, found, strict=False)), learned)
