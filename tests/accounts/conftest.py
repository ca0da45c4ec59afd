"""Somebody with a password, before whom nobody has tried to sign in."""

import pytest
from django.core.cache import cache

from accounts.models import Person
from tests.conftest import PASSWORD


@pytest.fixture
def person(annotator) -> Person:
    cache.clear()
    annotator.person.set_password(PASSWORD)
    annotator.person.save()
    return annotator.person
