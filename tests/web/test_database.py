"""Statements as the server gets them."""

import pytest

from annotation.queue import statements


def test_names_become_numbers_and_a_name_twice_is_one_value():
    text, names = statements.numbered("SELECT %(one)s,\n       %(two)s, %(one)s")
    assert (text, names) == (b"SELECT $1, $2, $1", ["one", "two"])


@pytest.mark.django_db
def test_values_are_bound_and_what_gives_no_rows_gives_none():
    assert statements.fetch("SELECT %(word)s::text, %(number)s::int", {"word": "a'b", "number": 7}) == [("a'b", 7)]
    assert statements.fetch_one("SELECT 1 WHERE %(never)s::bool", {"never": False}) is None
    assert statements.fetch("SET LOCAL search_path = public", {}) == []
