"""Jobs that push, look at or look for something, in words: with what, and what their curves are called."""

from collections.abc import Iterable
from uuid import UUID

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs import tellers
from jobs.models import Job
from jobs.tellers import Facts, Teller
from rewardmodels.models import RewardModel
from training import curves, figures, lineage
from training.models import Role, Run, RunComponent
from training.references import asking as references
from training.searches import asking as searches
from training.templatetags.runs import bound_said
from training.thresholds import asking as proxy_points
from web.words import Words

SAMPLED = {
    "samples": gettext_lazy("Answers sampled"),
    "mean_length": gettext_lazy("Mean length, in tokens"),
    "truncated_percent": gettext_lazy("Cut off, in percent"),
}

TITLES: dict[str, Words] = {  # of measurements that share no panel of their own
    "reward": gettext_lazy("Rewards, means of the step"),
    "held_out": gettext_lazy("On prompts held out"),
    "check": gettext_lazy("Checks on prompts held out"),
    "check_error": gettext_lazy("Standard errors of the checks"),
    "reward_error": gettext_lazy("Standard errors of the rewards"),
    "kl": gettext_lazy("KL to the reference, in nats a response"),
    "kl_error": gettext_lazy("Standard error of the KL"),
    "kl1": gettext_lazy("KL to the reference, its estimate k1"),
    "kl3": gettext_lazy("KL to the reference, its estimate k3"),
    "truncated": gettext_lazy("Share of answers cut off"),
    "empty": gettext_lazy("Share of empty answers"),
    "zero_spread": gettext_lazy("Share of prompts whose answers all got the same"),
    "log_probability": gettext_lazy("Log-probabilities of answers"),
    "memory": gettext_lazy("Memory, in MiB"),
}


def register() -> None:
    tellers.register("training.run", Teller(of_run, title=title, line=line))
    tellers.register(references.KIND, Teller(of_reference))
    proxy_point = (gettext_lazy("Proxy point"), address_of_proxy_point)
    tellers.register(proxy_points.KIND, Teller(of_proxy_point, page=proxy_point))
    search = (gettext_lazy("Search for thresholds"), address_of_search)
    tellers.register(searches.KIND, Teller(page=search))


def of_run(job: Job, slug: str) -> Facts:
    run = Run.objects.filter(job=job, deleted_at=None).select_related("origin", "snapshot__project").first()
    if run is None:
        return []
    found: Facts = [(_("Run"), link_to(run, slug))]
    if run.origin is not None and not run.origin.deleted_at:
        found.append((_("The run that made its policy"), link_to(run.origin, slug)))
    found += [(_("Reward model"), counts_as(part, slug)) for part in lineage.parts(run)]
    return [*found, *figures.facts(run)]


def title(group: str) -> Words:
    """Of a chart of all measurements that share what stands before a slash; a name that is not known stays."""
    if group in TITLES:
        return TITLES[group]
    return next((one.title for one in curves.COMMON if {group, f"{group}/"} & set(one.names)), group)


def line(name: str) -> Words:
    """What the legend calls a measurement there."""
    _group, slash, rest = name.partition("/")
    if not slash:
        return curves.LABELS.get(name, gettext_lazy("mean of the step"))
    component, _slash, role = rest.rpartition("/")
    if component and role in Role.values:
        return f"{component} {Role(role).label}"
    return curves.LABELS.get(name, curves.LABELS.get(rest, rest))


def link_to(run: Run, slug: str) -> SafeString:
    return tellers.link(reverse("run", args=[slug, run.pk]), run.name)


def counts_as(part: RunComponent, slug: str) -> SafeString:
    """A component with a link to its reward model, its weight and its bounds."""
    said = [str(bound_said(bound)) for bound in part.bounds.all()]
    if part.weight is not None:
        said.insert(0, _("weight {weight}").format(weight=figures.threshold(part.weight)))
    if part.target is not None:
        said.append(_("pulled to {target}").format(target=figures.threshold(part.target)))
    (named,) = models_of([part.reward_model_id], slug)
    return format_html("{}: {}", named, "; ".join(said)) if said else named


def models_of(ids: Iterable[UUID | str], slug: str) -> list[SafeString]:
    """Each with its page, in the order of their names."""
    found = RewardModel.objects.filter(pk__in=list(ids)).order_by("name")
    return [tellers.link(reverse("reward-model", args=[slug, one.pk]), one.name) for one in found]


def of_reference(job: Job, slug: str) -> Facts:
    asked, result = job.arguments, job.result or {}
    named = tellers.together(models_of(asked.get("rewards", {}), slug))
    found: Facts = [
        (_("Policy"), figures.policy(job.workspace, asked.get("policy", "–"))),
        (_("Scored by"), named),
        (_("Seed"), asked.get("seed", "–")),
    ]
    return [*found, *tellers.counted(result, SAMPLED)]


def of_proxy_point(job: Job, slug: str) -> Facts:
    runs = Run.objects.filter(pk__in=job.arguments.get("runs", []), deleted_at=None).order_by("name")
    named = tellers.together(link_to(run, slug) for run in runs)
    return [(_("Runs"), named), (_("Looks at prompts held out"), job.arguments.get("looks", "–"))]


def address_of_proxy_point(slug: str, job: UUID) -> str:
    return reverse("proxy-point", args=[slug, job])


def address_of_search(slug: str, job: UUID) -> str:
    return reverse("threshold-search", args=[slug, job])
