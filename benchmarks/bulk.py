"""What it takes to bring a large file in and to take a large snapshot away: rows per second and the most memory held.

    python -m local with-servers -- .venv/bin/python benchmarks/bulk.py [--records 1000000] [--bytes 1000] [--seeded]

Makes a file of so many preference records of so many bytes each (a million of a thousand bytes is 1 GB) and brings it
in as judgments, or lets the database write that many short ones (`--seeded`). Freezes them, exports the snapshot in
several layouts and formats, and verifies its hash. Each step runs in a process of its own, whose largest resident set
is what is printed. The rows are made in the configured database, in a workspace of their own, and removed again.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "platform")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402

from accounts.models import Membership, Person, Workspace  # noqa: E402
from accounts.roles import Role  # noqa: E402
from accounts.scope import Scope  # noqa: E402
from annotation import projects, purge  # noqa: E402
from annotation.imports.running import Import, Request  # noqa: E402
from annotation.models import Project, Snapshot  # noqa: E402
from annotation.snapshots import freezing, reading, splits  # noqa: E402
from annotation.snapshots.exports import Export  # noqa: E402
from benchmarks import filling  # noqa: E402

EXPORTS = (("raw", "jsonl"), ("raw", "jsonl.gz"), ("preference", "parquet"), ("preference", "csv"))


def write_file(path: Path, records: int, size: int) -> None:
    """Records that differ, each about `size` bytes long."""
    filler = "A sentence of an answer that says something. " * (size // 45 + 1)
    with path.open("w") as file:
        for number in range(records):
            answer = filler[: max(20, (size - 120) // 2)]
            record = {
                "prompt": f"Question {number}: how is it done?",
                "chosen": f"{number} {answer}",
                "rejected": f"{answer} {number}",
                "annotator": f"ann-{number % 50}",
            }
            file.write(json.dumps(record) + "\n")


def bring_in(project: str, path: str) -> int:
    with transaction.atomic():
        importing = Import(Request(project, path, ".jsonl", as_judgments=True))
        for _count in importing.run():
            pass
    result = importing.result()
    assert not result["rejected"], result["rejected"][:3]
    return result["judgments"]


def freeze(snapshot: str, folder: str) -> int:
    with transaction.atomic():
        found = Snapshot.objects.select_related("project").get(pk=snapshot)
        freezing.freeze(found, progress=lambda share, phase: None, folder=Path(folder))
    return found.card["judgments"]


def export(snapshot: str, layout: str, format_: str) -> int:
    """Streams the file into nothing; lines are counted on their way by the number that the snapshot holds."""
    found = Snapshot.objects.select_related("project").get(pk=snapshot)
    one = Export(found, layout, format_)
    one.check()
    assert sum(len(chunk) for chunk in one.stream()) > 0
    return found.card["judgments"]


def verify(snapshot: str, folder: str) -> int:
    found = Snapshot.objects.get(pk=snapshot)
    assert reading.recompute(found, Path(folder)) == found.sha256
    return found.card["judgments"]


STEPS: dict[str, Callable[..., int]] = {"import": bring_in, "freeze": freeze, "export": export, "verify": verify}


def measure(step: str, *arguments: str, **facts: Any) -> None:
    """One step in a process of its own."""
    command = [sys.executable, __file__, "--step", step, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    row = json.loads(done.stdout.splitlines()[-1])
    sys.stdout.write(json.dumps({"step": step, **facts, **row}) + "\n")
    sys.stdout.flush()


def run_step(step: str, arguments: list[str]) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    rows = STEPS[step](*arguments)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    row = {"rows": rows, "seconds": round(seconds, 1), "rows_per_second": round(rows / seconds)}
    print(json.dumps({**row, "peak_mib": round(peak / 1024), "at_start_mib": round(before / 1024)}))


def make_project(slug: str, seeded: int) -> Project:
    workspace = Workspace.objects.create(name=slug, slug=slug)
    person = Person.objects.create(email=f"{slug}@bench.example")
    Membership.objects.create(workspace=workspace, person=person, role=Role.ADMIN)
    scope = Scope(person, workspace, Role.ADMIN)
    if not seeded:
        return projects.create(scope=scope, wish=projects.Wish(name=slug, kinds=["pairwise"]))
    with filling.without_references():
        with filling.without_indexes():
            project = filling.make_project(scope, seeded)
        filling.judge(project, seeded)
    return project


def run(options: argparse.Namespace, project: Project, folder: Path) -> None:
    if not options.seeded:
        path = folder / "records.jsonl"
        write_file(path, options.records, options.bytes)
        size = path.stat().st_size // 1_000_000
        measure("import", str(project.pk), str(path), megabytes=size)
        path.unlink()
    snapshot = Snapshot.objects.create(project=project, name="bench", splits=splits.DEFAULT)
    measure("freeze", str(snapshot.pk), str(folder))
    for layout, format_ in EXPORTS:
        measure("export", str(snapshot.pk), layout, format_, layout=layout, format=format_)
    measure("verify", str(snapshot.pk), str(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--bytes", type=int, default=1_000)
    parser.add_argument("--seeded", action="store_true", help="let the database write that many judgments, import none")
    parser.add_argument("--folder", type=Path, default=Path(settings.MEDIA_ROOT))
    parser.add_argument("--step", nargs="+")
    options = parser.parse_args()
    if options.step:
        run_step(options.step[0], options.step[1:])
        return
    call_command("migrate", interactive=False, verbosity=0)
    if options.seeded and Project.objects.exists():
        raise SystemExit(
            "This database holds projects: --seeded, which takes its references off for a while, needs one of its own."
        )
    project = make_project(f"bulk-{uuid4().hex[:8]}", options.records if options.seeded else 0)
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            run(options, project, Path(folder))
    finally:
        remove(project.pk)


def remove(project: UUID) -> None:
    purge.remove(Project.objects.get(pk=project))


if __name__ == "__main__":
    main()
