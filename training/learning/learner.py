"""One sample's steps of the optimiser: the gradient of the whole, part by part, then AdamW."""

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from rewardmodels.learning import keys
from training.learning import losses, passes, sharding
from training.learning.commissions import Unrunnable
from training.learning.passes import Part, Read
from training.learning.policies import Policy
from training.learning.rollouts import Rollout
from training.learning.settings.online import Clipped, Grpo, Online

COLDEST = 0.05  # of the learning rate, at the end of a cool-down


def pace(step: int, steps: int, settings: Online) -> float:
    """The share of the learning rate at a step, counted from 0, of so many."""
    warm = min(1.0, (step + 1) / max(1, settings.warm_up))
    length = settings.cool_down * steps
    gone = step - (steps - length)
    if length <= 0 or gone <= 0:
        return warm
    return warm * (COLDEST + (1 - COLDEST) * 0.5 * (1 + math.cos(math.pi * gone / length)))


class Learner:
    """The policy's optimiser, and how an algorithm's loss goes through passes."""

    def __init__(self, policy: Policy, settings: Online, seed: int, steps: int) -> None:
        self.policy, self.settings, self.seed, self.steps = policy, settings, seed, steps
        self.parameters = list(policy.learned.values())
        self.optimiser = torch.optim.AdamW(self.parameters, lr=settings.rate, weight_decay=0.0, fused=True)

    def learn(self, step: int, rollout: Rollout, read: Read, advantage: Tensor, counts: Tensor, budget: int) -> float:
        """The largest norm of a gradient before it was cut; `advantage` is (tokens,), `counts` (answers,)."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.settings.rate * pace(step, self.steps, self.settings)
        tokens = advantage.float().to(self.policy.device)
        if not isinstance(self.settings, Clipped):
            self.optimiser.zero_grad()
            for log_probs, places, weight in self.passes(rollout, rollout.own, read.graph, budget):
                sharding.backward(weight * losses.reinforce(log_probs, tokens[places], int(counts.sum())))
            return self.descend(step)
        weights = self.token_weights(rollout, counts).to(self.policy.device)
        norms = []
        for epoch in range(self.settings.epochs):
            for groups in self.minibatches(step, epoch, len(rollout.prompts)):
                norms.append(self.learn_clipped(step, rollout, read, groups, (tokens, weights), budget))
        return max(norms)

    def learn_clipped(
        self,
        step: int,
        rollout: Rollout,
        read: Read,
        groups: Sequence[int],
        of_tokens: tuple[Tensor, Tensor],
        budget: int,
    ) -> float:
        """One step of the optimiser on some of the groups."""
        assert isinstance(self.settings, Clipped)
        advantage, weights = of_tokens
        before = read.said.log_probs.to(self.policy.device)
        share = len(rollout.prompts) / len(groups)
        own = [group for group in groups if group in rollout.own]
        self.optimiser.zero_grad()
        for log_probs, at, weight in self.passes(rollout, own, None, budget):
            loss = losses.clipped(log_probs, before[at], advantage[at], share * weights[at], self.settings.clip)
            sharding.backward(weight * loss)
        return self.descend(step)

    def token_weights(self, rollout: Rollout, counts: Tensor) -> Tensor:
        """(tokens,): what each token counts, so that the step's answers together count 1."""
        is_even = isinstance(self.settings, Grpo) and self.settings.length == "longest"
        divisor = torch.full_like(rollout.lengths, self.settings.max_new_tokens) if is_even else rollout.lengths
        each = counts.float() / divisor.float() / max(1, int(counts.sum()))
        return losses.spread_out(each, rollout.lengths)

    def minibatches(self, step: int, epoch: int, groups: int) -> list[list[int]]:
        """Groups in an order of the epoch's own."""
        assert isinstance(self.settings, Clipped)
        order = torch.randperm(groups, generator=keys.generator(self.seed, "minibatches", step, epoch))
        return [part.tolist() for part in order.tensor_split(self.settings.minibatches)]

    def passes(
        self, rollout: Rollout, groups: Sequence[int], graph: Tensor | None, budget: int
    ) -> Iterator[tuple[Tensor, Tensor, float]]:
        """(log-probabilities with gradient, where their tokens stand in the rollout, 1 or 0), pass by pass.

        `groups` are some of the process's own, and `graph` is of all of these.
        """
        spare = groups or rollout.own[:1]
        where = rollout.tokens(spare).to(self.policy.device)
        if graph is not None:
            yield graph, where, 1.0
            return
        chosen = rollout.at(spare)
        listed = list(passes.parts(self.policy, chosen, budget)) if groups else []
        for part in passes.evened(self.policy, listed, chosen, budget):
            yield self.read(part), where[part.places], part.counts

    def read(self, part: Part) -> Tensor:
        """(tokens,) log-probabilities with gradient."""
        found: Tensor = self.policy.whole(lambda model: passes.log_probs(model, part))
        return found

    def descend(self, step: int) -> float:
        norm = float(sharding.gathered(nn.utils.clip_grad_norm_(self.parameters, self.settings.longest_gradient)))
        if not math.isfinite(norm):
            raise Unrunnable(
                f"The gradient was no longer a number after step {step}. Resume from its last checkpoint with a "
                "smaller learning rate."
            )
        self.optimiser.step()
        return norm
