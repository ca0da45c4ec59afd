"""The studies by name: what each shows and assumes, its tiers, what it will take, and the function that runs it.

No torch is loaded before a study runs, so that forms and the API can ask.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from rewardmodels.learning.settings import SettingError
from training.learning.observing import RunObserver
from training.learning.studies import costs
from training.learning.studies.costs import Estimate
from training.learning.studies.results import Result
from training.learning.studies.settings import Constrained

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


def run_constrained(commission: Commission, observer: RunObserver) -> Result:
    from training.learning.studies import holding

    return holding.run(commission, observer)


STUDIES: dict[str, Study] = {
    one.name: one
    for one in (
        Study(
            name="constrained",
            title=Constrained.title,
            shows="Two components are pushed from one policy: by their weights alone, with a price on the KL, and held "
            "at the values where the gold is greatest. After Moskovitz et al., arXiv 2310.04373.",
            assumes="The text world: its policy, its components, and a gold that is known. The values that are held "
            "come from the grammar’s exact front, not from a search; intervals are over seeds alone.",
            tiers={
                "smoke": Constrained(steps=4, seeds=1, prompts=2, samples=2, held_out=4, look_every=2),
                "quick": Constrained(),
                "full": Constrained(steps=150, seeds=5, held_out=1_024, look_every=10),
            },
            estimate=costs.of_constrained,
            run=run_constrained,
        ),
    )
}


def find(name: str) -> Study:
    """SettingError for a name that is none."""
    if name not in STUDIES:
        raise SettingError("kind", f"There is no study {name!r}; known are: {', '.join(STUDIES)}.")
    return STUDIES[name]
