"""One person for each role in a demo workspace, with random passwords that are printed once."""

import ipaddress
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts import enrolment, people
from accounts.models import Person, Workspace
from accounts.roles import Role

SLUG, WORKSPACE = "demo", "Demo"
DOMAIN = "demo.example"


class Command(BaseCommand):
    help = "Makes the demo workspace with one person for each role, on embedded servers and a loopback HOST only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-missing", action="store_true", help="do nothing where the demo is or must not be")
        parser.add_argument("--reset", action="store_true", help="give the demo people new passwords")

    def handle(self, *args: Any, **options: Any) -> None:
        there = Workspace.objects.filter(slug=SLUG).exists()
        if options["if_missing"] and (there or Person.objects.exists() or reason_against()):
            return
        if reason := reason_against():
            raise CommandError(reason)
        if there and not options["reset"]:
            raise CommandError("The demo workspace is there already; --reset gives its people new passwords.")
        with transaction.atomic():
            passwords = make_people()
        self.stdout.write("\nThe demo workspace has one person for each role. These passwords are shown this once:\n\n")
        for role, (email, password) in passwords.items():
            self.stdout.write(f"    {role.label:<12}{email:<28}{password}\n")
        self.stdout.write("\nLost? `.venv/bin/python manage.py demo_people --reset` makes new ones.\n\n")
        self.stdout.flush()


def reason_against() -> str:
    """Well-known accounts are made only where nobody but this machine can reach them."""
    if not settings.IS_EMBEDDED:
        return "Demo people are made on the embedded database only; here DATABASE_URL is set."
    try:
        is_loopback = settings.HOST == "localhost" or ipaddress.ip_address(settings.HOST).is_loopback
    except ValueError:
        is_loopback = False
    return "" if is_loopback else f"Demo people are made on a loopback HOST only; here it is {settings.HOST}."


def make_people() -> dict[Role, tuple[str, str]]:
    made = {}
    for role in reversed(Role):
        email, password = f"{role}@{DOMAIN}", secrets.token_urlsafe(12)
        is_new = not Person.objects.filter(email=email).exists()
        name = f"Demo {role.label.lower()}"
        membership = enrolment.enrol(email=email, workspace=WORKSPACE, role=role, password=password, name=name)
        if not is_new:
            people.set_password(person=membership.person, password=password)
        made[role] = (email, password)
    return made
