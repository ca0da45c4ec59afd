"""A price that is sealed before the answer and opened by it: never told early, never drawn again, never argued with."""

import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from annotation import consents, draws, judgments, ledger, purge
from annotation.models import Draw, Guidelines, Judgment, LedgerEntry, Outcome
from annotation.queue import answers, leases, returning
from annotation.queue.answers import Submission
from annotation.settings import ProjectSettings, SettingsError, Terms, as_json
from api.refusals import Conflict

STAKES = {
    "elicitation": "bdm", "amount_max": "10", "amount_step": "0.5", "endowment": "10", "consent": "Play money only.",
}  # fmt: skip


@pytest.fixture
def bdm(project):
    """`bdm()`: the project asks against a sealed price; settings may be changed by name."""

    def ask(version=2, **changes):
        values = {**STAKES, **changes}
        project.settings, project.kinds = values, ["cardinal"]
        project.save()
        terms = {name: value for name, value in values.items() if name in Terms.__dataclass_fields__}
        return Guidelines.objects.create(project=project, version=version, terms=terms)

    return ask


@pytest.fixture
def agreed(worker, project):
    """`agreed("ann")`: an annotator at work who has accepted the newest version."""

    def make(name):
        found = worker(name)
        consents.say(scope=found.scope, project=project, version=project.guidelines.count(), said="accepted")
        return found

    return make


def say(worker, offer, amount, side=0):
    preferred = None if side is None else offer.responses[side]["id"]
    answer = {"preferred": preferred, "amount": amount}
    submission = Submission(answer, 100)
    return answers.submit(scope=worker.scope, assignment=offer.assignment, submission=submission)[0]


def fix_price(offer, price):
    """The draw of this offer with another price: rows of draws never change, so this one is put in its place."""
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute("SET LOCAL touchstone.purging = 'on'")
        nonce = "0" * 64
        Draw.objects.filter(assignment=offer.assignment).update(
            price=price, nonce=nonce, commitment=draws.commitment(nonce, Decimal(price))
        )


def test_the_offer_tells_the_commitment_and_never_the_price(bdm, add_task, agreed):
    bdm()
    add_task("a", kind="cardinal")
    ann = agreed("ann")
    offer = ann.api.post(f"/api/v1/projects/{ann.project.pk}/next/", {}, format="json")
    draw = Draw.objects.get()
    assert offer.json()["money"]["commitment"] == draw.commitment
    assert offer.json()["money"]["elicitation"] == "bdm"
    assert draw.nonce not in offer.content.decode()
    assert "price" not in {*offer.json(), *offer.json()["money"]}


def test_the_answer_opens_the_seal_and_everybody_can_check_it(bdm, add_task, agreed):
    bdm()
    add_task("a", kind="cardinal")
    ann = agreed("ann")
    offer = ann.next()
    outcome = say(ann, offer, "10").outcome["price"]
    message = f"{outcome['nonce']}:{outcome['price']}".encode()
    assert hashlib.sha256(message).hexdigest() == offer.commitment == outcome["commitment"]
    assert len(bytes.fromhex(outcome["nonce"])) == 32


@pytest.mark.parametrize(
    "amount, side, buys, change",
    [("3", 0, True, "7"), ("3.5", 1, True, "7"), ("2.5", 0, False, "10"), ("0", None, False, "10")],
)
def test_who_says_at_least_the_price_buys_at_the_price(bdm, add_task, agreed, amount, side, buys, change):
    bdm()
    add_task("a", kind="cardinal")
    ann = agreed("ann")
    offer = ann.next()
    fix_price(offer, "3")
    outcome = say(ann, offer, amount, side).outcome["price"]
    assert (outcome["buys"], outcome["change"], outcome["balance"]) == (buys, change, change)
    entries = [(entry.kind, entry.amount) for entry in LedgerEntry.objects.order_by("id")]
    assert entries == [("endowment", 10)] + ([("purchase", -3)] if buys else [])


def test_truth_pays_best_against_a_price_that_one_cannot_move():
    terms = Terms(elicitation="bdm", amount_max=Decimal(10), endowment=Decimal(10), consent="x")
    prices = [Decimal(step) / 2 for step in range(21)]

    def gain(said, worth):
        return sum((worth - price for price in prices if said >= price), Decimal(0))

    for worth in (Decimal("0.25"), Decimal("3.75"), Decimal("9.75")):
        assert gain(worth, worth) == max(gain(said, worth) for said in prices)
    assert terms.highest_price == 10


@pytest.mark.parametrize("prices", [[], ["1", "2.50", "9"]])
def test_every_price_of_the_stated_distribution_is_equally_likely(prices):
    terms = Terms(amount_max=Decimal(2), amount_step=Decimal("0.5"), prices=tuple(map(Decimal, prices)))
    wanted = [Decimal(price) for price in prices] or [Decimal(step) / 2 for step in range(5)]
    drawn = Counter(draws.draw_price(terms) for _time in range(3_000))
    assert set(drawn) == set(wanted)
    expected = 3_000 / len(wanted)
    chi = sum((count - expected) ** 2 / expected for count in drawn.values())
    assert chi < 30  # of at most 4 degrees of freedom: once in 200,000 runs


def test_giving_a_task_back_never_draws_another_price(bdm, add_task, agreed, run_out):
    bdm()
    add_task("a", kind="cardinal")
    ann = agreed("ann")
    first = ann.next()
    leases.release(scope=ann.scope, assignment=first.assignment)
    second = ann.next()
    run_out(second)
    leases.sweep(ann.project.pk)
    assert {first.commitment, second.commitment, ann.next().commitment} == {Draw.objects.get().commitment}


def test_a_sealed_question_keeps_the_terms_it_was_sealed_under(bdm, add_task, agreed):
    bdm()
    add_task("a", kind="cardinal")
    ann = agreed("ann")
    offer = ann.next()
    leases.release(scope=ann.scope, assignment=offer.assignment)
    bdm(version=3, currency="EUR", amount_max="5")
    consents.say(scope=ann.scope, project=ann.project, version=3, said="accepted")
    again = ann.next()
    assert (again.commitment, again.terms.currency, again.guidelines_version) == (offer.commitment, "USD", 2)


def test_after_the_reveal_nothing_is_edited_or_taken_back(bdm, add_task, agreed):
    bdm()
    add_task("a", kind="cardinal")
    ann = agreed("ann")
    offer = ann.next()
    said = say(ann, offer, "4")
    assert said.is_final
    body = {"answer": {"preferred": offer.responses[0]["id"], "amount": "9"}}
    changed = ann.api.patch(f"/api/v1/judgments/{said.id}/", body, format="json")
    withdrawn = ann.api.post(f"/api/v1/judgments/{said.id}/withdraw/", {}, format="json")
    assert (changed.status_code, withdrawn.status_code) == (409, 409)
    assert all("what you said stands" in each.json()["detail"] for each in (changed, withdrawn))
    assert Judgment.objects.get().version == 1


def test_the_same_answer_again_brings_the_same_outcome_once(bdm, add_task, agreed):
    bdm()
    add_task("a", kind="cardinal")
    ann = agreed("ann")
    offer = ann.next()
    first, again = say(ann, offer, "4"), say(ann, offer, "4")
    assert first.outcome == again.outcome
    with pytest.raises(Conflict, match="something else"):
        say(ann, offer, "9")
    assert LedgerEntry.objects.filter(kind="endowment").count() == Outcome.objects.count() == 1


def test_an_answer_that_comes_too_late_opens_nothing(bdm, add_task, agreed, run_out):
    bdm()
    add_task("a", kind="cardinal")
    ann, bob = agreed("ann"), agreed("bob")
    offer = ann.next()
    run_out(offer)
    other = bob.next()
    assert other.commitment != offer.commitment
    with pytest.raises(Conflict, match="does not count"):
        say(ann, offer, "10")
    with pytest.raises(Conflict, match="does not count"):
        say(ann, offer, "10")
    assert not Outcome.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_an_answer_after_the_lease_ran_out_is_held_against_the_same_price(bdm, add_task, agreed, run_out):
    bdm()
    add_task("a", kind="cardinal")
    ann = agreed("ann")
    offer = ann.next()
    run_out(offer)
    leases.sweep(ann.project.pk)
    assert say(ann, offer, "10").outcome["price"]["commitment"] == offer.commitment


def test_a_hypothetical_question_brings_no_outcome(add_task, worker, project):
    add_task("a", kind="cardinal")
    ann = worker("ann")
    offer = ann.next()
    assert offer.commitment == ""
    said = say(ann, offer, "4")
    assert (said.outcome, said.is_final, Draw.objects.count()) == ({}, False, 0)
    judgments.withdraw(scope=ann.scope, judgment=said.id)


@pytest.mark.parametrize("model", [Draw, Outcome, LedgerEntry])
def test_what_happened_never_changes(bdm, add_task, agreed, model):
    bdm()
    add_task("a", kind="cardinal")
    ann = agreed("ann")
    say(ann, ann.next(), "10")
    row = model.objects.first()
    field = {Draw: "price", Outcome: "revealed_at", LedgerEntry: "amount"}[model]
    value = "1" if field != "revealed_at" else "2020-01-01T00:00:00Z"
    for change in (lambda: model.objects.filter(pk=row.pk).update(**{field: value}), row.delete):
        with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
            change()


def test_what_people_have_outlives_the_project(bdm, add_task, agreed, project):
    bdm()
    add_task("a", kind="cardinal")
    ann = agreed("ann")
    offer = ann.next()
    fix_price(offer, "3")
    say(ann, offer, "10")
    annotator = ann.seat.annotator
    purge.remove(project)
    assert ledger.balance(annotator) == {"USD": 7}
    assert not Draw.objects.exists()


@pytest.mark.parametrize(
    "changes, name",
    [
        ({"endowment": "9.5"}, "endowment"),
        ({"endowment": "0", "prices": ["0"]}, "endowment"),
        ({"consent": " "}, "consent"),
        ({"prices": ["11"]}, "prices"),
        ({"repeat_rate": 0.1}, "repeat_rate"),
    ],
)
def test_stakes_that_cannot_be_kept_are_refused_at_their_field(changes, name):
    values = {
        name: tuple(map(Decimal, value)) if isinstance(value, list) else value
        for name, value in {**STAKES, **changes}.items()
    }
    for each in ("amount_max", "amount_step", "endowment"):
        values[each] = Decimal(values[each])
    with pytest.raises(SettingsError) as caught:
        ProjectSettings(**values)
    assert caught.value.name == name
    assert as_json(Terms())["endowment"] == "0"


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_answer_at_once_open_one_seal_once(bdm, add_task, agreed):
    bdm()
    add_task("a", kind="cardinal")
    ann = agreed("ann")
    offer = ann.next()

    def tab(amount):
        try:
            return say(ann, offer, amount).outcome["price"]
        except Conflict:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        told = [each for each in pool.map(tab, ["4", "9"] * 8) if each]
    assert len({each["amount"] for each in told}) == 1
    assert len({str(each) for each in told}) == 1
    assert Outcome.objects.count() == LedgerEntry.objects.filter(kind="endowment").count() == 1


@pytest.mark.django_db(transaction=True)
def test_asking_in_two_tabs_at_once_draws_once(bdm, add_task, agreed):
    bdm(leases_per_person=1)
    add_task("a", kind="cardinal")
    ann = agreed("ann")

    def tab(_number):
        try:
            return ann.next().commitment
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(tab, range(16)))) == 1
    assert Draw.objects.count() == 1


def test_a_task_taken_up_again_after_a_skip_is_sealed_as_before(bdm, add_task, agreed):
    bdm()
    add_task("a", kind="cardinal")
    ann = agreed("ann")
    offer = ann.next()
    ann.skip(offer)
    bdm(version=3, currency="EUR")
    consents.say(scope=ann.scope, project=ann.project, version=3, said="accepted")
    _project, again = returning.reopen(scope=ann.scope, assignment=offer.assignment)
    assert (again.commitment, again.terms.currency) == (offer.commitment, "USD")
