"""`manage.py restore FILE`: what `backup` wrote, back into an empty installation, all of it or nothing."""

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection

from config import installation
from local import archive, dump
from local.archive import Backup, Exchange
from local.dump import Database
from local.trouble import Trouble


class Command(BaseCommand):
    help = "Puts the database and the files of a backup in place; stop the product first."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="an archive that `backup` made")
        parser.add_argument("--replace", action="store_true", help="throw away what is there now")

    def handle(self, *args: Any, **options: Any) -> None:
        backup = archive.read(options["file"])
        database = installation.database()
        refuse_newer(backup)
        refuse_to_harm(database, replace=options["replace"])
        put_in_place(backup, database)
        call_command("migrate", interactive=False, verbosity=0)
        connection.close()
        made_at, version = backup.manifest["made_at"], backup.manifest["version"]
        files = len(backup.manifest["members"]) - 1
        self.stdout.write(f"Restored the backup of {made_at} (version {version}): the database and {files} files.")


def refuse_newer(backup: Backup) -> None:
    known = installation.known_migrations()
    for app, names in backup.manifest["migrations"].items():
        unknown = sorted({*names} - {*known.get(app, [])})
        if unknown:
            raise Trouble(
                f"The backup was made by version {backup.manifest['version']}, whose data this one does not know "
                f"({app} {unknown[0]}): restore it with that version or a newer one."
            )


def refuse_to_harm(database: Database, *, replace: bool) -> None:
    major = database.major
    dump.check_major(database)
    if count := database.other_sessions:
        raise Trouble(
            f"{count} other {'session uses' if count == 1 else 'sessions use'} the database: stop the product first "
            "(Ctrl-C where `make up` runs), then run `make restore FILE=…`."
        )
    if major < installation.LEAST_POSTGRES:
        raise Trouble(f"The database is PostgreSQL {major}, and {installation.LEAST_POSTGRES} or newer is needed.")
    if not replace and (not database.is_empty or has_files()):
        raise Trouble(
            "There are data here already: --replace (`make restore FILE=… ARGS=--replace`) throws them away and puts "
            "the backup in their place."
        )


def has_files() -> bool:
    return any(path.is_file() for path in settings.MEDIA_ROOT.rglob("*"))


def put_in_place(backup: Backup, database: Database) -> None:
    exchange = Exchange(settings.MEDIA_ROOT)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.MEDIA_ROOT.parent) as folder:
        written = Path(folder) / archive.DUMP
        try:
            backup.extract(dump=written, files=exchange.fresh)
            dump.restore(database, written, swap=exchange.swap)
        except BaseException:
            exchange.undo()
            raise
    exchange.finish()
