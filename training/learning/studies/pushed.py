"""A proxy pushed by RLOO: the gold and the proxy of answers to held-out prompts, look by look, and how far it went."""

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lm import causal
from rewardmodels.learning.rewards import Items
from rewardmodels.learning.world import prompts
from rewardmodels.learning.world.oracle import Scorer
from training.learning import running
from training.learning.commissions import Commission, Looking
from training.learning.observing import RunObserver
from training.learning.settings import plan
from training.learning.settings.online import Rloo
from training.learning.studies import parts, truths
from training.learning.studies.proxies import Proxy
from training.learning.studies.settings import OverOptimisation

GOLD, PROXY = "gold", "proxy"


@dataclass(frozen=True)
class Push:
    """What is pushed, and what it is judged by."""

    proxy: Proxy
    utility: Scorer
    seed: int
    looked_seed: int  # of the held-out prompts, the same for every run
    folder: Path
    policy: Path


@dataclass
class Track:
    """What was told of a run: at looks, each answer's values; of steps, what their own samples say."""

    looks: dict[str, dict[str, list[float]]] = field(default_factory=dict)  # by step
    steps: dict[str, dict[str, float]] = field(default_factory=dict)

    def cut(self, step: int) -> None:
        """Forget what was told of later steps: they are taken again."""
        for told in (self.looks, self.steps):
            for late in [one for one in told if int(one) > step]:
                del told[late]


def run(
    push: Push,
    settings: OverOptimisation,
    report: Callable[[int, dict[str, float]], None],
    outer: RunObserver,
) -> dict[str, Any]:
    """One run, as plain values; one that died goes on in its folder, which is gone when it has ended."""
    path = push.folder / "track.json"
    track = Track(**json.loads(path.read_text())) if path.is_file() else Track()
    looked: dict[str, list[float]] = {}

    def check(name: str, values: Callable[[Items], Any]) -> Callable[[Items], list[float]]:
        def checked(items: Items) -> list[float]:
            looked[name] = [float(value) for value in values(items)]
            return looked[name]

        return checked

    def told(step: int, values: dict[str, float]) -> None:
        if "kl" in values:
            track.cut(step - 1)
            track.steps[str(step)] = {"kl": values["kl"], "truncated": values["truncated"]}
        if f"check/{GOLD}" in values:
            track.looks[str(step)] = dict(looked)
        parts.write(path, asdict(track))
        names = {"gold": f"check/{GOLD}", "proxy": f"check/{PROXY}", "kl": "kl"}
        report(step, {name: values[key] for name, key in names.items() if key in values})

    checks = {
        GOLD: check(GOLD, lambda items: truths.values(push.utility, items).tolist()),
        PROXY: check(PROXY, lambda items: push.proxy.values(items).tolist()),
    }
    running.run(
        commission(push, settings, checks),
        RunObserver(report=told, resumed=track.cut, say=outer.say, saving=outer.saving),
    )
    found = ended(track, settings)
    shutil.rmtree(push.folder)
    return found


def commission(push: Push, settings: OverOptimisation, checks: dict[str, Any]) -> Commission:
    """One step more than is shown: the KL of a look is that of the samples which the same weights give next."""
    asked = prompts.draw(push.seed, settings.steps * settings.step_prompts, purpose="pushed")
    looked = prompts.draw(push.looked_seed, settings.held_out, held_out=True, purpose="looked")
    return Commission(
        policy=causal.open_folder(push.policy, "builtin:textworld"),
        prompts=[one.messages for one in asked],
        rewards={PROXY: push.proxy},
        plan=plan.read([{"name": PROXY, "weight": 1.0}], None),
        settings=Rloo(
            prompts=settings.step_prompts,
            samples=settings.samples,
            max_new_tokens=settings.tokens,
            max_prompt=96,
            learning_rate=settings.rate,
            keep_every=settings.steps + 1,
            pass_tokens=32_768,
        ),
        seed=push.seed,
        steps=settings.steps + 1,
        folder=push.folder,
        looking=Looking([one.messages for one in looked], checks, settings.look_every),
    )


def ended(track: Track, settings: OverOptimisation) -> dict[str, Any]:
    """By look: its step, its KL, and each answer's gold and proxy."""
    steps = list(range(0, settings.steps + 1, settings.look_every))
    return {
        "steps": steps,
        "kl": [track.steps[str(step + 1)]["kl"] for step in steps],
        **{name: [track.looks[str(step)][name] for step in steps] for name in (GOLD, PROXY)},
        "truncated": max(one["truncated"] for one in track.steps.values()),
    }
