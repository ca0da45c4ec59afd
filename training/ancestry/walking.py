"""From a policy down: run, reward models, snapshots, judgments, tasks and answers, then the policies behind these."""

from collections import deque
from typing import Any
from uuid import UUID

from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Workspace
from annotation.models import Snapshot
from rewardmodels.models import RewardModel
from training import checkpoints, lineage, naming
from training.ancestry import voices
from training.ancestry.graph import ANSWERS, JUDGMENTS, POLICY, REWARD_MODEL, RUN, SNAPSHOT, TASKS, Graph, Node
from training.ancestry.store import Store
from training.models import Campaign, Run
from training.policies import MODEL
from training.policies import RUN as OF_RUN
from training.prompts import TEXTWORLD

MOST = 300  # things; the graph says that it ends there


def of_run(run: Run, step: str | None = None) -> Graph:
    """From its policy of a step, else the best, else the last; from the run itself where it has kept none."""
    walk = Walk(run.workspace)
    if step is None and not run.checkpoints.exists():
        walk.run(walk.store.run(run.pk) or run)
    else:
        walk.mention(f"{OF_RUN}{run.pk}@{checkpoints.chosen(run, step).step}")
    return walk.whole()


def of_campaign(campaign: Campaign, number: int | None = None) -> Graph:
    """From the policy with which a round began, else the present one."""
    rounds = campaign.rounds.order_by("-number")
    one = (rounds if number is None else rounds.filter(number=number)).first()
    if one is None:
        raise Http404(_("There is no such round."))
    walk = Walk(campaign.workspace)
    walk.mention(one.policy)
    return walk.whole()


class Walk:
    """Each thing is met once. Policies wait until all else is told, so that a chain of rounds is no deeper than one."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.graph, self.waiting = workspace, Graph(), deque[str]()
        self.store = Store(workspace)

    def whole(self) -> Graph:
        while self.waiting:
            self.policy(self.waiting.popleft())
        return self.graph

    def met(self, node: Node) -> bool:
        """Whether there is nothing more to find behind it."""
        if node.key in self.graph.nodes:
            return True
        if len(self.graph.nodes) >= MOST:
            self.graph.is_cut = True
            return True
        self.graph.nodes[node.key] = node
        return False

    def url(self, name: str, *places: Any) -> str:
        return reverse(name, args=[self.workspace.slug, *places])

    def mention(self, policy: str) -> str:
        self.waiting.append(policy)
        return f"{POLICY}:{policy}"

    def policy(self, name: str) -> None:
        said = naming.of_the_text_world() if name == TEXTWORLD else name
        node = Node(f"{POLICY}:{name}", POLICY, _("Policy"), said=said, facts={"policy": name})
        if self.met(node):
            return
        pk, step = identity(name)
        if pk is None:
            return
        if name.startswith(MODEL):
            models = RewardModel.objects.filter(workspace=self.workspace, pk=pk)
            node.made_from += [self.reward_model(one) for one in models.select_related("snapshot__project")]
        if name.startswith(OF_RUN) and (run := self.store.run(pk)) is not None:
            node.said = naming.checkpoint(run, step)
            kept = next((one.sha256 for one in run.checkpoints.all() if one.step == step), None)
            node.facts |= {"step": step, "sha256": kept}
            node.url = "" if run.deleted_at or kept is None else f"{self.url('run', run.pk)}#checkpoint-{step}"
            node.made_from.append(self.run(run))

    def run(self, run: Run) -> str:
        said = _("{name}, seed {seed}").format(name=run.name, seed=run.seed)
        url = "" if run.deleted_at else self.url("run", run.pk)
        node = Node(f"{RUN}:{run.pk}", RUN, _("Run"), said=said, url=url)
        if self.met(node):
            return node.key
        parts, sources = run.components.all(), run.sources.all()
        node.facts = {
            "id": str(run.pk), "name": run.name, "algorithm": run.algorithm, "settings": run.settings, "kl": run.kl,
            "seed": run.seed, "steps": run.steps, "prompts_sha256": run.prompts_sha256, "checks": run.checks,
            "multiplier": run.multiplier, "sha256": run.sha256,
            "components": [lineage.asked(part) for part in parts],
            "sources": [
                {"policy": one.policy, "weight": one.weight, "margin": one.margin, "sha256": one.sha256}
                for one in sources
            ],
        }  # fmt: skip
        node.made_from += [self.reward_model(part.reward_model) for part in parts]
        if run.snapshot is not None:
            node.made_from.append(self.snapshot(run.snapshot))
        node.made_from += [self.mention(name) for name in (run.policy, *(one.policy for one in sources))]
        return node.key

    def reward_model(self, model: RewardModel) -> str:
        said = _("{name}, seed {seed}").format(name=model.name, seed=model.seed)
        url = "" if model.deleted_at else self.url("reward-model", model.pk)
        node = Node(f"{REWARD_MODEL}:{model.pk}", REWARD_MODEL, _("Reward model"), said=said, url=url)
        if self.met(node):
            return node.key
        node.facts = {
            "id": str(model.pk), "name": model.name, "kind": model.kind, "backbone": model.backbone,
            "settings": model.settings, "seed": model.seed, "sha256": model.sha256, "standing": model.standing,
        }  # fmt: skip
        if model.snapshot is not None:
            listed = "" if model.deleted_at else self.url("reward-model-judgments", model.pk)
            node.made_from.append(self.snapshot(model.snapshot, listed))
        return node.key

    def snapshot(self, snapshot: Snapshot, listed: str = "") -> str:
        """`listed` is a page that names each of its judgments."""
        is_there = snapshot.is_standing
        said = _("{name}, seed {seed}").format(name=snapshot.name, seed=snapshot.seed)
        url = self.url("snapshot", snapshot.project_id, snapshot.pk) if is_there else ""
        node = Node(f"{SNAPSHOT}:{snapshot.pk}", SNAPSHOT, _("Snapshot"), said=said, url=url)
        if self.met(node):
            return node.key
        node.facts = {
            "id": str(snapshot.pk), "name": snapshot.name, "project": str(snapshot.project_id),
            "sha256": snapshot.sha256, "seed": snapshot.seed, "splits": snapshot.splits, "filters": snapshot.filters,
            "files_sha256": {split: kept["sha256"] for split, kept in snapshot.files.items()},
        }  # fmt: skip
        node.made_from.append(self.judgments(snapshot, listed or url))
        return node.key

    def judgments(self, snapshot: Snapshot, url: str) -> str:
        """Annotators are a number here, without pseudonyms."""
        n = self.store.counts(snapshot)
        title = ngettext("{n} judgment", "{n} judgments", n["judgments"]).format(n=n["judgments"])
        said = ngettext("by {n} annotator", "by {n} annotators", n["annotators"]).format(n=n["annotators"])
        node = Node(f"{JUDGMENTS}:{snapshot.pk}", JUDGMENTS, title, said=said, url=url)
        node.facts = {"judgments": n["judgments"], "annotators": n["annotators"]}
        if not self.met(node) and n["tasks"]:
            node.made_from.append(self.tasks(snapshot, n["tasks"]))
        return node.key

    def tasks(self, snapshot: Snapshot, n: int) -> str:
        project = snapshot.project
        title = ngettext("{n} task", "{n} tasks", n).format(n=n)
        url = "" if project.deleted_at else self.url("tasks", project.pk)
        node = Node(f"{TASKS}:{snapshot.pk}", TASKS, title, said=project.name, url=url)
        node.facts = {"tasks": n, "project": str(project.pk)}
        if not self.met(node):
            node.made_from += [self.answers(snapshot, each) for each in self.store.spoken(snapshot)]
        return node.key

    def answers(self, snapshot: Snapshot, spoken: voices.Spoken) -> str:
        title = ngettext("{n} answer", "{n} answers", spoken.answers).format(n=spoken.answers)
        seeds = ", ".join(dict.fromkeys(str(each["seed"]) for each in spoken.sampled if each["seed"] is not None))
        said = _("sampled with seed {seed}").format(seed=seeds) if seeds else ""
        if not spoken.policy:
            said = _("brought in, of no campaign")
        node = Node(f"{ANSWERS}:{snapshot.pk}:{spoken.policy}", ANSWERS, title, said=said)
        node.facts = {"answers": spoken.answers, "sampled": spoken.sampled}
        if not self.met(node) and spoken.policy:
            node.made_from.append(self.mention(spoken.policy))
        return node.key


def identity(policy: str) -> tuple[UUID | None, int]:
    """What follows `run:` or `model:` in a policy's name, and its step; runs are named with one."""
    key, _at, step = policy.partition(":")[2].partition("@")
    try:
        return UUID(key), int(step) if step.isdecimal() else 0
    except ValueError:
        return None, 0
