"""Jobs about reward models in words: from which snapshot, with which settings, and what its curves are called."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs import tellers
from jobs.models import Job
from jobs.tellers import Facts
from rewardmodels import figures
from rewardmodels.models import RewardModel
from web.words import Words

CURVES: dict[str, Words] = {"loss": gettext_lazy("Loss"), "gradient": gettext_lazy("Norm of the gradient")}
LINES: dict[str, Words] = {"train": gettext_lazy("training"), "validation": gettext_lazy("held out")}


def register() -> None:
    tellers.register("rewardmodels.fit", tellers.Teller(of_fit, title=title, line=line))


def of_fit(job: Job, slug: str) -> Facts:
    kept = RewardModel.objects.filter(deleted_at=None).select_related("snapshot__project")
    model = kept.filter(pk=job.subject_id).first() if job.subject_id else None
    if model is None:
        return []
    found: Facts = [(_("Reward model"), tellers.link(reverse("reward-model", args=[slug, model.pk]), model.name))]
    if model.snapshot is not None:
        url = reverse("snapshot", args=[slug, model.snapshot.project_id, model.snapshot_id])
        said = model.snapshot.full_name
        found.append((_("Learned from"), tellers.link(url, said) if model.snapshot.is_standing else said))
    return [*found, *(fact for fact in figures.facts(model) if fact[0] != _("Snapshot"))]


def title(group: str) -> Words:
    return CURVES.get(group, group)


def line(name: str) -> Words:
    rest = name.partition("/")[2] or name
    return LINES.get(rest, rest) if rest != name else gettext_lazy("training")
