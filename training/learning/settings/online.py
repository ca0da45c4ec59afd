"""Settings of algorithms that sample from the policy as it learns."""

from dataclasses import dataclass
from typing import ClassVar

from rewardmodels.learning.settings.fields import SettingError, check, setting


@dataclass(frozen=True)
class Online:
    """What all of them have: the policy, how it is sampled, how it steps, how bounds are held."""

    name: ClassVar[str]
    title: ClassVar[str]
    baseline: ClassVar[str]  # how an answer's advantage is taken; training.learning.advantages knows them by name
    fewest_samples: ClassVar[int] = 1
    is_clipped: ClassVar[bool] = False  # whether a step takes several steps of the optimiser, held by ratios

    prompts: int = setting(
        16, "Prompts a step", "Taken in a shuffled order, all before any again.", minimum=1, maximum=4_096, group="main"
    )
    samples: int = setting(
        4, "Samples a prompt", "Answers to each prompt in a step.", minimum=1, maximum=1_024, group="main"
    )
    max_new_tokens: int = setting(
        128,
        "Longest answer in tokens",
        "At least three times what is usual, or cutting becomes the story.",
        minimum=1,
        maximum=32_768,
        group="main",
    )
    max_prompt: int = setting(
        256, "Longest prompt in tokens", "The last turns are kept up to here.", minimum=4, maximum=32_000
    )
    truncated: str = setting(
        "penalised",
        "Answers that were cut off",
        "masked leaves them out of the step; penalised takes the penalty off their objective; scored counts them as "
        "they are.",
        enum=["masked", "penalised", "scored"],
    )
    empty: str = setting(
        "penalised",
        "Empty answers",
        "penalised takes the penalty off their objective; scored counts them as the reward models say.",
        enum=["penalised", "scored"],
    )
    penalty: float = setting(
        1.0, "Penalty", "On the objective of answers cut off or empty, as chosen above.", minimum=0.0, maximum=1e6
    )

    transform: str = setting(
        "none",
        "What becomes of rewards",
        "Before they are weighted; bounds stay raw. whiten counts in a step's deviations; the others compare with the "
        "reference's answers to the same prompt: delta is the difference to their mean, cut off; par the mean chance "
        "to be preferred to one; calibrated the share that is worse; best_of_n and worst_of_n bend that share for a "
        "policy whose best or worst of several answers counts.",
        enum=["none", "whiten", "delta", "par", "calibrated", "best_of_n", "worst_of_n"],
    )
    references: int = setting(
        4, "Reference answers a prompt", "For transforms that compare with them.", minimum=1, maximum=1_024
    )
    widest: float = setting(
        5.0, "Widest difference", "For delta: what is further counts no more.", minimum=1e-6, maximum=1e6
    )
    slope: float = setting(1.0, "Slope", "For par: of the chance to be preferred.", minimum=1e-6, maximum=1e6)
    sharpness: float = setting(
        10.0,
        "Sharpness",
        "For best_of_n and worst_of_n: the larger, the more the tail counts.",
        minimum=0.01,
        maximum=50.0,
    )

    mode: str = setting(
        "full",
        "What is learned",
        "full learns all weights beside a frozen copy; lora learns small adapters, and the reference is the policy "
        "with these switched off.",
        enum=["full", "lora"],
        group="main",
    )
    rank: int = setting(16, "Rank", "Of each adapter; for lora.", minimum=1, maximum=512)
    alpha: float = setting(
        32.0, "Alpha", "Adapters are multiplied by alpha over rank; for lora.", minimum=0.01, maximum=4_096.0
    )
    learning_rate: float | None = setting(
        None,
        "Learning rate",
        "Of AdamW; empty means 0.00002 for full and 0.0002 for lora.",
        minimum=1e-9,
        maximum=0.1,
        group="main",
    )
    warm_up: int = setting(5, "Warm-up in steps", "The learning rate rises over these.", minimum=0, maximum=100_000)
    cool_down: float = setting(
        0.0,
        "Cool-down",
        "The share of the steps, at the end, over which the learning rate falls to a twentieth, along half a cosine: "
        "the policy settles where noise kept it moving.",
        minimum=0.0,
        maximum=1.0,
    )
    longest_gradient: float = setting(
        1.0, "Longest gradient", "The norm to which a step's gradient is cut.", minimum=1e-6, maximum=1e6
    )
    pass_tokens: int = setting(
        16_384,
        "Tokens in one pass",
        "Fewer need less memory, and change nothing else; half of them are tried once when memory runs out.",
        minimum=64,
        maximum=16_777_216,
    )
    recompute: bool = setting(
        False, "Compute layers again", "About a third slower, and memory for one layer instead of all."
    )
    precision: str = setting(
        "fp32",
        "Precision",
        "bf16 needs a CUDA device and holds inside the layers; weights that learn, probabilities and losses stay in "
        "fp32.",
        enum=["fp32", "bf16"],
    )

    controller: str = setting(
        "bounded",
        "How multipliers move",
        "bounded mixes by multipliers squashed into 0 to 1, or −1 to 1 for equal, and moved by gradient steps; pid "
        "adds what the violation was, is and becomes; exact solves the dual of each step's samples.",
        enum=["bounded", "pid", "exact"],
    )
    normalise: bool = setting(
        False,
        "Scale components alike",
        "The advantages of the objective and of each bound have a deviation of 1 in a step before they are mixed.",
    )
    multiplier_rate: float = setting(
        0.1,
        "Multipliers' rate",
        "The step of bounded multipliers, and the integral's gain of pid.",
        minimum=0.0,
        maximum=100.0,
    )
    multiplier_momentum: float = setting(
        0.1, "Multipliers' momentum", "Of bounded multipliers.", minimum=0.0, maximum=0.999
    )
    proportional: float = setting(
        0.1, "Proportional gain", "Of pid: on the violation as it is.", minimum=0.0, maximum=1_000.0
    )
    derivative: float = setting(
        0.0, "Derivative gain", "Of pid: on how fast the violation grows.", minimum=0.0, maximum=1_000.0
    )
    gain_unit: str = setting(
        "value",
        "What gains are counted in",
        "Of pid. value is the component's own unit; tilt is the push that would close a violation to first order, the "
        "violation over the variance among answers to one prompt, so that the same gains serve any unit.",
        enum=["value", "tilt"],
    )
    cap: float = setting(
        10.0,
        "Largest multiplier",
        "Of pid and exact; a multiplier that stays there is reported.",
        minimum=0.01,
        maximum=1e6,
    )
    window: int = setting(
        10, "Window in steps", "Means, saturation and stops are judged over so many steps.", minimum=1, maximum=10_000
    )

    stop_kl: float | None = setting(
        None, "Stop at a KL of", "Nats per response, mean of the window.", minimum=0.01, maximum=1_000.0
    )
    stop_length: float | None = setting(
        None, "Stop at a length of", "Times the mean length of the first step.", minimum=1.01, maximum=1_000.0
    )
    stop_spread: float | None = setting(
        None,
        "Stop at a spread of",
        "Times an ensemble's mean spread in the first step: there its members no longer agree.",
        minimum=1.01,
        maximum=1_000.0,
    )
    keep_every: int = setting(
        50, "Keep a checkpoint every so many steps", "Beside the best and the last.", minimum=1, maximum=1_000_000
    )

    def __post_init__(self) -> None:
        check(self)
        if self.samples < self.fewest_samples:
            raise SettingError(
                "samples", f"{self.title} compares the answers to a prompt: at least {self.fewest_samples} are needed."
            )

    @property
    def rate(self) -> float:
        return self.learning_rate or (2e-4 if self.mode == "lora" else 2e-5)

    @property
    def references_needed(self) -> int:
        return 0 if self.transform in {"none", "whiten"} else self.references

    @property
    def batch(self) -> int:
        return self.prompts * self.samples


@dataclass(frozen=True)
class Rloo(Online):
    """REINFORCE with the mean of a prompt's other samples as the baseline (Ahmadian et al., arXiv 2402.14740)."""

    name: ClassVar[str] = "rloo"
    title: ClassVar[str] = "RLOO"
    baseline: ClassVar[str] = "group"
    fewest_samples: ClassVar[int] = 2


@dataclass(frozen=True)
class Reinforce(Online):
    """REINFORCE (Williams, 1992) with the mean of all other answers of the step as the baseline."""

    name: ClassVar[str] = "reinforce"
    title: ClassVar[str] = "REINFORCE"
    baseline: ClassVar[str] = "step"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch < 2:
            raise SettingError("prompts", "One answer a step has no others to be compared with: take more prompts.")


@dataclass(frozen=True)
class Clipped(Online):
    """Several steps of the optimiser on one sample of answers, as far as ratios to the sampling policy allow."""

    is_clipped: ClassVar[bool] = True

    epochs: int = setting(1, "Epochs a step", "Times that a step's answers are gone over.", minimum=1, maximum=100)
    minibatches: int = setting(
        1, "Parts of an epoch", "Steps of the optimiser in it; prompts stay whole.", minimum=1, maximum=4_096
    )
    clip: float = setting(0.2, "Clip", "A token's ratio counts for no more than 1 ± this.", minimum=0.001, maximum=10.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.minibatches > self.prompts:
            raise SettingError("minibatches", "An epoch has at most as many parts as a step has prompts.")


@dataclass(frozen=True)
class Grpo(Clipped):
    """Group-relative policy optimisation (Shao et al., arXiv 2402.03300): advantages in deviations of their group."""

    name: ClassVar[str] = "grpo"
    title: ClassVar[str] = "GRPO"
    baseline: ClassVar[str] = "group_deviation"
    fewest_samples: ClassVar[int] = 2

    length: str = setting(
        "answer",
        "What a token counts",
        "answer divides by each answer's own length, as published; longest divides by the longest answer allowed, so "
        "that no length is favoured (Liu et al., arXiv 2503.20783).",
        enum=["answer", "longest"],
    )


@dataclass(frozen=True)
class Ppo(Clipped):
    """Proximal policy optimisation (Schulman et al., arXiv 1707.06347) with a critic's head for each component."""

    name: ClassVar[str] = "ppo"
    title: ClassVar[str] = "PPO"
    baseline: ClassVar[str] = "critic"

    epochs: int = setting(2, "Epochs a step", "Times that a step's answers are gone over.", minimum=1, maximum=100)
    normalise: bool = setting(
        True,
        "Scale components alike",
        "The advantages of the objective and of each bound have a deviation of 1 in a step before they are mixed.",
    )
    discount: float = setting(1.0, "Discount", "Of the next token's value (γ).", minimum=0.0, maximum=1.0)
    trace: float = setting(
        0.95, "Trace", "λ of the generalised advantage: 1 trusts the rewards, 0 the critic.", minimum=0.0, maximum=1.0
    )
    critic_rate: float = setting(1e-3, "Critic's learning rate", "Of AdamW.", minimum=1e-8, maximum=1.0)
    critic_epochs: int = setting(
        4, "Critic's epochs", "Steps of its optimiser on all tokens of a step.", minimum=1, maximum=1_000
    )
    critic_width: int = setting(64, "Critic's width", "Units between states and values.", minimum=1, maximum=65_536)
