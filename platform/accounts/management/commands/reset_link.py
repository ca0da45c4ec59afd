"""A link by which a person sets a new password; for who runs the installation."""

from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts import passwords, people
from accounts.models import Person


class Command(BaseCommand):
    help = "Print a link by which a person sets a new password. It works once, for three days."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument(
            "--drop-two-factor", action="store_true", help="for somebody who has lost the second factor and its codes"
        )

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        person = Person.objects.filter(email=options["email"].strip().lower(), is_active=True).first()
        if person is None:
            raise CommandError("Nobody active has this address.")
        if options["drop_two_factor"]:
            Authenticator.objects.filter(user=person).delete()
        dropped = options["drop_two_factor"]
        people.record("member.reset_link_made", person, actor=None, two_factor_dropped=dropped)
        self.stdout.write(passwords.reset_link(person))
