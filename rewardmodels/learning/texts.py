"""Candidates as token ids, with a count of everything that the limits cost."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from lm.rendering import Rendered, Renderer
from rewardmodels.learning.evidence import Evidence
from rewardmodels.learning.judgments import Candidate, Judgment, candidates_of


@dataclass
class Losses:
    """What the limits took away: nothing of it goes unsaid (T12)."""

    candidates: int = 0
    turns_dropped: int = 0  # candidates whose oldest turns were left out
    prompts_cut: int = 0
    responses_cut: int = 0
    pairs_dropped: int = 0
    judgments_dropped: int = 0  # of every kind, pairs included
    seams_moved: int = 0  # candidates in which tokenizing all at once would merge prompt and answer

    def count(self, rendered: Rendered) -> None:
        self.candidates += 1
        self.turns_dropped += rendered.turns_dropped > 0
        self.prompts_cut += rendered.prompt_cut
        self.responses_cut += rendered.response_cut
        self.seams_moved += rendered.seam_moved

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def render(
    renderer: Renderer, candidates: Sequence[Candidate], report: Callable[[float], None] = lambda share: None
) -> tuple[list[Rendered], Losses]:
    """Every candidate's ids, in order."""
    losses, texts = Losses(), []
    for number, candidate in enumerate(candidates):
        texts.append(renderer.render(candidate.prompt, candidate.response))
        losses.count(texts[-1])
        if number % 200 == 0:
            report(number / len(candidates))
    return texts, losses


def drop_cut(evidence: Evidence, texts: Sequence[Rendered], losses: Losses) -> None:
    """Leave out each judgment of which a part did not fit, and count it."""

    def is_whole(said: Judgment) -> bool:
        return all(texts[candidate].is_whole for candidate in candidates_of(said))

    pairs, judgments = len(evidence.pairs), len(evidence)
    evidence.keep(is_whole)
    losses.pairs_dropped = pairs - len(evidence.pairs)
    losses.judgments_dropped = judgments - len(evidence)
