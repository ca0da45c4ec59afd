"""A critic with a head for the objective and for each bound, and the generalised advantages that it gives.

It reads the policy's own states, as they were when the answers were sampled, and learns from them alone: no gradient of
the critic reaches the policy.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from rewardmodels.learning import checkpoints, keys
from training.learning import processes
from training.learning.policies import Policy
from training.learning.settings.online import Online, Ppo

PREFIX = "critic."


def padded(tokens: Tensor, lengths: Tensor) -> Tensor:  # (tokens, streams) → (answers, longest, streams)
    return nn.utils.rnn.pad_sequence(list(tokens.split(lengths.tolist())), batch_first=True)


def generalised(rewards: Tensor, values: Tensor, lengths: Tensor, discount: float, trace: float) -> Tensor:
    """(tokens, streams): Σ (γλ)^l δ, δ = r + γ V′ − V (Schulman et al., arXiv 1506.02438); behind the end V′ is 0."""
    reward, value = padded(rewards, lengths), padded(values, lengths)
    there = torch.arange(reward.shape[1], device=lengths.device) < lengths.unsqueeze(1)
    found, later = torch.zeros_like(reward), torch.zeros_like(reward[:, 0])
    following = torch.zeros_like(later)
    for step in reversed(range(reward.shape[1])):
        delta = reward[:, step] + discount * following - value[:, step]
        later = (delta + discount * trace * later) * there[:, step].unsqueeze(1)
        found[:, step] = later
        following = value[:, step] * there[:, step].unsqueeze(1)
    return found[there]


class Critic:
    """Values of what is still to come at each token, one column a stream."""

    def __init__(self, width: int, streams: int, settings: Ppo, seed: int, device: torch.device) -> None:
        self.settings = settings
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(keys.number(seed, "critic"))
            last = nn.Linear(settings.critic_width, streams)
            self.net = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, settings.critic_width), nn.Tanh(), last)
        nn.init.zeros_(last.weight)  # at first it expects nothing
        self.net.to(device)
        self.optimiser = torch.optim.AdamW(self.net.parameters(), lr=settings.critic_rate, weight_decay=0.0)

    def advantages(self, states: Tensor, own: Tensor, rewards: Tensor, lengths: Tensor, counts: Tensor) -> Tensor:
        """(tokens, streams) on the CPU, each stream scaled by itself; then the critic learns the returns.

        `states` (own tokens, width) are this process's, at the places `own` (own tokens,) of `rewards`
        (tokens, streams) and `counts` (tokens,) bool.
        """
        with torch.no_grad():
            values = torch.cat(processes.together([self.net(states).cpu()]))
        found = generalised(rewards, values, lengths, self.settings.discount, self.settings.trace)
        self.learn(states, (found + values)[own], counts[own], int(counts.sum()))
        return scaled(found, counts) if self.settings.normalise else found

    def learn(self, states: Tensor, returns: Tensor, counts: Tensor, total: int) -> None:
        """From the own tokens that count, of so many in all processes; every process's critic takes the same step."""
        own, aim = states[counts.to(states.device)], returns[counts].to(states.device)
        for _ in range(self.settings.critic_epochs):
            self.optimiser.zero_grad()
            (nn.functional.mse_loss(self.net(own), aim, reduction="sum") / (total * aim.shape[1])).backward()
            for parameter in self.net.parameters():
                assert parameter.grad is not None  # every one has its part in every value
                processes.summed(parameter.grad)
            self.optimiser.step()

    def tensors(self) -> dict[str, Tensor]:
        flat, _ = checkpoints.flatten(self.optimiser.state_dict())
        own = {f"{PREFIX}net.{name}": one for name, one in self.net.state_dict().items()}
        return own | {f"{PREFIX}optimiser.{name}": one for name, one in flat.items()}

    def numbers(self) -> dict[str, Any]:
        return {"optimiser": checkpoints.flatten(self.optimiser.state_dict())[1]}

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
        def below(prefix: str) -> dict[str, Tensor]:
            return {name.removeprefix(prefix): one for name, one in tensors.items() if name.startswith(prefix)}

        self.net.load_state_dict(below(f"{PREFIX}net."))
        self.optimiser.load_state_dict(checkpoints.unflatten(below(f"{PREFIX}optimiser."), numbers["optimiser"]))


def scaled(advantages: Tensor, counts: Tensor) -> Tensor:
    """Each stream less its mean and over its deviation, of the tokens that count; one that never varies is 0."""
    kept = advantages[counts]
    mean, deviation = kept.mean(0), kept.std(0, correction=0)
    return torch.where(deviation > 1e-8, (advantages - mean) / deviation.clamp(min=1e-8), 0.0)


def make(policy: Policy, settings: Online, streams: int, seed: int) -> Critic | None:
    """The critic of an algorithm that has one."""
    if not isinstance(settings, Ppo):
        return None
    return Critic(int(policy.model.config.hidden_size), streams, settings, seed, policy.device)
