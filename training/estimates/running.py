"""A policy and reward models are measured, and what a run with them will take is told. Imported by the worker alone."""

import time
from typing import Any

from jobs.work import Work
from rewardmodels.learning.world import policies as world
from training import algorithms, opened
from training.estimates import asking, sizes
from training.estimates.sizes import Size
from training.learning import speeds
from training.learning.direct.settings import kinds as direct
from training.learning.estimating import Speed
from training.learning.settings import algorithms as online
from training.learning.settings import selections
from training.learning.settings.online import Rloo
from training.references.running import conversations, reward_of


def run(work: Work) -> dict[str, Any]:
    """What was measured on this machine, and what follows: {"speed", "seconds", "bytes", "steps", "phases"}."""
    asked = work.arguments
    settings = settings_of(asked["algorithm"], asked["settings"])
    speed = known(work, settings) or measured(work, settings)
    found = sizes.estimate(settings, Size(**asked["size"]), speed)
    return {"speed": speed.as_json, **(found._asdict() if found else {})}


def settings_of(name: str, values: dict[str, Any]) -> "asking.Settings":
    if name == selections.BestOfN.name:
        return selections.read(values)
    if name in algorithms.SHOTS:
        return algorithms.SHOTS[name](**values)
    return online.read(name, values) if name in online.ALGORITHMS else direct.read(name, values)


def known(work: Work, settings: "asking.Settings") -> Speed | None:
    """An earlier measurement that leaves nothing open."""
    from lm import devices

    found = asking.newest(work.scope(), policy=work.arguments["policy"], precision=settings.precision)
    if found is None or found[0].device != str(devices.best()):
        return None
    if not isinstance(settings, selections.BestOfN) and found[0].mode != settings.mode:
        return None
    is_online = not algorithms.is_direct(settings)
    is_as_long = found[0].longest >= asking.measured_as(settings)["max_new_tokens"]
    missing = set(work.arguments["rewards"].values()) - set(found[0].scoring)
    return None if missing or (is_online and not is_as_long) else found[0]


def measured(work: Work, settings: "asking.Settings") -> Speed:
    from lm import devices

    asked, device = work.arguments, devices.best()
    work.progress(0.0, "Opening the policy")
    if asked["policy"] == world.NAME:
        opened.make_the_text_worlds(work)  # which is no part of a run's own time
    program, begun = devices.held_bytes(device), time.perf_counter()
    policy = opened.policy(work, work.workspace(), asked["policy"])
    work.progress(0.3, "Opening the reward models")
    rewards = {sha256: reward_of(pk, sha256) for pk, sha256 in asked["rewards"].items()}
    opening = time.perf_counter() - begun
    work.progress(0.5, "Measuring")
    own = Rloo(**asking.measured_as(settings))
    found = speeds.measure(
        policy, conversations(asked["prompts_sha256"]), rewards, own, program=program, opening=opening
    )
    work.log(f"{found.weights:,} weights on {found.device}: {1 / found.learn:,.0f} tokens a second are learned from.")
    return found
