"""Sending a creation twice makes one thing."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import RequestFactory
from django.test.client import encode_multipart
from django.utils.timezone import now
from rest_framework.request import Request

from accounts.models import Group
from api import idempotency
from api.models import Idempotency
from api.parsers import BoundedMultiPartParser

PATH = "/api/v1/groups-of-tests/"
pytestmark = pytest.mark.usefixtures("small_api")


def send(member, name="Night shift", key="k-1"):
    return member.api.post(PATH, {"name": name}, headers={"Idempotency-Key": key})


def test_the_same_key_and_body_make_one_thing_and_answer_the_same(researcher):
    first, again = send(researcher), send(researcher)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == {**first.json(), "secret": None}
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert Group.objects.count() == 1


def test_what_is_shown_once_is_not_kept(researcher):
    assert send(researcher).json()["secret"] == "abc"
    assert "abc" not in Idempotency.objects.get().answer


def test_the_order_of_keys_in_a_body_does_not_count(researcher):
    first = researcher.api.generic(
        "POST", PATH, '{"name":"A","x":1}', "application/json", headers={"Idempotency-Key": "k"}
    )
    again = researcher.api.generic(
        "POST", PATH, '{"x": 1, "name": "A"}', "application/json", headers={"Idempotency-Key": "k"}
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert Group.objects.count() == 1


def test_another_body_under_the_same_key_is_refused(researcher):
    send(researcher)
    answer = send(researcher, name="Day shift")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert Group.objects.count() == 1


def test_a_key_belongs_to_one_person(researcher, admin):
    assert send(researcher).status_code == 201
    assert send(admin, name="Day shift").status_code == 201


def test_without_a_key_two_calls_make_two_things(researcher):
    for name in "AB":
        assert researcher.api.post(PATH, {"name": name}).status_code == 201
    assert Group.objects.count() == 2
    assert Idempotency.objects.count() == 0


@pytest.mark.parametrize("name", ["refused", "returned"])
def test_a_refusal_is_not_kept_and_writes_nothing(researcher, name):
    assert send(researcher, name=name).status_code == 409
    assert Group.objects.count() == 0
    assert Idempotency.objects.count() == 0
    assert send(researcher, name="Night shift").status_code == 201


def test_a_body_that_is_not_valid_is_not_kept(researcher):
    assert send(researcher, name="").status_code == 400
    assert send(researcher).status_code == 201


def test_a_key_is_forgotten_after_a_day(researcher):
    send(researcher)
    Idempotency.objects.update(created_at=now() - timedelta(hours=24))
    assert send(researcher, name="Day shift").status_code == 201
    assert Group.objects.count() == 2


def test_pruning_takes_what_is_older_than_a_day_and_nothing_else(researcher):
    send(researcher, key="old")
    Idempotency.objects.update(created_at=now() - timedelta(hours=24))
    send(researcher, name="Day shift", key="new")
    assert idempotency.prune() == 1
    assert Idempotency.objects.get().key == "new"


@pytest.mark.parametrize("key", ["", "x" * 256, "ü", "a\tb"])
def test_a_key_that_cannot_be_one_is_named(researcher, key):
    answer = send(researcher, key=key)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


def test_a_role_too_low_learns_nothing_from_a_key(annotator):
    assert send(annotator).status_code == 403


def multipart(content):
    """The body as two clients may write it: the boundary is random."""
    boundary = uuid4().hex
    body = encode_multipart(boundary, {"kind": "pairwise", "file": SimpleUploadedFile("pairs.csv", content)})
    request = RequestFactory().post("/x/", body, f"multipart/form-data; boundary={boundary}")
    return Request(request, parsers=[BoundedMultiPartParser()])


def test_files_are_compared_by_content():
    first, again, other = (idempotency.body_digest(multipart(content)) for content in (b"a,b", b"a,b", b"a,c"))
    assert first == again
    assert first != other


def test_a_file_can_be_read_after_it_was_compared():
    request = multipart(b"a,b")
    idempotency.body_digest(request)
    assert request.data["file"].read() == b"a,b"


@pytest.mark.django_db(transaction=True)
def test_while_the_first_request_is_at_work_the_second_is_told_so(researcher):
    call = idempotency.Call(researcher.person.pk, researcher.membership.workspace_id, PATH, "k-1")
    held, done = threading.Event(), threading.Event()

    def first_request():
        with transaction.atomic():
            assert idempotency.lock(call)
            held.set()
            done.wait(90)
        connection.close()

    thread = threading.Thread(target=first_request)
    thread.start()
    assert held.wait(90)
    try:
        answer = send(researcher)
        assert answer.status_code == 409
        assert "in progress" in answer.json()["detail"]
    finally:
        done.set()
        thread.join()
    assert send(researcher).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_one_creates(researcher):
    answers, start = [], threading.Barrier(4)

    def request():
        start.wait(90)
        answers.append(send(researcher, key=key))
        connection.close()

    key = str(uuid4())
    threads = [threading.Thread(target=request) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Group.objects.count() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1
