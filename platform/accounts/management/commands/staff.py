"""Who looks after the installation; for who runs it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import people
from accounts.models import Person


class Command(BaseCommand):
    help = "Make somebody staff, who sees the gallery of components and no data; or end it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--end", action="store_true", help="staff no longer")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        person = Person.objects.filter(email=options["email"].strip().lower(), is_active=True).first()
        if person is None:
            raise CommandError("Nobody active has this address.")
        person.is_staff = not options["end"]
        person.save(update_fields=["is_staff"])
        people.record("person.staff_changed", person, actor=None, is_staff=person.is_staff)
        self.stdout.write(f"{person.email} is {'staff now' if person.is_staff else 'staff no longer'}.")
