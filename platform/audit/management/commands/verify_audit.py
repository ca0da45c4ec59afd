"""`manage.py verify_audit`: proves that the audit trail is as it was written."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import verification


class Command(BaseCommand):
    help = "Computes the chain of the audit trail again and names the first seal or entry that is not as it was."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--expect", default="", metavar="HASH", help="a head that was noted earlier")

    def handle(self, *args: Any, expect: str, **options: Any) -> None:
        try:
            proof = verification.verify(expect=expect)
        except verification.Broken as broken:
            raise CommandError(f"The audit trail is broken. {broken}") from None
        self.stdout.write(
            f"{proof.entries} entries in {proof.seals} seals are as they were written; "
            f"{proof.unsealed} are not sealed yet.\nhead {proof.head}"
        )
