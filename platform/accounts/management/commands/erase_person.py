"""Erase a person wholly, on their request; for who runs the installation."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import erasure
from accounts.models import Person
from api.refusals import Refusal


class Command(BaseCommand):
    help = "Erase what identifies a person in every workspace. Judgments stay, under pseudonyms that lead nowhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        person = Person.objects.filter(email=options["email"].strip().lower()).first()
        if person is None:
            raise CommandError("Nobody has this address.")
        if not options["yes"] and not is_sure(person.email):
            raise CommandError("Nothing was erased. Where nobody can answer, say --yes.")
        try:
            erasure.erase(person=person, by=erasure.Actor(None))
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        self.stdout.write("Erased. Frozen files, backups and logs are as they were: see docs/admin.md.")


def is_sure(email: str) -> bool:
    try:
        return input(f"Erase {email} for good? Type yes: ").strip() == "yes"
    except EOFError:  # no terminal to ask on
        return False
