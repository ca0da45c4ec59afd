"""A token opens exactly what its person may do."""

import pytest

from accounts import tokens
from accounts.models import Token

pytestmark = pytest.mark.django_db


def test_a_token_never_exceeds_the_present_role(researcher):
    researcher.membership.role = "annotator"
    researcher.membership.save()
    assert tokens.scope_of(researcher.secret).role == "annotator"


def test_a_token_dies_with_the_membership(researcher):
    researcher.membership.delete()
    assert tokens.scope_of(researcher.secret) is None


def test_only_the_hash_of_a_secret_is_kept(researcher):
    assert researcher.secret not in str(Token.objects.values())
