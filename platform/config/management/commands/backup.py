"""`manage.py backup FILE`: database and files in one archive, whole or not at all."""

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.utils.timezone import now

from config import installation
from local import archive, dump


class Command(BaseCommand):
    help = "Writes the database and all files into one archive that `restore` takes; the product may go on running."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the archive to make, for example touchstone.tar")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"].absolute()
        database = installation.database()
        dump.check_major(database)
        about = {
            "version": installation.version(),
            "made_at": now().isoformat(timespec="seconds"),
            "postgres": database.major,
            "migrations": installation.applied_migrations(),
        }
        with archive.whole(path) as fresh, tempfile.TemporaryDirectory(prefix=".backup-", dir=path.parent) as folder:
            written = Path(folder) / archive.DUMP
            dump.write(database, written)
            manifest = archive.write(fresh, dump=written, files=settings.MEDIA_ROOT, about=about)
        files = len(manifest["members"]) - 1
        size = path.stat().st_size / 1024**2
        self.stdout.write(f"{path}: the database and {files} {'file' if files == 1 else 'files'}, {size:.1f} MB.")
