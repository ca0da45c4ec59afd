"""`manage.py import_tasks FILE --project ID`: bring a file of any size in, without a worker."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from annotation.feedback.kinds import KINDS
from annotation.imports import files
from annotation.imports.requests import Options, check
from annotation.imports.running import Import, Request
from annotation.models import Project
from api.refusals import Refusal
from audit import trail


class Command(BaseCommand):
    help = "Bring prompts, answers and labels into a project from a .jsonl, .jsonl.gz, .csv or .parquet file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--project", type=UUID, required=True, help="its id")
        parser.add_argument("--kind", choices=list(KINDS), help="default: all kinds of the project")
        parser.add_argument("--overlap", type=int, help="labels a task; default: the project's")
        parser.add_argument("--partial", action="store_true", help="keep the good lines of a file with bad ones")
        parser.add_argument("--as", dest="as_", choices=["tasks", "judgments"], default="tasks")
        parser.add_argument("--counts", action="store_true", help="imported judgments count toward the overlap")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"].resolve()
        project = Project.objects.standing().filter(pk=options["project"]).first()
        if project is None:
            raise CommandError("There is no such project.")
        if not path.is_file():
            raise CommandError(f"{path} is no file.")
        wanted = Options(
            options["kind"], options["overlap"], options["partial"], options["as_"] == "judgments", options["counts"]
        )
        try:
            check(project, wanted)
            request = Request(str(project.pk), str(path), files.suffix_of(path.name), **vars(wanted))
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        result = self.run_import(project, request)
        self.stdout.write(json.dumps(result, ensure_ascii=False))
        if result["rejected"] and not wanted.partial:
            raise CommandError("Nothing was imported: mend the lines named above, or say --partial.")

    @transaction.atomic
    def run_import(self, project: Project, request: Request) -> dict[str, Any]:
        bringing = Import(request)
        for count in bringing.run():
            self.stderr.write(f"\r{bringing.meter.share:5.0%}  {count} records", ending="")
        self.stderr.write("")
        made = {name: value for name, value in bringing.result().items() if isinstance(value, int)}
        trail.record(
            "import.run",
            workspace=project.workspace_id,
            actor=None,
            object_kind="project",
            object_id=str(project.pk),
            details=made,
        )
        return bringing.result()
