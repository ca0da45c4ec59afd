"""What each step of a round makes, through the function that the thing's own page calls; and what it needs before."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.scope import Scope
from annotation import projects
from annotation.imports import requests as imports
from annotation.models import Project
from annotation.snapshots import freezing
from api.refusals import Conflict, Invalid
from jobs import launch
from jobs.models import Job
from rewardmodels import registry
from training import prompts, runs
from training.models import Campaign, Round, Run
from training.rounds import answers as sampled_answers
from training.rounds import bounds, campaigns
from training.rounds.settings import CampaignSettings
from web.words import Words

NEW, OLD = "new", "old"


@dataclass(frozen=True)
class Task:
    """A step that is to be made: whose, in which round, from what the steps before it made."""

    scope: Scope
    round: Round
    made: Mapping[str, UUID]
    said: Mapping[str, str] = field(default_factory=dict)  # by the person who begins it: reason, keeps

    @property
    def campaign(self) -> Campaign:
        return self.round.campaign

    @property
    def settings(self) -> CampaignSettings:
        return campaigns.settings_of(self.campaign)

    def seed(self, step: str) -> int:
        """Another one for each round and step, and the same each time."""
        return (self.settings.seed + 1_000 * self.round.number + list(STEPS).index(step)) % 2**31


@dataclass(frozen=True)
class Made:
    subject: UUID
    job: Job | None = None


def samples(task: Task) -> Made:
    """The policy answers some prompts twice."""
    source = source_of(task.round, OLD)
    voices = [{"policy": task.round.policy, "source": f"{source}, {letter}"} for letter in "ab"]
    return sampled(task, "samples", voices, task.campaign.learned_sha256, task.settings.asked)


def answers(task: Task) -> Made:
    """The new policy and the old one answer held-out prompts, once each."""
    found = runs.find(scope=task.scope, run=task.made["run"])
    voices = [
        {"policy": best_of(found), "source": source_of(task.round, NEW)},
        {"policy": task.round.policy, "source": source_of(task.round, OLD)},
    ]
    return sampled(task, "answers", voices, task.campaign.held_out_sha256, task.settings.compared)


def sampled(task: Task, step: str, voices: list[dict[str, str]], sha256: str, count: int) -> Made:
    settings = task.settings
    arguments = {
        "voices": voices,
        "prompts_sha256": sha256,
        "count": count,
        "max_new_tokens": settings.max_new_tokens,
        "max_prompt": settings.max_prompt,
        "seed": task.seed(step),
    }
    subject = ("campaign", task.campaign.pk)
    job = launch.start(sampled_answers.KIND, scope=task.scope, arguments=arguments, subject=subject)
    return Made(job.pk, job)


def source_of(one: Round, which: str) -> str:
    """Who wrote an answer; annotators are never told."""
    return f"campaign {one.campaign_id} round {one.number} {which}"


def best_of(run: Run) -> str:
    if run.best_step is None:
        raise Conflict(_("The run kept no checkpoint that was better than its policy: there is no new one to compare."))
    return f"run:{run.pk}@{run.best_step}"


def tasks(task: Task) -> Made:
    return asked(task, task.campaign.project, "samples")


def comparison(task: Task) -> Made:
    return asked(task, task.campaign.verdicts, "answers")


def asked(task: Task, project: Project | None, step: str) -> Made:
    """Pairs for people, in the campaign's project."""
    found = standing(task, project)
    try:
        records = sampled_answers.records_of(task.made[step])
    except FileNotFoundError:
        raise Conflict(_("The sampled answers are missing; restore them from a backup.")) from None
    options = imports.Options(kind=task.settings.kind, partial=True)
    return Made(found.pk, imports.of_records(scope=task.scope, project=found, records=records, options=options))


DELETED = gettext_lazy("The project of this campaign was deleted; bring it back within 30 days to go on.")


def standing(task: Task, project: Project | None) -> Project:
    if project is None or project.deleted_at is not None:
        raise Conflict(str(DELETED))
    return projects.find(scope=task.scope, project=project.pk)


def snapshot(task: Task) -> Made:
    """Every judgment so far, of the rounds before too."""
    found = standing(task, task.campaign.project)
    name = _("Round {n}").format(n=task.round.number)
    wishes = {"seed": task.settings.seed}  # the same in every round: no prompt moves to another split
    frozen = freezing.start(scope=task.scope, project=found, name=name, wishes=wishes)
    return Made(frozen.pk, frozen.job)


def reward_model(task: Task) -> Made:
    settings = task.settings
    wish = registry.Wish(
        name=named(task),
        kind=settings.reward_kind,
        snapshot=task.made["snapshot"],
        backbone=settings.backbone,
        settings={"max_length": settings.reward_length},
        seed=task.seed("reward_model"),
    )
    found = registry.begin(scope=task.scope, wish=wish)
    return Made(found.pk, found.job)


def named(task: Task) -> str:
    return _("{campaign}, round {n}").format(campaign=task.campaign.name, n=task.round.number)[:200]


def approval(task: Task) -> Made:
    found = registry.find(scope=task.scope, reward_model=task.made["reward_model"])
    registry.change_standing(scope=task.scope, model=found, standing="approved", reason=task.said.get("reason", ""))
    return Made(found.pk)


def run(task: Task) -> Made:
    """Raise the reward, with the distance from where the round began as a bound, and the campaign's other bounds."""
    settings = task.settings
    wish = runs.Wish(
        name=named(task),
        policy=task.round.policy,
        algorithm=settings.algorithm,
        prompts={"records": [{"prompt": one} for one in prompts.listed(task.campaign.learned_sha256)]},
        components=bounds.components_of(task.campaign, task.made["reward_model"]),
        kl={"role": "at_most", "target": settings.kl_target},
        settings={
            "prompts": settings.step_prompts,
            "samples": settings.samples,
            "max_new_tokens": settings.max_new_tokens,
            "max_prompt": settings.max_prompt,
        },
        seed=task.seed("run"),
        steps=settings.steps,
        why_flagged=task.said.get("why_flagged", ""),
    )
    found = runs.begin(scope=task.scope, wish=wish)
    return Made(found.pk, found.job)


def verdict(task: Task) -> Made:
    """A person says which policy goes on, and the next round begins with it."""
    keeps = task.said.get("keeps", "")
    if keeps not in (NEW, OLD):
        raise Invalid(_("Say which policy goes on: new or old."), field="keeps")
    if not task.said.get("reason", "").strip():
        raise Invalid(_("Say why, in a sentence: others will rely on it."), field="reason")
    found = runs.find(scope=task.scope, run=task.made["run"])
    policy = best_of(found) if keeps == NEW else task.round.policy
    Round.objects.create(campaign=task.campaign, number=task.round.number + 1, policy=policy)
    return Made(uuid4())  # what was said is all that it made


@dataclass(frozen=True)
class Step:
    title: Words
    button: Words
    make: Callable[[Task], Made]
    needs: str = ""  # the step before it
    says: tuple[str, ...] = ()  # what the person who begins it has to say


STEPS: dict[str, Step] = {
    "samples": Step(gettext_lazy("The policy answers"), gettext_lazy("Sample answers"), samples),
    "tasks": Step(gettext_lazy("People compare"), gettext_lazy("Ask people"), tasks, "samples"),
    "snapshot": Step(gettext_lazy("Judgments are frozen"), gettext_lazy("Freeze the judgments"), snapshot, "tasks"),
    "reward_model": Step(
        gettext_lazy("A reward is learned"), gettext_lazy("Learn the reward model"), reward_model, "snapshot"
    ),
    "approval": Step(
        gettext_lazy("A person approves it"), gettext_lazy("Approve"), approval, "reward_model", ("reason",)
    ),
    "run": Step(gettext_lazy("The policy is pushed"), gettext_lazy("Begin the run"), run, "approval", ("why_flagged",)),
    "answers": Step(gettext_lazy("New and old answer"), gettext_lazy("Sample both"), answers, "run"),
    "comparison": Step(gettext_lazy("People compare new with old"), gettext_lazy("Ask people"), comparison, "answers"),
    "verdict": Step(
        gettext_lazy("A person decides"), gettext_lazy("Decide"), verdict, "comparison", ("reason", "keeps")
    ),
}
