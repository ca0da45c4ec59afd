"""The studies by name: what each shows and assumes, its tiers, what it will take, and the function that runs it.

No torch is loaded before a study runs, so that forms and the API can ask.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from rewardmodels.learning.settings.fields import SettingError
from training.learning.observing import RunObserver
from training.learning.studies import costs, parts
from training.learning.studies.costs import Estimate
from training.learning.studies.results import Result, plain
from training.learning.studies.settings import Constrained, Ensembles, OverOptimisation

LARGEST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Commission:
    """One study to be run; parts that lie finished in its folder are not made again."""

    settings: Any
    seed: int
    folder: Path
    policy: Callable[[], Path]  # the folder of the text world's policy, made where there is none yet


Runner = Callable[[Commission, RunObserver], Result]


class Study(NamedTuple):
    name: str
    title: str
    shows: str
    assumes: str
    tiers: Mapping[str, Any]  # the settings of each, all of one dataclass
    estimate: Callable[[Any], Estimate]
    run: Runner

    @property
    def settings(self) -> type:
        return type(self.tiers["quick"])

    def read(self, tier: str = "quick", values: Mapping[str, Any] | None = None) -> Any:
        """The settings of a tier with these values in place of its own; SettingError names what is wrong."""
        if tier not in self.tiers:
            raise SettingError("tier", f"There is no tier {tier!r}; known are: {', '.join(self.tiers)}.")
        given = asdict(self.tiers[tier]) | dict(values or {})
        if unknown := set(given) - set(asdict(self.tiers[tier])):
            raise SettingError(min(unknown), f"{self.title} has no setting {min(unknown)!r}.")
        return self.settings(**{name: tuple(one) if isinstance(one, list) else one for name, one in given.items()})

    def tier_of(self, settings: Any) -> str:
        """The tier whose settings these are, or nothing."""
        return next((name for name, one in self.tiers.items() if one == settings), "")


def run_over_optimisation(commission: Commission, observer: RunObserver) -> Result:
    from training.learning.studies import over_optimisation

    return over_optimisation.run(commission, observer)


def run_ensembles(commission: Commission, observer: RunObserver) -> Result:
    from training.learning.studies import ensembles

    return ensembles.run(commission, observer)


def run_constrained(commission: Commission, observer: RunObserver) -> Result:
    from training.learning.studies import holding

    return holding.run(commission, observer)


STUDIES: dict[str, Study] = {
    one.name: one
    for one in (
        Study(
            name="over_optimisation",
            title=OverOptimisation.title,
            shows="How far proxies of several sizes, learned from more or fewer judgments of which some are flipped, "
            "can be pushed before the gold falls: by best-of-n and by RLOO, over √KL, with the formulas of Gao et al., "
            "arXiv 2210.10760, and over the exact front.",
            assumes="The text world, whose gold is known. Proxies count words, and see of a slot’s value only whether "
            "it was asked for; people err by logistic noise of a coin beside the flips. Answers of best-of-n come from "
            "the grammar, those of RLOO from the small policy that learned it.",
            tiers={
                "smoke": OverOptimisation(
                    sizes=(0, 4),
                    pairs=(40, 120),
                    seeds=2,
                    prompts=8,
                    pool=64,
                    runs=1,
                    steps=2,
                    step_prompts=2,
                    samples=2,
                    held_out=4,
                    look_every=1,
                ),
                "quick": OverOptimisation(),
                "full": OverOptimisation(
                    sizes=(0, 4, 16, 64, 256),
                    pairs=(250, 1_000, 2_000, 4_000, 8_000),
                    noise=(0.0, 0.1, 0.25, 0.4),
                    seeds=5,
                    prompts=128,
                    pool=4_096,
                    runs=5,
                    steps=60,
                    held_out=256,
                ),
            },
            estimate=costs.of_over_optimisation,
            run=run_over_optimisation,
        ),
        Study(
            name="ensembles",
            title=Ensembles.title,
            shows="What a cautious ensemble is worth at best-of-n when some judgments are flipped: a single member, "
            "the mean, the worst case, and the mean less a penalty on the variance, over √KL and over the exact front. "
            "After Coste et al., arXiv 2310.02743.",
            assumes="The text world, whose gold is known; people give the true order but for the flips. Members count "
            "words, and see of a slot’s value only whether it was asked for; they differ in their seed alone. Answers "
            "come from the grammar.",
            tiers={
                "smoke": Ensembles(members=3, size=4, pairs=120, seeds=2, prompts=8, pool=64),
                "quick": Ensembles(),
                "full": Ensembles(noise=(0.0, 0.1, 0.25, 0.35), seeds=20, prompts=256, pool=8_192),
            },
            estimate=costs.of_ensembles,
            run=run_ensembles,
        ),
        Study(
            name="constrained",
            title=Constrained.title,
            shows="Two components are pushed from one policy: by their weights alone, with a price on the KL, by an "
            "ensemble’s worst member, and held at the values where a surface through runs on other prompts has the "
            "most gold. After Moskovitz et al., arXiv 2310.04373.",
            assumes="The text world: its policy, components learned from simulated ratings, and a gold that is known. "
            "What is judged are fresh answers to fresh prompts; intervals are over seeds alone.",
            tiers={
                "smoke": Constrained(
                    steps=2, search_steps=2, seeds=1, prompts=2, samples=2, held_out=4, judged=8, look_every=1
                ),
                "quick": Constrained(),
                "full": Constrained(
                    steps=96, search_steps=40, seeds=5, searched=4, prices=3, held_out=192, judged=1_024
                ),
            },
            estimate=costs.of_constrained,
            run=run_constrained,
        ),
    )
}


class OtherStudy(ValueError):
    """A sentence: the folder holds parts of another study, seed or settings."""


def run(study: Study, commission: Commission, observer: RunObserver) -> Result:
    """In a folder that is this study's alone; what was finished there is not made again."""
    own = {"study": study.name, "settings": plain(asdict(commission.settings)), "seed": commission.seed}
    path = commission.folder / "study.json"
    if not path.is_file():
        parts.write(path, own)
    elif json.loads(path.read_text()) != own:
        raise OtherStudy(f"{commission.folder} holds another study, seed or settings: take another folder.")
    return study.run(replace(commission, folder=commission.folder / "parts"), observer)


def find(name: str) -> Study:
    """SettingError for a name that is none."""
    if name not in STUDIES:
        raise SettingError("kind", f"There is no study {name!r}; known are: {', '.join(STUDIES)}.")
    return STUDIES[name]
