"""Amounts of money on their way in and out of the queue."""

from annotation.models import Guidelines


def test_a_body_with_numbers_that_json_does_not_know_is_refused(add_task, worker):
    add_task("a", kind="cardinal")
    ann = worker("ann")
    offer = ann.next()
    for number in ("NaN", "Infinity", "1e400"):
        body = f'{{"answer": {{"preferred": null, "amount": {number}}}}}'
        reply = ann.api.generic(
            "POST", f"/api/v1/assignments/{offer.assignment}/submit/", body, content_type="application/json"
        )
        assert reply.status_code in (400, 422), number
    assert ann.say(offer, preferred=None, amount="0").is_new


def test_the_offer_asks_as_its_version_of_the_guidelines_does(add_task, worker, project):
    add_task("a", kind="cardinal")
    offer = worker("ann").next()
    newer = {"currency": "EUR", "prices": ["1"]}
    Guidelines.objects.create(project=project, version=2, terms=newer)
    assert (offer.terms.currency, offer.terms.method) == ("USD", "direct")
    add_task("b", kind="cardinal")
    assert worker("bob").next().terms.method == "list"
