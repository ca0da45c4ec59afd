"""A token opens exactly what its person may do."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from accounts import tokens
from accounts.models import Token
from accounts.roles import Role
from audit.models import Entry
from web.database import prepared

pytestmark = pytest.mark.django_db
URL = "/api/v1/tokens/"


def test_a_token_never_exceeds_the_present_role(researcher):
    researcher.membership.role = "annotator"
    researcher.membership.save()
    assert tokens.scope_of(researcher.secret).role == "annotator"


def test_a_token_never_exceeds_its_own_role(researcher):
    _token, secret = tokens.make(membership=researcher.membership, name="small", role=Role.ANNOTATOR)
    assert tokens.scope_of(secret).role == "annotator"


def test_a_small_token_is_told_that_it_is_the_token_that_may_less(admin):
    _token, secret = tokens.make(membership=admin.membership, name="small", role=Role.ANNOTATOR)
    answer = Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/audit/")
    assert answer.status_code == 403
    assert "with this token yours here is annotator" in answer.json()["detail"]


def test_a_token_dies_with_the_membership(researcher):
    researcher.membership.delete()
    assert tokens.scope_of(researcher.secret) is None


def test_only_the_hash_of_a_secret_is_kept(researcher):
    assert researcher.secret not in str(Token.objects.values())


def test_a_secret_holds_256_random_bits(researcher):
    _token, other = tokens.make(membership=researcher.membership, name="b", role=Role.ANNOTATOR)
    assert len(other.removeprefix(tokens.PREFIX)) == 43  # 32 bytes in base64
    assert other != researcher.secret


def test_finding_a_scope_costs_one_statement(researcher, django_assert_num_queries, monkeypatch):
    tokens.scope_of(researcher.secret)
    asked, fetch = [], prepared.fetch
    monkeypatch.setattr(prepared, "fetch", lambda sql, values: asked.append(sql) or fetch(sql, values))
    with django_assert_num_queries(0):
        scope = tokens.scope_of(researcher.secret)
        assert (scope.person, scope.workspace) == (researcher.person, researcher.membership.workspace)
    assert len(asked) == 1


def test_use_is_noted_once_a_minute(researcher):
    tokens.scope_of(researcher.secret)
    first = Token.objects.get().last_used_at
    tokens.scope_of(researcher.secret)
    assert Token.objects.get().last_used_at == first
    Token.objects.update(last_used_at=now() - timedelta(minutes=2))
    tokens.scope_of(researcher.secret)
    assert now() - Token.objects.get().last_used_at < timedelta(minutes=1)


@pytest.mark.parametrize("change", [{"revoked_at": now()}, {"expires_at": now() - timedelta(seconds=1)}])
def test_a_token_that_is_over_answers_401_with_how_to_sign_in(researcher, change):
    Token.objects.update(**change)
    answer = researcher.api.get("/api/v1/me/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer nonsense", "Bearer \x00", "bearer ts_é", "Basic YTpi"])
def test_a_header_that_is_no_token_answers_401(client, db, header):
    assert client.get("/api/v1/me/", headers={"Authorization": header}).status_code == 401


def test_a_token_of_an_inactive_person_opens_nothing(researcher):
    type(researcher.person).objects.update(is_active=False)
    assert tokens.scope_of(researcher.secret) is None


def test_a_new_token_shows_its_secret_once(annotator):
    made = annotator.api.post(URL, {"name": "notebook"})
    assert made.status_code == 201
    assert tokens.scope_of(made.json()["secret"]).person == annotator.person
    assert "secret" not in annotator.api.get(f"{URL}{made.json()['id']}/").json()
    assert Entry.objects.filter(action="token.created", object_id=made.json()["id"]).exists()


def test_nobody_makes_a_token_that_does_more_than_they_may(researcher):
    answer = researcher.api.post(URL, {"name": "strong", "role": "admin"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "role"


def test_a_small_token_makes_no_larger_one(admin):
    _token, secret = tokens.make(membership=admin.membership, name="small", role=Role.ANNOTATOR)
    admin.api.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert admin.api.post(URL, {"name": "large", "role": "admin"}).status_code == 422
    assert admin.api.post(URL, {"name": "same"}).json()["role"] == "annotator"


def test_a_token_makes_none_that_outlives_it(annotator):
    end = now() + timedelta(days=1)
    Token.objects.update(expires_at=end)
    made = annotator.api.post(URL, {"name": "later", "expires_at": (end + timedelta(days=9)).isoformat()})
    assert Token.objects.get(pk=made.json()["id"]).expires_at == end


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"name": ""}, 400),
        ({"name": "x" * 81}, 400),
        ({"name": "x", "expires_at": "soon"}, 400),
        ({"name": "x", "role": 7}, 400),
        ({"name": "x", "expires_at": "2001-01-01T00:00:00Z"}, 422),
        ({"name": "x", "expires_at": "9999-01-01T00:00:00Z"}, 422),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(annotator, body, status):
    assert annotator.api.post(URL, body).status_code == status


def test_one_revokes_one_s_own(annotator):
    own = Token.objects.get(person=annotator.person)
    assert annotator.api.delete(f"{URL}{own.pk}/").status_code == 204
    assert annotator.api.get("/api/v1/me/").status_code == 401


def test_another_s_token_is_not_found(annotator, researcher, stranger):
    others = Token.objects.get(person=researcher.person)
    for caller in (annotator, stranger):
        assert caller.api.get(f"{URL}{others.pk}/").status_code == 404
        assert caller.api.delete(f"{URL}{others.pk}/").status_code == 404


def test_an_admin_sees_and_revokes_everybody_s(admin, annotator):
    assert len(admin.api.get(URL).json()["results"]) == 1
    assert len(admin.api.get(URL, {"everybody": "true"}).json()["results"]) == 2
    assert admin.api.delete(f"{URL}{Token.objects.get(person=annotator.person).pk}/").status_code == 204
    assert annotator.api.get("/api/v1/me/").status_code == 401


def test_nobody_else_sees_everybody_s(researcher):
    assert researcher.api.get(URL, {"everybody": "true"}).status_code == 403
