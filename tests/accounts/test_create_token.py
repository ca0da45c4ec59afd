"""Scripts begin with `manage.py create_token`."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils.timezone import now
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import Membership, Person, Token, Workspace
from audit.models import Entry

pytestmark = pytest.mark.django_db


def create_token(**options):
    out, err = StringIO(), StringIO()
    given = {"email": "Ada@Lab.example", "workspace": "lab", "role": "researcher", **options}
    call_command("create_token", **given, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_it_prints_one_token_and_nothing_else():
    out, err = create_token()
    assert out == out.strip() + "\n"
    assert tokens.scope_of(out.strip()).role == "researcher"
    assert err == ""


def test_it_makes_person_workspace_and_membership_where_they_are_missing():
    create_token()
    membership = Membership.objects.get()
    assert (membership.person.email, membership.workspace.slug, membership.role) == (
        "ada@lab.example",
        "lab",
        "researcher",
    )
    assert not membership.person.has_usable_password()


def test_a_second_token_finds_what_the_first_one_made():
    create_token()
    create_token(email="ada@lab.EXAMPLE", workspace="Lab")
    assert (Person.objects.count(), Workspace.objects.count(), Token.objects.count()) == (1, 1, 2)


def test_it_raises_nobody_and_says_that_the_token_does_less():
    create_token(role="annotator")
    out, err = create_token(role="admin")
    assert tokens.scope_of(out.strip()).role == "annotator"
    assert "is annotator in lab" in err


def test_days_are_how_long_the_token_lasts():
    create_token(days=7)
    assert abs(Token.objects.get().expires_at - now() - timedelta(days=7)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    "wrong",
    [{"email": "no address"}, {"workspace": "!!!"}, {"days": 0}, {"days": -3}, {"days": 10**9}, {"role": "king"}],
)
def test_a_wrong_value_is_refused_and_nothing_is_made(wrong):
    with pytest.raises(CommandError):
        create_token(**wrong)
    assert (Person.objects.count(), Workspace.objects.count(), Token.objects.count()) == (0, 0, 0)


def test_what_it_made_is_in_the_trail_as_the_installation_s_deed():
    create_token()
    assert set(Entry.objects.values_list("action", "actor")) == {
        ("workspace.created", None),
        ("member.added", None),
        ("token.created", None),
    }


def test_the_token_opens_the_api():
    client = APIClient(headers={"Authorization": f"Bearer {create_token()[0].strip()}"})
    answer = client.get("/api/v1/me/").json()
    assert (answer["email"], answer["workspace"]["slug"], answer["role"]) == ("ada@lab.example", "lab", "researcher")
