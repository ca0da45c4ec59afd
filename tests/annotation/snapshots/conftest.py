"""A project with judgments of every kind, frozen."""

import pytest

from annotation.models import Snapshot
from annotation.queue import answers, offers
from annotation.queue.answers import Submission
from annotation.queue.offers import Offer

RECORDS = [{"prompt": f"Question {n}?", "responses": [f"Good {n}.", f"=Bad {n}."]} for n in range(6)]


def said(offer):
    """What the annotator of these tests answers: good is better, but for every third question, which is a tie."""
    digits = "".join(filter(str.isdigit, offer.prompt[0]["content"]))
    number = int(digits or 1)
    good = next((part["id"] for part in offer.responses if part["text"].startswith("Good")), None)
    ids = [part["id"] for part in offer.responses]
    bad = [response for response in ids if response != good]
    if offer.kind == "pairwise":
        return {"preferred": None if number % 3 == 0 else good}
    if offer.kind == "cardinal":
        return {"preferred": None, "amount": "0"} if number % 3 == 0 else {"preferred": good, "amount": "1.50"}
    if offer.kind == "ranking":
        return {"order": [ids] if number % 3 == 0 else [[good], bad]}
    if offer.kind == "binary":
        return {"desirable": good is not None}
    return {"ratings": {"helpful": 5 if good else 1, "honest": 3}}


@pytest.fixture
def judged(researcher, annotator, project, finish_jobs):
    """`judged("pairwise")`: every task of that kind answered by one annotator."""

    def act(*kinds, records=RECORDS):
        project.kinds = list(kinds)
        project.save()
        researcher.api.post(f"/api/v1/projects/{project.pk}/imports/", {"records": records})
        (job,) = finish_jobs()
        assert not job.result["rejected"], job.result
        while isinstance(offer := offers.take(scope=annotator.scope, project=project.pk, holding=[]), Offer):
            submission = Submission(said(offer), 500)
            answers.submit(scope=annotator.scope, assignment=offer.assignment, submission=submission)
        return project

    return act


@pytest.fixture
def freeze(researcher, project, finish_jobs):
    """`freeze(seed=1)`: the frozen snapshot of what is there now."""

    def act(**body):
        answer = researcher.api.post(f"/api/v1/projects/{project.pk}/snapshots/", {"name": "one", **body})
        assert answer.status_code == 202, answer.json()
        (job,) = finish_jobs()
        assert job.state == "succeeded", job.error
        return Snapshot.objects.get(pk=answer.json()["id"])

    return act
