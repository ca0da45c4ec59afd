"""Freezing: the judgments that count now become files that never change."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from accounts.scope import Scope
from annotation.models import Project, Snapshot, SnapshotJudgment
from annotation.snapshots import cards, content, files, filters, rows, sorting, splits
from annotation.snapshots.hashing import Hash
from api.refusals import Conflict, Invalid
from jobs import launch
from web.database import copying

LINEAGE_BATCH = 2_000
Progress = Callable[[float, str], None]


@transaction.atomic
def start(*, scope: Scope, project: Project, name: str, wishes: dict[str, Any]) -> Snapshot:
    """The snapshot to be, and the job that freezes it. `wishes`: filters, splits and seed, where they are said."""
    checked = filters.check(wishes.get("filters") or {})
    if not filters.select(project, filters.but_shares(checked)).exists():  # agreement is only known to the job
        if missing := lacks(project):
            raise Invalid(missing)
        raise Invalid(_("There is no judgment to freeze with these filters."), field="filters")
    snapshot = Snapshot.objects.create(
        project=project,
        name=name,
        filters=checked,
        splits=splits.check(wishes.get("splits") or splits.DEFAULT),
        seed=wishes.get("seed", 0),
        created_by=scope.person,
    )
    snapshot.job = launch.start(
        "annotation.freeze",
        scope=scope,
        arguments={"snapshot": str(snapshot.pk)},
        subject=("snapshot", snapshot.pk),
    )
    snapshot.save(update_fields=["job"])
    scope.record("snapshot.created", "snapshot", snapshot.pk, project=str(project.pk))
    return snapshot


def lacks(project: Project) -> str:
    """Why nothing can be frozen, whatever the filters; empty where something can."""
    if filters.select(project, {}).exists():
        return ""
    return _("There is no judgment yet: people have to label before there is anything to freeze.")


def freeze(snapshot: Snapshot, *, progress: Progress, folder: Path) -> Snapshot:
    """Write the files and the lineage; inside a transaction, so that a snapshot is frozen whole or not at all."""
    if snapshot.frozen_at is not None:
        raise Conflict(_("The snapshot is frozen already."))
    versions = filters.select(snapshot.project, snapshot.filters)
    total = max(1, versions.count())
    summary = cards.Summary()
    found = sorting.sorted_lines(lines(snapshot, versions, summary, progress, total), folder)
    sha256, kept, counts = write(found, snapshot.splits, folder)
    if not summary.rows:
        raise Conflict(_("There was no judgment left to freeze."))
    snapshot.sha256, snapshot.files, snapshot.counts = sha256, kept, counts
    snapshot.frozen_at = now()
    snapshot.card = {**cards.card(snapshot, summary), **agreement(snapshot, progress)}
    snapshot.save()
    return snapshot


def agreement(snapshot: Snapshot, progress: Progress) -> dict[str, Any]:
    """How far people agree in what was frozen, as of now."""
    from annotation.quality import frozen  # numpy and scipy, for the child that freezes alone

    assert snapshot.frozen_at is not None
    found = frozen.agreement(snapshot, lambda share, phase: progress(0.9 + 0.09 * share, phase))
    return {"agreement": found, "agreement_as_of": snapshot.frozen_at.isoformat()}


def lines(
    snapshot: Snapshot,
    versions: Any,
    summary: "cards.Summary",
    progress: Progress,
    total: int,
) -> Iterator[bytes]:
    """`canonical TAB row` for every judgment; JSON holds no bare tab. The lineage is written on the way."""
    lineage: list[int] = []
    for number, (key, bare) in enumerate(rows.rows(versions), start=1):
        row = replace(bare, split=splits.of(bare.prompt, snapshot.splits, snapshot.seed))
        summary.add(row)
        lineage.append(key)
        if len(lineage) == LINEAGE_BATCH:
            write_lineage(snapshot, lineage)
            progress(0.7 * number / total, _("Reading judgments"))
            lineage = []
        yield content.line(row) + b"\t" + json.dumps(row.as_json(), ensure_ascii=False).encode() + b"\n"
    write_lineage(snapshot, lineage)


def write_lineage(snapshot: Snapshot, versions: list[int]) -> None:
    copying.create(SnapshotJudgment(snapshot=snapshot, version_id=key) for key in versions)


def write(
    found: Iterator[bytes], names: dict[str, float], folder: Path
) -> tuple[str, dict[str, Any], dict[str, dict[str, int]]]:
    """The hash over all, a file for each split, and the counts by kind and split."""
    hashed = Hash()
    counts: dict[str, Counter[str]] = {}
    with ExitStack() as stack:
        writers = {name: stack.enter_context(files.Writer(folder / f"{name}.jsonl.gz")) for name in names}
        for line in found:
            canonical, _tab, raw = line.partition(b"\t")
            hashed.add(canonical)
            facts = json.loads(canonical)
            counts.setdefault(facts["kind"], Counter())[facts["split"]] += 1
            writers[facts["split"]].write(raw)
    kept = {name: writer.keep() for name, writer in writers.items()}
    return hashed.hexdigest(), kept, {kind: dict(split) for kind, split in counts.items()}
