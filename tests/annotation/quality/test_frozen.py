"""The card of a snapshot says how far people agree in what it holds."""

import numpy as np
import pytest

from annotation.agreement.alpha import krippendorff
from annotation.agreement.votes import Votes
from annotation.models import Snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def freeze(researcher, project, finish_jobs):
    def act(**body):
        answer = researcher.api.post(f"/api/v1/projects/{project.pk}/snapshots/", {"name": "one", **body})
        assert answer.status_code == 202, answer.json()
        job = finish_jobs()[-1]
        assert job.state == "succeeded", job.error
        return Snapshot.objects.get(pk=answer.json()["id"])

    return act


def test_a_card_names_agreement_with_its_interval(add_task, judge, people, freeze):
    one, two = people(2)
    rows = []
    for number in range(12):
        task = add_task(f"p{number}")
        for person, annotator in enumerate((one, two)):
            first = (number + (person and number % 4 == 0)) % 2 == 0
            judge(task, annotator, "first" if first else "second")
            rows.append((number, person, int(first)))
    task, person, value = zip(*rows, strict=True)
    expected = krippendorff(Votes(*map(np.array, (task, person, value))))
    found = freeze().card["agreement"]["pairwise"]
    assert found["measure"] == "alpha_nominal"
    assert [found["value"], found["low"], found["high"]] == pytest.approx(
        [expected.value, expected.low, expected.high], abs=2e-6
    )


def test_it_is_about_what_was_frozen_and_not_about_the_whole_project(add_task, judge, people, freeze):
    one, two, three = people(3)
    for number in range(6):
        task = add_task(f"p{number}")
        for annotator, answer in ((one, "first"), (two, "first"), (three, "second")):
            judge(task, annotator, answer if number % 2 else {"first": "second", "second": "first"}[answer])
    assert freeze(filters={"annotator": [one.pseudonym, two.pseudonym]}).card["agreement"]["pairwise"]["value"] == 1
    assert freeze().card["agreement"]["pairwise"]["value"] < 0.1


def test_without_two_votes_on_a_task_the_card_says_why_there_is_none(add_task, judge, people, freeze):
    (one,) = people(1)
    judge(add_task("p"), one, "first")
    found = freeze().card["agreement"]["pairwise"]
    assert (found["value"], found["reason"]) == (None, "no_overlap")
