"""What a person chooses about a campaign: how much is asked, what is learned, how far the policy is pushed."""

from dataclasses import dataclass, field, fields
from typing import ClassVar

from rewardmodels.learning.settings.fields import SettingError, check, setting
from rewardmodels.learning.settings.kinds import KINDS as REWARD_KINDS
from training.learning.settings.algorithms import ALGORITHMS
from training.learning.settings.plan import Bound

OWN = "campaign"  # the reward model that a round learns, which has no id before
LEARNS = {"pairwise": ("bradley_terry", "ensemble", "joint"), "cardinal": ("cardinal", "bradley_terry", "joint")}


@dataclass(frozen=True)
class CampaignSettings:
    """The same in every round, so that rounds can be compared."""

    title: ClassVar[str] = "What a campaign does in each round"

    kind: str = setting(
        "pairwise",
        "What people are asked",
        "Which of two answers is better; with amounts also what the better one is worth.",
        enum=["pairwise", "cardinal"],
    )
    asked: int = setting(
        60, "Pairs a round", "Prompts to which the policy gives two answers each.", minimum=2, maximum=500
    )
    compared: int = setting(
        40, "Comparisons for the verdict", "Held-out prompts, at most as many as there are.", minimum=2, maximum=500
    )
    overlap: int = setting(1, "Labels a pair", "By different people.", minimum=1, maximum=20)
    reward_kind: str = setting(
        "bradley_terry", "Reward model", "Learned anew in each round, from all judgments so far.", enum=[*REWARD_KINDS]
    )
    backbone: str = setting("builtin:minilm", "Backbone", "The language model that the reward model is learned on.")
    reward_length: int = setting(
        256, "What it reads in tokens", "Prompt and answer; what is longer is cut.", minimum=16, maximum=32_768
    )
    algorithm: str = setting("rloo", "Algorithm", "How the policy is pushed towards the reward.", enum=[*ALGORITHMS])
    steps: int = setting(40, "Steps of a run", "It may end earlier.", minimum=1, maximum=100_000)
    kl_target: float = setting(
        5.0, "KL at most", "Nats per response that a round may go from where it began.", minimum=0.01, maximum=1_000.0
    )
    step_prompts: int = setting(8, "Prompts a step", "Asked of the policy in each step.", minimum=1, maximum=4_096)
    samples: int = setting(4, "Samples a prompt", "Answers to each in a step.", minimum=2, maximum=1_024)
    max_new_tokens: int = setting(
        128, "Longest answer in tokens", "Of samples that people see, and in runs.", minimum=1, maximum=4_096
    )
    max_prompt: int = setting(
        256, "Longest prompt in tokens", "The last turns are kept up to here.", minimum=4, maximum=16_000
    )
    seed: int = setting(0, "Seed", "All others follow from it.", minimum=0, maximum=2**31 - 1)

    def __post_init__(self) -> None:
        check(self)
        if self.reward_kind not in LEARNS[self.kind]:
            known = ", ".join(LEARNS[self.kind])
            raise SettingError("reward_kind", f"From {self.kind} judgments one of these is learned: {known}.")


@dataclass(frozen=True)
class CampaignRules:
    """Steps that begin by themselves once the one before is done; approvals and verdicts are always a person's."""

    title: ClassVar[str] = "What begins by itself in a campaign"

    samples: bool = setting(False, "The policy answers", "At the beginning of each round.")
    tasks: bool = setting(False, "People compare", "Once the policy has answered.")
    snapshot: bool = setting(False, "Judgments are frozen", "Once enough labels are there, as said below.")
    judgments: int = setting(
        100, "Enough labels, in percent", "Of those that the round asks for; for freezing.", minimum=1, maximum=100
    )
    agreement: float | None = setting(
        None,
        "Agreement at least",
        "Share of pairs of people who said the same, 0 to 1; for freezing. Empty asks for none.",
        minimum=0.0,
        maximum=1.0,
    )
    reward_model: bool = setting(False, "A reward is learned", "Once the judgments are frozen.")
    run: bool = setting(False, "The policy is pushed", "Once a person has approved the reward model.")
    calibration: float | None = setting(
        None,
        "Calibration error at most",
        "Of the reward model on its test pairs, 0 to 1; for the run. Empty asks for none.",
        minimum=0.0,
        maximum=1.0,
    )
    answers: bool = setting(False, "New and old answer", "Once the run is over.")
    comparison: bool = setting(False, "People compare new with old", "Once both have answered.")

    def __post_init__(self) -> None:
        check(self)

    @property
    def steps(self) -> tuple[str, ...]:
        """The names of those that begin by themselves."""
        return tuple(part.name for part in fields(self) if getattr(self, part.name) is True)


@dataclass(frozen=True)
class Held:
    """A reward model whose mean each run is to hold."""

    title: ClassVar[str] = "Held reward model"

    reward_model: str = setting(
        OWN, "Reward model", "The id of an approved one, or the word campaign: the one that the round has learned."
    )
    bounds: tuple[Bound, ...] = field(
        default=(), metadata={"title": "Bounds", "description": "Where its mean over samples must lie."}
    )
    unit: str = setting(
        "", "Unit", "Refused where it is not the reward model's: thresholds are in it. Empty is not looked at."
    )


@dataclass(frozen=True)
class CampaignBounds:
    """What each run that begins from now on is held to, beside its KL; the campaign's own reward is raised."""

    title: ClassVar[str] = "What the runs of a campaign are held to"

    components: tuple[Held, ...] = field(
        default=(), metadata={"title": "Components", "description": "Reward models with their bounds."}
    )
    thresholds_from: str = setting(
        "",
        "Take thresholds from",
        "A finished search for thresholds: what it held, and has no bound of its own here, is pulled to what it found.",
    )


CHOICES: dict[str, type[CampaignSettings | CampaignRules | CampaignBounds]] = {
    "settings": CampaignSettings, "rules": CampaignRules, "bounds": CampaignBounds,
}  # fmt: skip
