"""Reward models over the API, as member, as too-low role and as stranger; bad input on purpose."""

import io
import tarfile
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from rewardmodels.models import RewardModel, StandingChange
from tests.rewardmodels.conftest import rows

LIST = "/api/v1/reward-models/"


def one(model, tail=""):
    return f"{LIST}{model.pk}/{tail}"


def test_what_can_be_learned_is_listed_with_its_settings(annotator):
    kinds = {kind["name"]: kind for kind in annotator.api.get("/api/v1/methods/").json()["reward_model_kinds"]}
    assert {"bradley_terry", "cardinal", "binary", "joint", "compositional"} <= set(kinds)
    assert kinds["bradley_terry"]["schema"]["properties"]["head"]["enum"] == ["linear", "pooler"]


def test_a_model_shows_figures_lineage_and_calibration(researcher, learned, snapshot):
    shown = researcher.api.get(one(learned)).json()
    assert shown["standing"] == "candidate"
    assert shown["unit"] == "logit"
    assert shown["sha256"] == learned.sha256
    assert {"n", "accuracy", "ties", "auc", "log_loss", "brier", "ece"} <= set(shown["metrics"]["test"])
    assert shown["calibration"]["temperature"] == 1
    assert shown["lineage"]["snapshot"] == str(snapshot.pk)
    assert shown["lineage"]["snapshot_sha256"] == snapshot.sha256
    assert shown["job"]["state"] == "succeeded"


def test_the_list_filters_by_standing_and_kind_and_snapshot(researcher, learned, snapshot):
    assert [m["id"] for m in researcher.api.get(LIST).json()["results"]] == [str(learned.pk)]
    assert researcher.api.get(LIST, {"standing": "approved"}).json()["results"] == []
    assert len(researcher.api.get(LIST, {"kind": "bradley_terry", "snapshot": str(snapshot.pk)}).json()["results"]) == 1
    assert researcher.api.get(LIST, {"standing": "excellent"}).status_code == 400


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"name": ""}, 400, "name"),
        ({"name": "x" * 201}, 400, "name"),
        ({"kind": "oracle"}, 422, "kind"),
        ({"snapshot": str(uuid4())}, 422, "snapshot"),
        ({"snapshot": "seven"}, 400, "snapshot"),
        ({"backbone": "/etc"}, 422, "backbone"),
        ({"backbone": "owner/name"}, 422, "backbone"),
        ({"backbone": "builtin:nothing"}, 422, "backbone"),
        ({"settings": {"max_length": 8}}, 422, "settings.max_length"),
        ({"settings": {"max_length": 48, "max_prompt": 48}}, 422, "settings.max_prompt"),
        ({"settings": {"colour": "red"}}, 422, "settings.colour"),
        ({"settings": {"head": "mean"}}, 422, "settings.head"),
        ({"settings": []}, 400, "settings"),
        ({"seed": -1}, 400, "seed"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_at_its_field(researcher, wish, changes, status, field):
    answer = researcher.api.post(LIST, {**wish, **changes})
    assert answer.status_code == status, answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert any(error["field"].startswith(field) for error in answer.json()["errors"]), answer.json()
    assert not RewardModel.objects.exists()


def test_a_snapshot_without_comparisons_to_train_on_is_refused_at_its_field(researcher, wish, freeze):
    only_test = freeze([{**row, "split": "test"} for row in rows(10)])
    answer = researcher.api.post(LIST, {**wish, "snapshot": str(only_test.pk)})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "snapshot"


def test_a_snapshot_that_is_not_frozen_yet_is_a_conflict(researcher, wish, snapshot):
    waiting = type(snapshot).objects.create(project=snapshot.project, name="v2", splits=snapshot.splits)
    assert researcher.api.post(LIST, {**wish, "snapshot": str(waiting.pk)}).status_code == 409


def test_a_snapshot_of_another_workspace_does_not_exist(stranger, wish):
    answer = stranger.api.post(LIST, wish)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "snapshot"


def test_sending_twice_with_one_key_learns_one_model(researcher, wish):
    first, again = (researcher.api.post(LIST, wish, headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert first.status_code == again.status_code == 202
    assert first.json()["id"] == again.json()["id"]
    assert RewardModel.objects.count() == 1


def test_only_researchers_may_see_learn_score_and_export(reviewer, learned, wish):
    for answer in (
        reviewer.api.get(LIST),
        reviewer.api.post(LIST, wish),
        reviewer.api.get(one(learned)),
        reviewer.api.post(one(learned, "standing/"), {"standing": "approved", "reason": "good"}),
        reviewer.api.post(one(learned, "score/"), {"items": [{"prompt": "a", "response": "b"}]}),
        reviewer.api.get(one(learned, "export/")),
        reviewer.api.delete(one(learned)),
    ):
        assert answer.status_code == 403


def test_to_a_stranger_the_model_does_not_exist(stranger, learned):
    for answer in (
        stranger.api.get(one(learned)),
        stranger.api.post(one(learned, "standing/"), {"standing": "approved", "reason": "good"}),
        stranger.api.post(one(learned, "score/"), {"items": [{"prompt": "a", "response": "b"}]}),
        stranger.api.get(one(learned, "export/")),
        stranger.api.delete(one(learned)),
    ):
        assert answer.status_code == 404
    assert stranger.api.get(LIST).json()["results"] == []


def test_approval_names_who_when_and_why(researcher, learned):
    body = {"standing": "approved", "reason": "It beats both baselines."}
    shown = researcher.api.post(one(learned, "standing/"), body).json()
    assert shown["standing"] == "approved"
    (change,) = shown["history"]
    assert (change["before"], change["after"], change["reason"]) == ("candidate", "approved", body["reason"])
    assert change["person"] == researcher.person.name
    assert Entry.objects.filter(action="reward_model.standing").exists()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"standing": "approved", "reason": "  "}, 400),
        ({"standing": "approved"}, 400),
        ({"standing": "splendid", "reason": "x"}, 400),
        ({"standing": "candidate", "reason": "it is"}, 409),
    ],
)
def test_a_standing_needs_a_reason_and_a_change(researcher, learned, body, status):
    assert researcher.api.post(one(learned, "standing/"), body).status_code == status
    assert not StandingChange.objects.exists()


def test_an_untrained_model_can_be_neither_approved_nor_scored_nor_exported(researcher, wish):
    model = RewardModel.objects.get(pk=researcher.api.post(LIST, wish).json()["id"])
    assert researcher.api.post(one(model, "standing/"), {"standing": "approved", "reason": "x"}).status_code == 409
    items = {"items": [{"prompt": "a", "response": "b", "id": 7}]}
    assert researcher.api.post(one(model, "score/"), items).status_code == 409
    assert researcher.api.get(one(model, "export/")).status_code == 409


def test_an_approved_model_must_be_retired_before_it_is_deleted(researcher, learned):
    researcher.api.post(one(learned, "standing/"), {"standing": "approved", "reason": "good"})
    assert researcher.api.delete(one(learned)).status_code == 409
    researcher.api.post(one(learned, "standing/"), {"standing": "retired", "reason": "replaced"})
    assert researcher.api.delete(one(learned)).status_code == 204
    assert researcher.api.get(one(learned)).status_code == 404
    assert RewardModel.objects.get(pk=learned.pk).deleted_at is not None  # the row stays for what was built on it


def test_the_database_refuses_an_approved_model_without_weights(researcher, wish):
    model = RewardModel.objects.get(pk=researcher.api.post(LIST, wish).json()["id"])
    for broken in ({"standing": "approved"}, {"sha256": "a" * 64}, {"standing": "odd"}, {"name": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            RewardModel.objects.filter(pk=model.pk).update(**broken)


def test_the_export_is_a_tar_that_transformers_opens(researcher, learned, tmp_path):
    from transformers import AutoModelForSequenceClassification

    answer = researcher.api.get(one(learned, "export/"))
    content = b"".join(answer.streaming_content)
    assert answer.status_code == 200
    assert answer["ETag"] == f'"{learned.sha256}"'
    assert len(content) == int(answer["Content-Length"])
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(tmp_path / "out", filter="data")
    _model, info = AutoModelForSequenceClassification.from_pretrained(
        tmp_path / "out" / "courtesy", output_loading_info=True
    )
    assert not info["missing_keys"]
    again = b"".join(researcher.api.get(one(learned, "export/")).streaming_content)
    assert again == content


def test_from_a_judgment_to_the_models_that_learned_from_it(researcher, learned):
    assert researcher.api.get(LIST, {"judgment": str(uuid4())}).json()["results"] == []
