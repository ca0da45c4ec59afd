"""What was said about money comes into files as it was said, with how it was asked and what followed from it."""

import csv
import io
import json
from decimal import Decimal

import pytest

from annotation import consents, projects
from annotation.models import JudgmentVersion
from annotation.projects import Wish
from annotation.queue import answers, offers
from annotation.queue.answers import Submission
from annotation.snapshots import reading

RECORDS = [{"prompt": f"Question {n}?", "responses": [f"Good {n}.", f"Bad {n}."]} for n in range(6)]
CARDINAL_PREFS = ["prompt", "response1", "response2", "net_utility", "data_source", "labeler", "is_multi_turn"]
PRICES = {"elicitation": "list", "prices": ["0.50", "1", "2"]}
BDM = {"elicitation": "bdm", "prices": [], "amount_max": "10", "endowment": "10", "consent": "Play money."}
SWITCHING = [{"price": "0.50", "buys": False}, {"price": "1.0", "buys": True}, {"price": "2", "buys": False}]


@pytest.fixture
def say(researcher, annotator, project, finish_jobs):
    """`say(settings, answer)`: the next task of the project under these settings, answered; responses are 0 and 1."""
    project.kinds = ["cardinal"]
    project.save()
    researcher.api.post(f"/api/v1/projects/{project.pk}/imports/", {"records": RECORDS})
    finish_jobs()

    def act(settings, answer):
        found = projects.change(scope=researcher.scope, project=project, wish=Wish(settings=settings))
        version = projects.newest_guidelines(found).version
        if "consent" in settings:
            consents.say(scope=annotator.scope, project=found, version=version, said="accepted")
        offer = offers.take(scope=annotator.scope, project=project.pk, holding=[])
        ids = [part["id"] for part in offer.responses]
        said = dict(answer)
        if "preferred" in said and said["preferred"] is not None:
            said["preferred"] = ids[said["preferred"]]
        answers.submit(scope=annotator.scope, assignment=offer.assignment, submission=Submission(said, 500))
        return said

    return act


@pytest.fixture
def exported(researcher):
    """`exported(snapshot, layout="raw")`: the file as text."""

    def act(snapshot, **query):
        answer = researcher.api.get(f"/api/v1/snapshots/{snapshot.pk}/export/", query)
        return b"".join(answer.streaming_content).decode()

    return act


def test_rows_say_how_an_amount_was_asked_and_what_followed(say, freeze):
    say({}, {"preferred": 0, "amount": "1.50"})
    say(PRICES, {"preferred": 1, "rows": SWITCHING})
    say(PRICES, {"preferred": None, "amount": "0"})
    say(BDM, {"preferred": 0, "amount": "7.0"})
    snapshot = freeze()
    rows = [row for split in snapshot.files for row in reading.read(snapshot, split)]
    found = sorted((row.elicitation, row.incentive) for row in rows)
    assert found == [
        ("bdm", "incentivised"), ("direct", "hypothetical"), ("list", "hypothetical"), ("list", "hypothetical"),
    ]  # fmt: skip
    assert snapshot.card["incentives"] == {"hypothetical": 3, "incentivised": 1}
    assert snapshot.card["elicitations"] == {"direct": 1, "list": 2, "bdm": 1}
    limits = " ".join(snapshot.card["known_limits"])
    for sentence in ("are hypothetical", "a sealed price", "in several ways", "switch more than once: 1;"):
        assert sentence in limits


@pytest.mark.parametrize(
    "terms, answer",
    [
        ({}, {"preferred": 0, "amount": "007.50"}),
        ({}, {"preferred": 1, "amount": "0.0"}),
        (PRICES, {"preferred": 1, "rows": SWITCHING}),
        (BDM, {"preferred": 0, "amount": "3.10"}),
    ],
)
def test_what_was_said_is_in_every_file_letter_by_letter(say, freeze, exported, terms, answer):
    said = say(terms, answer)
    assert JudgmentVersion.objects.get().answer == said
    snapshot = freeze()
    (raw,) = exported(snapshot, layout="raw").splitlines()
    assert json.loads(raw)["answer"] == said
    (sheet,) = csv.DictReader(io.StringIO(exported(snapshot, layout="raw", format="csv"), newline=""))
    assert json.loads(sheet["answer"]) == said
    (row,) = [row for split in snapshot.files for row in reading.read(snapshot, split)]
    assert row.answer == said


def test_cardinal_files_begin_with_the_columns_of_cardinal_prefs(say, freeze, exported):
    say({}, {"preferred": 0, "amount": "1.50"})
    say(PRICES, {"preferred": 1, "rows": SWITCHING})
    say(PRICES, {"preferred": 0, "rows": [{**row, "buys": True} for row in SWITCHING]})
    rows = [json.loads(line) for line in exported(freeze(), layout="cardinal").splitlines()]
    assert all(list(row)[:7] == CARDINAL_PREFS for row in rows)
    said = sorted((row["amount_low"], row["amount_high"], row["elicitation"]) for row in rows)
    assert said == [("0", "2", "list"), ("1.50", "1.50", "direct"), ("2", "", "list")]
    assert {row["incentive"] for row in rows} == {"hypothetical"}
    assert sorted(abs(row["net_utility"]) for row in rows) == [1.0, 1.5, 2.0]


def test_our_cardinal_file_comes_back_in_as_it_went_out(say, freeze, exported, researcher, finish_jobs):
    say({}, {"preferred": 0, "amount": "1.50"})
    rows = [json.loads(line) for line in exported(freeze(), layout="cardinal").splitlines()]
    other = projects.create(scope=researcher.scope, wish=Wish(name="Again", kinds=["cardinal"]))
    body = {"records": rows, "as": "judgments", "kind": "cardinal"}
    assert researcher.api.post(f"/api/v1/projects/{other.pk}/imports/", body).status_code == 202
    (job,) = finish_jobs()
    assert (job.result["judgments"], job.result["rejected"]) == (1, [])
    (version,) = JudgmentVersion.objects.filter(judgment__project=other)
    assert (version.answer["amount"], version.amount_low) == ("1.50", Decimal("1.5"))


def test_nobody_knows_how_imported_amounts_were_asked_for(researcher, project, freeze, exported, finish_jobs):
    project.kinds = ["cardinal"]
    project.save()
    record = {"prompt": "P", "response1": "\n\nHuman: P\n\nAssistant: a", "response2": "\n\nHuman: P\n\nAssistant: b",
              "net_utility": -2.5, "labeler": "4"}  # fmt: skip
    body = {"records": [record], "as": "judgments", "kind": "cardinal"}
    researcher.api.post(f"/api/v1/projects/{project.pk}/imports/", body)
    (job,) = finish_jobs()
    assert job.result["judgments"] == 1, job.result
    row = json.loads(exported(freeze(), layout="raw"))
    assert (row["elicitation"], row["incentive"]) == ("unknown", "unknown")
