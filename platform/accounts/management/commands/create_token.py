"""Where scripts begin: a person, a workspace, a membership and a token for them."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import enrolment
from accounts.roles import Role
from api.refusals import Refusal


class Command(BaseCommand):
    help = "Print one API token and nothing else; make person, workspace and membership where they are missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--workspace", required=True, help="its address, as in /w/<workspace>/")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--days", type=int, help="the token expires after so many days; without it, never")

    def handle(self, *args: Any, **options: Any) -> None:
        role = Role(options["role"])
        try:
            membership, secret = enrolment.issue_token(
                email=options["email"], workspace=options["workspace"], role=role, days=options["days"]
            )
        except Refusal as refusal:
            raise CommandError(refusal.message) from None
        if not Role(membership.role).includes(role):
            self.stderr.write(
                f"{options['email']} is {membership.role} in {membership.workspace.slug}: "
                "the token can do no more than that until the role is changed."
            )
        self.stdout.write(secret)
