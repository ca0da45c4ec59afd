"""The steps that learn: reward models, approvals, two runs that only differ in what holds them, and a study."""

from statistics import median
from typing import Any

from accounts.scope import Scope
from jobs.models import Job
from rewardmodels import registry
from rewardmodels.models import RewardModel
from training import prompts, runs
from training.references import asking
from training.rounds.demo.collecting import Begun, Made
from training.studies import asking as studies

BACKBONE = "builtin:minilm"
POLICY = "builtin:textworld"
KINDS = {
    "bradley_terry": "Everyday requests, from pairs",
    "cardinal": "Everyday requests, from amounts",
    "binary": "Everyday requests, from yes and no",
    "joint": "Everyday requests, from everything",
    "compositional": "Everyday requests, in parts",
    "ensemble": "Everyday requests, an ensemble",
}
SETTINGS = {"joint": {"weight_decay": 100.0}}  # about what the other kinds choose; choosing it takes minutes
STEPS = 24
PUSH: dict[str, Any] = {
    "prompts": 8,
    "samples": 4,
    "max_new_tokens": 128,
    "max_prompt": 96,
    "learning_rate": 4e-4,  # too much without bounds: that is what is to be seen
    "controller": "pid",
    "multiplier_rate": 0.3,
    "proportional": 1.0,
    "cap": 20.0,
}
STUDIED = {"members": 3, "size": 16, "pairs": 500, "seeds": 2, "prompts": 32, "pool": 1_024}  # some twenty seconds
ONLY_WATCHED = 1e-6  # a weight that moves nothing, so that the curve stands in the free run too
NATS = 3.0  # that the constrained run may go from where it began


def model(scope: Scope, made: Made, kind: str) -> Begun:
    """Learned on the frozen backbone that the product carries, from the snapshot that holds every kind of question."""
    return fitted(scope, made, KINDS[kind], kind, "mixed.snapshot")


def of_the_world(scope: Scope, made: Made, quality: str) -> Begun:
    return fitted(scope, made, quality.capitalize(), "bradley_terry", f"{quality}.snapshot")


def fitted(scope: Scope, made: Made, name: str, kind: str, snapshot: str) -> Begun:
    wish = registry.Wish(name, kind, made[snapshot], BACKBONE, SETTINGS.get(kind, {}), seed=1)
    found = registry.begin(scope=scope, wish=wish)
    return Begun(found.pk, found.job)


def approve(scope: Scope, made: Made, step: str) -> Begun:
    """By a person's deed, with the figure that it rests on as the reason."""
    found = registry.find(scope=scope, reward_model=made[step])
    registry.change_standing(scope=scope, model=found, standing="approved", reason=reason(found))
    return Begun(found.pk)


def reason(model: RewardModel) -> str:
    figures = model.metrics.get("test", {})
    accuracy = figures.get("accuracy")
    said = f" Right on {accuracy:.0%} of {figures['n']} held-out pairs." if isinstance(accuracy, float) else ""
    return f"For the demo.{said} Judgments are simulated."


def look(scope: Scope, made: Made) -> Begun:
    """What the policy is worth before anything is pushed: thresholds are chosen by that."""
    wanted = [made["warmth.model"], made["coverage.model"]]
    wish = asking.Wish(policy=POLICY, prompts=prompts.TEXTWORLD, reward_models=wanted, max_prompt=96)
    job = asking.start(scope=scope, wish=wish)
    return Begun(job.pk, job)


def free(scope: Scope, made: Made) -> Begun:
    """Raises warmth with nothing to hold it."""
    parts = [
        {"reward_model": str(made["warmth.model"]), "weight": 1.0},
        {"reward_model": str(made["coverage.model"]), "weight": ONLY_WATCHED},
    ]
    return pushed(scope, "Warmer, without bounds", parts, None)


def held(scope: Scope, made: Made) -> Begun:
    """Raises warmth, holds coverage where most of the reference's answers are, and stays near to it."""
    values = (Job.objects.get(pk=made["look"]).result or {})["rewards"][str(made["coverage.model"])]["values"]
    bound = {"role": "at_least", "threshold": round(median(values), 3)}
    parts: list[dict[str, Any]] = [
        {"reward_model": str(made["warmth.model"]), "weight": 1.0},
        {"reward_model": str(made["coverage.model"]), "bounds": [bound]},
    ]
    return pushed(scope, "Warmer, with coverage and KL held", parts, {"role": "at_most", "target": NATS})


def pushed(scope: Scope, name: str, parts: list[dict[str, Any]], kl: dict[str, Any] | None) -> Begun:
    wish = runs.Wish(
        name=name,
        policy=POLICY,
        algorithm="rloo",
        prompts=prompts.TEXTWORLD,
        components=parts,
        kl=kl,
        settings=PUSH,
        seed=1,
        steps=STEPS,
    )
    found = runs.begin(scope=scope, wish=wish)
    return Begun(found.pk, found.job)


def study(scope: Scope, made: Made) -> Begun:
    """How far a proxy can be pushed before what is truly wanted falls, alone and as a cautious ensemble."""
    found = studies.begin(scope=scope, wish=studies.Wish("ensembles", settings=STUDIED))
    return Begun(found.pk, found.job)
