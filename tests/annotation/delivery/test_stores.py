"""Into a bucket: signed, tried again, whole or not there, and never with a word of the secret."""

import pytest

from annotation.delivery import destinations, sealing, stores
from annotation.models import Destination
from api.refusals import Conflict
from tests.annotation.delivery.conftest import SECRET

pytestmark = pytest.mark.django_db
PATH = "/lab/data-sets/abc-raw-jsonl.zip"


@pytest.fixture
def put(bucket, tmp_path):
    """`put(parcel)`: where it lies; `put.shares` is how far it said that it was."""

    def act(parcel):
        return stores.put(bucket, parcel, act.shares.append, memo=tmp_path / "upload")

    act.shares = []
    return act


def test_a_small_file_is_one_call_and_says_its_checksum(put, parcel, store):
    sent = parcel()
    assert put(sent) == "s3://lab/data-sets/abc-raw-jsonl.zip"
    assert store.objects[PATH] == (sent.path.read_bytes(), sent.sha256)
    assert [method for method, _path, _query in store.calls] == ["HEAD", "PUT", "HEAD"]


def test_a_large_file_goes_in_parts_and_appears_when_all_are_there(put, parcel, store, monkeypatch, tmp_path):
    monkeypatch.setattr(stores, "PART", 30)
    sent = parcel(bytes(range(100)))
    put(sent)
    assert store.objects[PATH] == (bytes(range(100)), sent.sha256)
    assert [query.get("partNumber") for method, _path, query in store.calls if method == "PUT"] == ["1", "2", "3", "4"]
    assert (store.uploads, put.shares) == ({}, [0.3, 0.6, 0.9, 1.0])
    assert not (tmp_path / "upload").exists()


def test_what_lies_there_already_is_not_sent_again(put, parcel, store):
    put(parcel())
    put(parcel())
    assert [method for method, _path, _query in store.calls].count("PUT") == 1


def test_a_troubled_store_is_tried_again(put, parcel, store):
    store.troubles = [(503, "SlowDown"), (500, "InternalError")]
    put(parcel())
    assert PATH in store.objects


def test_one_that_stays_away_is_named_without_what_it_repeats(put, parcel, store):
    store.troubles = [(503, "SlowDown")] * 9
    with pytest.raises(Conflict, match="The store is away") as told:
        put(parcel())
    assert SECRET not in str(told.value)


def test_a_refusal_is_told_at_once(put, parcel, store, bucket):
    bucket.sealed_secret = sealing.seal("another-secret")
    with pytest.raises(Conflict, match="SignatureDoesNotMatch – That is") as told:
        put(parcel())
    assert store.objects == {}
    assert SECRET not in str(told.value)


def test_parts_of_an_upload_that_failed_are_taken_away(put, parcel, store, monkeypatch):
    monkeypatch.setattr(stores, "PART", 30)

    def stop(share):
        if share > 0.5:
            raise KeyboardInterrupt

    put.shares = type("Stopper", (), {"append": staticmethod(stop)})
    with pytest.raises(KeyboardInterrupt):
        put(parcel(bytes(100)))
    assert (store.objects, store.uploads) == ({}, {})


def test_an_upload_that_a_killed_attempt_left_is_ended_by_the_next(put, parcel, store, tmp_path):
    store.uploads["left"] = ("", {})
    (tmp_path / "upload").write_text("data-sets/abc-raw-jsonl.zip\nleft")
    put(parcel())
    assert (store.uploads, list(store.objects)) == ({}, [PATH])


def test_a_completion_whose_answer_was_lost_is_found_by_looking(put, parcel, store, monkeypatch):
    monkeypatch.setattr(stores, "PART", 30)
    once = stores.Store.once

    def lose(self, method, url, body, headers):
        answer = once(self, method, url, body, headers)
        if b"Complete" in body and not lost:
            lost.append(url)
            raise stores.Troubled("lost")
        return answer

    lost = []
    monkeypatch.setattr(stores.Store, "once", lose)
    put(parcel(bytes(100)))
    assert lost and PATH in store.objects


def test_a_host_that_the_operator_took_from_the_list_is_refused(put, parcel, store, settings):
    settings.OUTGOING_HOSTS = []
    with pytest.raises(Conflict, match="OUTGOING_HOSTS"):
        put(parcel())
    assert store.calls == []


def test_trying_out_leaves_nothing(bucket, store, admin):
    destinations.try_out(scope=admin.scope, destination=bucket)
    assert store.objects == {}
    assert [method for method, _path, _query in store.calls] == ["PUT", "HEAD", "DELETE"]


def test_the_secret_lies_sealed_and_another_key_of_the_installation_cannot_read_it(bucket, settings):
    held = Destination.objects.get().sealed_secret
    assert SECRET not in held
    assert sealing.unseal(bucket) == SECRET
    settings.SECRET_KEY = "another"
    with pytest.raises(Conflict, match="enter it anew"):
        sealing.unseal(bucket)
