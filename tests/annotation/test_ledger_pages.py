"""The pages of play money: one's own balance, the ledger of the workspace, its file, and a correction."""

import csv
from decimal import Decimal

import pytest

from accounts import annotators
from annotation import ledger
from annotation.models import LedgerEntry
from audit.models import Entry


@pytest.fixture
def corrected(admin, annotator, workspace):
    """`corrected("5", reason="…")`: an entry of the annotator."""
    purse = annotators.of_person(workspace, annotator.person)

    def make(amount, reason="Paid out", currency="USD"):
        return ledger.correct(
            scope=admin.scope, annotator=purse.pseudonym, amount=amount, currency=currency, reason=reason
        )

    return lambda amount, **more: make(Decimal(amount), **more)


def test_a_person_sees_their_balance_and_why_it_changed(annotator, corrected):
    corrected("5"), corrected("-1.5", reason="Counted twice")
    page = annotator.browser.get("/w/home/work/balance/").content.decode()
    assert "3.50" in page
    assert "Counted twice" in page
    assert "−1.50 USD" in page


def test_nobody_sees_the_balance_of_somebody_else(member, corrected):
    corrected("5", reason="Private")
    other = member("annotator", "other@home.example")
    assert "Private" not in other.browser.get("/w/home/work/balance/").content.decode()


def test_an_admin_corrects_on_the_page(admin, annotator, workspace):
    purse = annotators.of_person(workspace, annotator.person)
    values = {"annotator": purse.pseudonym, "amount": "2.50", "currency": "USD", "reason": "Bonus"}
    assert admin.browser.post("/w/home/ledger/", values).status_code == 302
    assert LedgerEntry.objects.get().amount == Decimal("2.5")
    refused = admin.browser.post("/w/home/ledger/", {**values, "annotator": "a-nobody", "amount": "0"})
    assert "changes nothing" in refused.content.decode()
    assert LedgerEntry.objects.count() == 1


def test_an_admin_corrects_by_name_and_the_trail_has_the_look(admin, annotator, workspace):
    values = {"member": annotator.membership.pk, "amount": "2", "currency": "USD", "reason": "Bonus"}
    assert admin.browser.post("/w/home/ledger/", values).status_code == 302
    assert LedgerEntry.objects.get().annotator.person == annotator.person
    assert Entry.objects.filter(action="identity.seen").count() == 1
    refused = admin.browser.post("/w/home/ledger/", {**values, "amount": "0"}).content.decode()
    assert "changes nothing" in refused
    assert "Bonus" in refused  # what was typed stays
    assert Entry.objects.filter(action="identity.seen").count() == 1


@pytest.mark.parametrize("named", ["both", "neither"])
def test_a_correction_names_one_person(admin, annotator, named):
    values = {"amount": "2", "currency": "USD", "reason": "Bonus"}
    if named == "both":
        values |= {"member": annotator.membership.pk, "annotator": "a-somebody"}
    assert "one of the two" in admin.browser.post("/w/home/ledger/", values).content.decode()
    assert not LedgerEntry.objects.exists()


def test_filters_offer_what_the_ledger_holds(admin, annotator, project, corrected):
    corrected("5")
    LedgerEntry.objects.create(
        workspace=project.workspace, annotator=LedgerEntry.objects.get().annotator, project=project,
        kind="correction", amount=1, currency="EUR", reason="Of a project", made_by=admin.person,
    )  # fmt: skip
    page = admin.browser.get("/w/home/ledger/", {"project": project.pk, "currency": "EUR"}).content.decode()
    assert f'<option value="{project.pk}" selected>{project.name}</option>' in page
    assert '<option value="USD">' in page
    assert "Of a project" in page
    assert "Paid out" not in page


def test_the_file_has_what_the_filters_leave_and_runs_no_formula(admin, corrected):
    corrected("5", reason="=HYPERLINK(1)"), corrected("-1", currency="EUR")
    lines = b"".join(admin.browser.get("/w/home/ledger/ledger.csv?currency=USD").streaming_content).decode()
    (row,) = csv.DictReader(lines.splitlines())
    assert (row["amount"], row["currency"], row["reason"]) == ("5", "USD", "'=HYPERLINK(1)")
    everything = b"".join(admin.browser.get("/w/home/ledger/ledger.csv").streaming_content).decode()
    assert [row["amount"] for row in csv.DictReader(everything.splitlines())] == ["5", "-1"]


def test_a_filter_that_makes_no_sense_shows_nothing(admin, corrected):
    corrected("5", reason="Here")
    assert "Here" not in admin.browser.get("/w/home/ledger/?project=x").content.decode()


@pytest.mark.parametrize("role", ["annotator", "reviewer", "researcher"])
def test_the_ledger_of_the_workspace_is_for_admins(member, role):
    someone = member(role, f"{role}3@home.example")
    for path in ("/w/home/ledger/", "/w/home/ledger/ledger.csv"):
        assert someone.browser.get(path).status_code == 403
    assert someone.browser.post("/w/home/ledger/", {}).status_code == 403


def test_a_stranger_finds_no_ledger(stranger):
    assert stranger.browser.get("/w/home/ledger/").status_code == 404
