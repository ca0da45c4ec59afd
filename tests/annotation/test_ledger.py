"""Play money: who reads it, who corrects it, and that a balance is the sum of what stands there."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts import annotators
from annotation import ledger
from annotation.models import LedgerEntry
from audit.models import Entry

PATH = "/api/v1/ledger/"


@pytest.fixture
def purse(workspace):
    """`purse(member)`: the annotator record of a member."""
    return lambda member: annotators.of_person(workspace, member.person)


@pytest.fixture
def correct(admin, purse):
    """`correct(member, "1.50")`: an admin's correction."""

    def make(member, amount, currency="USD", reason="Paid out"):
        body = {"annotator": purse(member).pseudonym, "amount": amount, "currency": currency, "reason": reason}
        return admin.api.post(PATH, body, format="json")

    return make


def test_a_correction_says_why_and_stands_in_the_trail(annotator, correct, purse):
    answer = correct(annotator, "-1.5")
    assert answer.status_code == 201
    assert (answer.json()["amount"], answer.json()["reason"]) == ("-1.50", "Paid out")
    assert ledger.balance(purse(annotator)) == {"USD": Decimal("-1.5")}
    assert Entry.objects.filter(action="ledger.corrected", object_id=str(purse(annotator).pk)).exists()


@pytest.mark.parametrize(
    "changes, field, status",
    [
        ({"amount": "0"}, "amount", 422),
        ({"amount": "1e400"}, "amount", 400),
        ({"amount": "NaN"}, "amount", 400),
        ({"amount": "1,50"}, "amount", 400),
        ({"amount": "0.0000001"}, "amount", 400),
        ({"amount": "99999999999999999"}, "amount", 400),
        ({"reason": "  "}, "reason", 400),
        ({"annotator": "a-nobody"}, "annotator", 422),
        ({"currency": ""}, "currency", 400),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused_at_its_field(admin, annotator, purse, changes, field, status):
    body = {"annotator": purse(annotator).pseudonym, "amount": "1", "currency": "USD", "reason": "x", **changes}
    answer = admin.api.post(PATH, body, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)
    assert not LedgerEntry.objects.exists()


def test_annotators_read_their_own_and_admins_all(annotator, member, admin, correct):
    other = member("annotator", "other@home.example")
    correct(annotator, "1"), correct(other, "2")
    assert [row["amount"] for row in annotator.api.get(PATH).json()["results"]] == ["1"]
    assert [row["amount"] for row in admin.api.get(PATH).json()["results"]] == ["2", "1"]
    assert [row["balance"] for row in annotator.api.get(PATH + "balances/").json()["results"]] == ["1"]
    assert len(admin.api.get(PATH + "balances/").json()["results"]) == 2


@pytest.mark.parametrize("role", ["annotator", "reviewer", "researcher"])
def test_only_admins_correct(member, annotator, purse, role):
    body = {"annotator": purse(annotator).pseudonym, "amount": "1", "currency": "USD", "reason": "x"}
    assert member(role, f"{role}2@home.example").api.post(PATH, body, format="json").status_code == 403


def test_another_workspace_sees_nothing_and_corrects_nothing(stranger, annotator, purse, correct):
    correct(annotator, "1")
    body = {"annotator": purse(annotator).pseudonym, "amount": "1", "currency": "USD", "reason": "x"}
    assert stranger.api.get(PATH).json()["results"] == []
    assert stranger.api.post(PATH, body, format="json").status_code == 422


def test_entries_are_filtered(admin, annotator, correct):
    correct(annotator, "1"), correct(annotator, "2", currency="EUR")
    found = admin.api.get(PATH, {"currency": "EUR"}).json()["results"]
    assert [row["amount"] for row in found] == ["2"]
    assert admin.api.get(PATH, {"kind": "gift"}).status_code == 400


AMOUNTS = st.decimals(-1_000, 1_000, places=6).filter(bool)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=20, deadline=None
)
@given(amounts=st.lists(AMOUNTS, max_size=8))
def test_a_balance_is_the_exact_sum_of_the_entries(admin, annotator, purse, amounts):
    annotator_record = purse(annotator)
    before = ledger.balance(annotator_record).get("USD", Decimal(0))
    for amount in amounts:
        ledger.correct(
            scope=admin.scope, annotator=annotator_record.pseudonym, amount=amount, currency="USD", reason="x"
        )
    assert ledger.balance(annotator_record).get("USD", Decimal(0)) == before + sum(amounts, Decimal(0))
