"""Policies in place of reward models, PeCAN (Huang et al., arXiv 2405.19544): the reward of each is read off it.

DPO at β makes β log π/π_ref the reward behind its labels, but for a constant of the prompt. So one policy aligned for
what helps and others for what is safe, all of one reference, stand where one shot has reward models; its thresholds are
gains over the reference, out of which the constant falls. Answers are read as DPO read them: whole, with their end.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from lm import likelihood, templates
from lm.backbones import Backbone
from lm.causal import Causal
from lm.rendering import Rendered, Renderer
from rewardmodels.learning.rewards import Items, Reward, Score
from training.learning.commissions import Unrunnable
from training.learning.direct import reference
from training.learning.settings import plan
from training.learning.settings.oneshot import Pecan, names
from training.learning.settings.plan import Plan


@dataclass(eq=False)
class Speaker:
    """A policy that says how likely answers are, each once: several ratios share the reference's."""

    causal: Causal
    known: dict[bytes, float] = field(default_factory=dict)  # by tokens

    @torch.no_grad()
    def say(self, texts: Sequence[Rendered], budget: int) -> list[float]:
        keys = [reference.key(text) for text in texts]
        fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in self.known}
        if fresh:
            sums = likelihood.sums(self.causal.model, list(fresh.values()), budget=budget)
            self.known |= dict(zip(fresh, sums.tolist(), strict=True))
        return [self.known[key] for key in keys]


@dataclass(frozen=True, eq=False)
class Ratio:
    """β log π/π_ref as a reward."""

    policy: Speaker
    reference: Speaker
    renderer: Renderer
    beta: float
    unit: str = "logit"

    @property
    def own(self) -> dict[str, Any]:
        return {"form": "ratio", "beta": self.beta, "unit": self.unit}

    def score(self, items: Items, *, budget: int = 8_192) -> list[Score]:
        texts = [self.renderer.render(prompt, response) for prompt, response in items]
        said = zip(self.policy.say(texts, budget), self.reference.say(texts, budget), texts, strict=True)
        values = [(self.beta * (own - other), text) for own, other, text in said]
        return [Score(value, value, tokens=len(text.ids), is_whole=text.is_whole) for value, text in values]

    def backbones(self) -> Iterable[Backbone]:
        return ()

    def modules(self) -> Iterable[nn.Module]:
        return (self.policy.causal.model, self.reference.causal.model)


def plan_of(margins: Sequence[float]) -> Plan:
    """The first policy's reward is raised, and each of the others' gains its margin over the reference's mean."""
    helpful, *safe = names(1 + len(margins))
    held = [
        {"name": name, "bounds": [{"role": "at_least", "threshold": margin}]}
        for name, margin in zip(safe, margins, strict=True)
    ]
    return plan.read([{"name": helpful, "weight": 1.0}, *held])


def rewards(base: Causal, policies: Sequence[Causal], own: Pecan) -> dict[str, Reward]:
    """By the names of the plan. The base is asked beside each and must not be learned in place."""
    for one in policies:
        if one.tokenizer.get_vocab() != base.tokenizer.get_vocab():
            raise Unrunnable(
                f"“{one.name}” reads text by another tokenizer than the reference: of the same tokens they cannot say "
                "how likely they are. Choose policies that were aligned from the reference."
            )
    _name, template = templates.choose(base.tokenizer, is_causal=True)
    renderer, beside = Renderer(base.tokenizer, template, own.max_length, own.prompt_limit), Speaker(base)
    return {
        name: Ratio(Speaker(one), beside, renderer, own.beta)
        for name, one in zip(names(len(policies)), policies, strict=True)
    }
