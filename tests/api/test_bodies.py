"""A wish that is misspelt is refused, at its name."""

import pytest
from rest_framework import serializers

from api.bodies import Body


class PartBody(Body):
    weight = serializers.FloatField(required=False)


class ThingBody(Body):
    id = serializers.CharField(read_only=True)
    name = serializers.CharField()
    parts = PartBody(many=True, required=False)


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"name": "a", "nmae": "b"}, {"nmae"}),
        ({"nmae": "b"}, {"name", "nmae"}),  # all that is wrong is said at once
        ({"name": "a", "parts": [{"wieght": 1}]}, {"parts"}),
        ([], {"non_field_errors"}),
    ],
)
def test_a_name_that_is_none_is_refused(sent, wrong):
    body = ThingBody(data=sent)
    assert not body.is_valid()
    assert set(body.errors) == wrong


def test_the_refusal_says_which_names_there_are():
    body = ThingBody(data={"name": "a", "parts": [{}, {"wieght": 1}]})
    assert not body.is_valid()
    assert body.errors["parts"][1] == {"wieght": ["There is no such field; there are: weight."]}


def test_what_was_read_may_be_sent_back_whole():
    body = ThingBody(data={"id": "7", "name": "a"}, partial=True)
    assert body.is_valid()
    assert body.validated_data == {"name": "a"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [
        ("projects/", {"name": "a", "kinds": ["pairwise"], "overlaps": 2}, "overlaps"),
        ("runs/", {"name": "a", "algorithm": "rloo", "components": [{"wieght": 1}]}, "components.0.wieght"),
        ("runs/", {"name": "a", "algorithm": "rloo", "kl": {"coeficient": 1}}, "kl.coeficient"),
        ("runs/", {"name": "a", "algorithm": "rloo", "checks": {"gold": []}}, "checks.gold"),
        ("reward-models/", {"name": "a", "kind": "binary", "backbones": "b"}, "backbones"),
        ("studies/", {"kind": "ensembles", "teir": "quick"}, "teir"),
        ("threshold-searches/", {"wanted": "people", "people": {"questoins": 3}}, "people.questoins"),
        ("references/", {"policy": "builtin:textworld", "sample": 64}, "sample"),
        ("proxy-points/", {"runs": [], "want": "builtin:textworld"}, "want"),
        ("reward-models/import/", {"name": "a", "templates": "own"}, "templates"),
        ("campaigns/", {"name": "a", "bounds": {"thresholds": "1"}}, "bounds.thresholds"),
    ],
)
def test_creations_refuse_a_misspelt_wish(researcher, path, sent, field):
    answer = researcher.api.post(f"/api/v1/{path}", sent, format="json")
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [
        ("invitations/", {"email": "a@b.example", "role": "annotator", "day": 1}, "day"),
        ("tokens/", {"name": "a", "role": "annotator", "expires": "2030-01-01T00:00:00Z"}, "expires"),
        ("groups/", {"name": "a", "member": []}, "member"),
        ("ledger/", {"amonut": "1"}, "amonut"),
    ],
)
def test_small_bodies_refuse_a_misspelt_wish_too(admin, path, sent, field):
    answer = admin.api.post(f"/api/v1/{path}", sent, format="json")
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
