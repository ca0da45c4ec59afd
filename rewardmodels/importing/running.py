"""Opens somebody else's reward model, tries it, evaluates it where asked, keeps it. Imported by the worker alone."""

import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from annotation.models import Snapshot
from jobs.work import Failed, Work
from rewardmodels import fits, places
from rewardmodels.importing import archives
from rewardmodels.importing.asking import OWN, Request
from rewardmodels.learning import adopting
from rewardmodels.learning.adopting import Adoption
from rewardmodels.learning.evidence import Evidence
from rewardmodels.models import RewardModel

EVIDENCE = ("pairwise", "cardinal")


def run(work: Work) -> dict[str, Any]:
    """Bring in the reward model that the job names."""
    request = Request(**work.arguments)
    model = RewardModel.objects.get(pk=request.reward_model)
    if model.deleted_at is not None:
        raise Failed("This reward model was deleted before it was brought in.")
    if model.is_trained:  # an attempt that was ended between its last write and its word of success
        return told(model.pk, model.sha256, model.metrics)
    draft, incoming = work.folder / "model", work.folder / "incoming"
    for folder in (draft, incoming):
        shutil.rmtree(folder, ignore_errors=True)
    work.progress(0.0, "Unpacking")
    folder = folder_of(request, incoming)
    evidence = read(work, request)
    adoption = Adoption(
        folder=folder,
        name=model.backbone,
        template="" if request.template == OWN else request.template,
        max_length=request.max_length,
        target=draft,
        shards=places.shards(),
        title=model.name,
    )
    made = adopting.adopt(adoption, evidence, fits.observer_of(work))
    if evidence is not None:
        snapshot = Snapshot.objects.get(pk=request.snapshot)
        made.details["evaluated_on"] = {"snapshot": str(snapshot.pk), "sha256": snapshot.sha256}
    fits.install(work, model, made, draft)
    if request.path:
        (Path(settings.MEDIA_ROOT) / request.path).unlink(missing_ok=True)
    shutil.rmtree(work.folder, ignore_errors=True)
    return told(model.pk, made.sha256, made.metrics)


def told(model: UUID, sha256: str, metrics: dict[str, Any]) -> dict[str, Any]:
    return {"id": str(model), "sha256": sha256, "metrics": fits.headline(metrics)}


def folder_of(request: Request, incoming: Path) -> Path:
    from lm import hub, names

    if not request.path:
        place = names.locate(request.source, places.sources())
        return place.folder or hub.fetch(place)
    archive = Path(settings.MEDIA_ROOT) / request.path
    if not archive.is_file():
        raise Failed("The archive was cleared away meanwhile: send it again.")
    try:
        return archives.unpack(archive, incoming, most_bytes=2 * settings.MAX_UPLOAD_BYTES)
    except archives.Unsafe as error:
        shutil.rmtree(incoming, ignore_errors=True)
        raise Failed(str(error)) from error


def read(work: Work, request: Request) -> Evidence | None:
    """The comparisons of the snapshot on which it shall be evaluated."""
    if not request.snapshot:
        return None
    snapshot = Snapshot.objects.standing().filter(pk=request.snapshot).first()
    if snapshot is None:
        raise Failed("The snapshot on which it was to be evaluated is gone.")
    return fits.read(work, snapshot, EVIDENCE)
