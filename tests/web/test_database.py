"""Statements as the server gets them, and the connections on which they go."""

from datetime import timedelta

import psycopg
import pytest
from django.db import IntegrityError, connection, models
from django.test.utils import isolate_apps
from django.utils.timezone import now

from accounts.models import Membership, Person, Workspace
from jobs.models import Job
from web.database import base, copying, prepared


def test_names_become_numbers_and_a_name_twice_is_one_value():
    text, names = prepared.numbered("SELECT %(one)s,\n       %(two)s, %(one)s")
    assert (text, names) == (b"SELECT $1, $2, $1", ["one", "two"])


@pytest.mark.django_db
def test_values_are_bound_and_what_gives_no_rows_gives_none():
    assert prepared.fetch("SELECT %(word)s::text, %(number)s::int", {"word": "a'b", "number": 7}) == [("a'b", 7)]
    assert prepared.fetch_one("SELECT 1 WHERE %(never)s::bool", {"never": False}) is None
    assert prepared.fetch("SET LOCAL search_path = public", {}) == []


@pytest.mark.django_db
def test_a_statement_is_planned_at_its_first_call_and_not_again():
    for number in range(3):
        prepared.fetch("SELECT %(number)s::int + 41 AS planned_once", {"number": number})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE '%planned_once'"
        )
        assert cursor.fetchall() == [(3,)]


@pytest.fixture
def line(db):
    """A connection of its own that was found in order a moment ago."""
    found = psycopg.connect(**connection.get_connection_params(), autocommit=True)
    base.check(found)
    yield found
    found.close()


def end(line: psycopg.Connection) -> None:
    """The server ends its side, as when one of its processes is killed."""
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [line.info.backend_pid])


def test_a_line_that_is_in_order_is_looked_at_and_not_asked(line, monkeypatch):
    monkeypatch.setattr(line, "execute", None)
    base.check(line)


def test_a_line_that_the_server_ended_is_noticed_before_it_is_used(line):
    end(line)
    with pytest.raises(psycopg.OperationalError):
        base.check(line)


def test_a_line_is_asked_now_and_then_as_it_may_have_been_cut_without_a_word(line, monkeypatch):
    asked = []
    monkeypatch.setattr(line, "execute", asked.append)
    monkeypatch.setattr(base, "ASKED_EVERY", 0.0)
    base.check(line)
    assert asked == [""]


def test_the_pool_hands_out_no_line_that_is_gone(db):
    pool = connection.pool
    with pool.connection() as first:
        ended = first
    end(ended)
    with pool.connection() as found:
        assert found.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.django_db
def test_copied_rows_are_what_saving_would_have_written(workspace):
    texts = ["plain", 'tab\tand\nline and "quotes" and \\ and \\N', "é 語 👩‍🔬", ""]
    made = copying.create(
        Job(
            workspace_id=workspace.pk,
            kind="a",
            queue="short",
            arguments={"text": text, "n": [1, None, 2.5]},
            phase=text[:5],
        )
        for text in texts
    )
    assert [(job.arguments["text"], job.phase) for job in (Job.objects.get(pk=one.pk) for one in made)] == [
        (text, text[:5]) for text in texts
    ]
    assert {field.attname: getattr(made[0], field.attname) for field in Job._meta.concrete_fields} == (
        Job.objects.values().get(pk=made[0].pk)
    )


@pytest.mark.django_db
def test_numbers_that_the_database_draws_are_drawn_and_nothing_copies_nothing(workspace):
    assert copying.create([]) == []
    person = Person.objects.create(email="one@example.org")
    copying.create([Membership(workspace_id=workspace.pk, person_id=person.pk, role="annotator")])
    assert Membership.objects.get(person=person).pk


@pytest.mark.django_db
@isolate_apps("web")
def test_a_moment_that_a_row_takes_when_it_is_saved_is_copied_too():
    class Visit(models.Model):
        began = models.DateTimeField(auto_now_add=True)
        seen = models.DateTimeField(auto_now=True)

        class Meta:
            app_label = "web"

    with connection.schema_editor() as editor:
        editor.create_model(Visit)
    (made,) = copying.create([Visit()])
    found = Visit.objects.get()
    assert (found.began, found.seen) == (made.began, made.seen)
    assert abs(now() - found.began) < timedelta(minutes=5)


@pytest.mark.django_db
def test_a_copied_row_that_breaks_a_constraint_is_refused_as_django_says_it(workspace):
    with pytest.raises(IntegrityError):
        copying.create([Workspace(name="Home", slug=workspace.slug)])
