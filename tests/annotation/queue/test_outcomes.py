"""What an answer brings to its author."""

import pytest

from annotation.queue import outcomes


@pytest.fixture
def tell(monkeypatch):
    """`tell(name, teller)`: one more teller for this test."""
    return lambda name, teller: monkeypatch.setitem(outcomes.TELLERS, name, teller)


def test_every_teller_that_has_something_to_say_is_heard_under_its_name(add_task, worker, tell):
    tell("praise", lambda held, checked, said: {"kind": held.kind, "new": said.is_new})
    tell("silence", lambda held, checked, said: None)
    add_task("a")
    ann = worker("ann")
    offer = ann.next()
    assert ann.say(offer).outcome == {"praise": {"kind": "pairwise", "new": True}}
    assert ann.say(offer).outcome == {"praise": {"kind": "pairwise", "new": False}}


def test_the_reply_holds_an_outcome_only_where_there_is_one(add_task, worker, tell):
    add_task("a"), add_task("b")
    ann = worker("ann")
    first, second = ann.next(), None
    body = {"answer": {"preferred": None}}
    assert "outcome" not in ann.api.post(f"/api/v1/assignments/{first.assignment}/submit/", body, format="json").json()
    tell("praise", lambda held, checked, said: {"well": "done"})
    second = ann.next()
    reply = ann.api.post(f"/api/v1/assignments/{second.assignment}/submit/", body, format="json").json()
    assert reply["outcome"] == {"praise": {"well": "done"}}


def test_what_a_teller_cannot_do_undoes_the_answer(add_task, worker, tell):
    def break_down(held, checked, said):
        raise RuntimeError("no")

    tell("praise", break_down)
    add_task("a")
    ann = worker("ann")
    offer = ann.next()
    with pytest.raises(RuntimeError):
        ann.say(offer)
    del outcomes.TELLERS["praise"]
    assert ann.say(offer).is_new
