"""What a run says of a step: its figures, and some of its answers beside what the reference would have said."""

import torch

from lm import devices
from training.learning import rollouts
from training.learning.commissions import Commission
from training.learning.observing import SampleRow
from training.learning.policies import Policy
from training.learning.rollouts import Rollout
from training.learning.signals import Signals

SHOWN = 4  # samples of a step that are shown


def memory(policy: Policy) -> dict[str, float]:
    """The peak until now, in MiB; like times it is the machine's, and stands in no card."""
    peak = devices.peak_bytes(policy.device)
    return {} if peak is None else {"memory/peak": peak / 2**20}


def shown(
    commission: Commission, policy: Policy, rollout: Rollout, found: Signals, step: int, budget: int
) -> list[SampleRow]:
    """The first answers to a few prompts beside what the reference says with the same random numbers."""
    groups = range(min(SHOWN, len(rollout.prompts)))
    longest, seed = commission.settings.max_new_tokens, commission.seed
    drawn = torch.stack([rollouts.numbers(longest, seed, step, group, 0) for group in groups])
    chosen = [rollout.conversations[group] for group in groups]
    beside = rollouts.sample(policy, chosen, drawn, budget, of_reference=True)
    return [
        SampleRow(
            prompt=rollout.conversations[group],
            response=rollout.texts[group * rollout.samples],
            reference=beside.texts[group],
            rewards={name: float(found.values[name][group * rollout.samples]) for name in commission.rewards},
            kl=float(found.values["kl"][group * rollout.samples]),
        )
        for group in groups
    ]
