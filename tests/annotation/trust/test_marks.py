"""Marks on known answers: what counts as right, what is told, and what is never marked twice."""

import pytest

from annotation import gold, judgments
from annotation.feedback import kinds
from annotation.feedback.reading import Context
from annotation.gold import Item
from annotation.models import Mark, Seat
from annotation.queue import answers
from annotation.queue.answers import Submission
from annotation.settings import Terms
from annotation.trust import marks
from api.refusals import Invalid

pytestmark = pytest.mark.django_db
PAIR, FOUR = ("a", "b"), ("a", "b", "c", "d")


def is_right(kind, said, known, *, tolerance=None, responses=PAIR):
    checked = kinds.parse(kind, said, Context(dict.fromkeys(responses, ""), Terms()))
    return marks.compare(kind, checked, known, tolerance, responses)


@pytest.mark.parametrize(
    ("said", "known", "right"),
    [
        ({"preferred": "a"}, {"preferred": "a"}, True),
        ({"preferred": "a", "strength": 1}, {"preferred": "a", "strength": 3}, True),
        ({"preferred": "b"}, {"preferred": "a"}, False),
        ({"preferred": None}, {"preferred": "a"}, False),
        ({"preferred": None}, {"preferred": None}, True),
    ],
)
def test_of_a_pair_the_side_counts(said, known, right):
    assert is_right("pairwise", said, known) is right


@pytest.mark.parametrize(
    ("said", "tolerance", "right"),
    [
        ({"preferred": "a", "amount": "5"}, None, True),
        ({"preferred": "a", "amount": "5.01"}, None, False),
        ({"preferred": "a", "amount": "6"}, 1, True),
        ({"preferred": "a", "amount": "6.01"}, 1, False),
        ({"preferred": "b", "amount": "5"}, 1, False),
        ({"preferred": "a", "rows": [{"price": "4", "buys": True}, {"price": "8", "buys": False}]}, None, True),
        ({"preferred": "a", "rows": [{"price": "6", "buys": True}, {"price": "8", "buys": False}]}, None, False),
    ],
)
def test_of_an_amount_the_side_and_the_interval_count(said, tolerance, right):
    assert is_right("cardinal", said, {"preferred": "a", "amount": "5"}, tolerance=tolerance) is right


def test_a_known_answer_that_is_open_above_meets_every_larger_amount():
    known = {"preferred": "a", "rows": [{"price": "10", "buys": True}]}
    assert is_right("cardinal", {"preferred": "a", "amount": "999"}, known)
    assert not is_right("cardinal", {"preferred": "a", "amount": "9"}, known)


@pytest.mark.parametrize(
    ("value", "tolerance", "right"), [(4, None, True), (3, None, False), (3, 1, True), (2, 1, False)]
)
def test_of_marks_every_one_lies_within_the_tolerance(value, tolerance, right):
    said, known = {"ratings": {"clear": value, "kind": 1}}, {"ratings": {"clear": 4}}
    assert is_right("rating", said, known, tolerance=tolerance, responses=("a",)) is right


@pytest.mark.parametrize(
    ("order", "tolerance", "right"),
    [
        ([["a"], ["b"], ["c"], ["d"]], None, True),
        ([["b"], ["a"], ["c"], ["d"]], None, False),  # 1 of 6 pairs is not concordant
        ([["b"], ["a"], ["c"], ["d"]], 1 / 6, True),
        ([["a", "b"], ["c"], ["d"]], None, False),  # a tie is no concordant pair either
        ([["d"], ["c"], ["b"], ["a"]], 0.5, False),
    ],
)
def test_of_an_order_the_concordant_pairs_count(order, tolerance, right):
    known = {"order": [["a"], ["b"], ["c"], ["d"]]}
    assert is_right("ranking", {"order": order}, known, tolerance=tolerance, responses=FOUR) is right


@pytest.mark.parametrize("desirable", [True, False])
def test_of_one_answer_the_verdict_counts(desirable):
    assert is_right("binary", {"desirable": desirable}, {"desirable": True}, responses=("a",)) is desirable


def test_marks_are_counted_on_the_seat(worker, known):
    known(3)
    ann = worker("ann")
    ann.do(True, False, True)
    assert (ann.seat.gold_right, ann.seat.gold_seen) == (2, 3)
    assert list(Mark.objects.order_by("created_at").values_list("is_right", flat=True)) == [True, False, True]


def test_nothing_is_told_where_known_answers_are_silent(worker, known):
    known(1)
    ann = worker("ann")
    assert ann.say(ann.next()).gold is None


def test_the_known_answer_is_told_where_the_project_shows_it(worker, known, set_to):
    set_to(gold_feedback="shown")
    (task,) = known(1, explanation="The other one is **wrong**.")
    ann = worker("ann")
    offer = ann.next()
    told = ann.say(offer, is_right=False).gold
    assert (told.is_right, told.explanation) == (False, "The other one is **wrong**.")
    assert told.answer == {"preferred": str(task.places.get(position=0).response_id)}
    place = next(n for n, one in enumerate(offer.responses, start=1) if one["text"].endswith("0"))
    assert told.words == f"Answer {place}: better"


def test_an_answer_sent_twice_is_told_the_same_and_marked_once(worker, known, set_to):
    set_to(gold_feedback="shown")
    known(1)
    ann = worker("ann")
    offer = ann.next()
    assert ann.say(offer, is_right=False).gold == ann.say(offer, is_right=False).gold
    assert ann.seat.gold_seen == 1


def test_what_is_corrected_after_the_known_answer_was_shown_stays_wrong(worker, known, set_to):
    set_to(gold_feedback="shown")
    known(1)
    ann = worker("ann")
    offer = ann.next()
    said = ann.say(offer, is_right=False)
    judgments.change(scope=ann.scope, judgment=said.id, submission=Submission(ann.answer(offer)))
    judgments.withdraw(scope=ann.scope, judgment=said.id)
    ann.say(offer)
    assert (ann.seat.gold_right, ann.seat.gold_seen) == (0, 1)
    assert not Mark.objects.get().is_right


def test_what_is_corrected_before_anything_was_shown_is_marked_anew(worker, known):
    known(1)
    ann = worker("ann")
    offer = ann.next()
    said = ann.say(offer, is_right=False)
    judgments.change(scope=ann.scope, judgment=said.id, submission=Submission(ann.answer(offer)))
    assert (ann.seat.gold_right, ann.seat.gold_seen) == (1, 1)
    assert Mark.objects.get().version == 2


def test_a_corrected_known_answer_marks_everything_anew(worker, known, project, admin):
    tasks = known(2)
    ann, bob = worker("ann"), worker("bob")
    ann.do(True, True), bob.do(False, False)
    other = {"preferred": str(tasks[0].places.get(position=1).response_id)}
    gold.put(scope=admin.scope, project=project, items=[Item(tasks[0].pk, other)])
    assert [(one.seat.gold_right, one.seat.gold_seen) for one in (ann, bob)] == [(1, 2), (1, 2)]


def test_a_known_answer_that_comes_later_marks_what_is_there(worker, add_task, project, admin):
    task = add_task("a", overlap=2)
    ann = worker("ann")
    ann.do(True)
    item = Item(task.pk, {"preferred": str(task.places.get(position=0).response_id)})
    gold.put(scope=admin.scope, project=project, items=[item])
    assert (ann.seat.gold_right, ann.seat.gold_seen) == (1, 1)


def test_a_known_answer_that_is_taken_away_counts_no_more(worker, known, admin):
    first, _second = known(2)
    ann = worker("ann")
    ann.do(False, True)
    gold.remove(scope=admin.scope, task=first)
    assert (ann.seat.gold_right, ann.seat.gold_seen) == (1, 1)


def test_a_late_answer_is_not_marked(worker, known, run_out):
    known(1, overlap=1)
    ann, bob = worker("ann"), worker("bob")
    offer = ann.next()
    run_out(offer)
    bob.do(True)
    with pytest.raises(Exception, match="somebody else has it"):
        ann.say(offer)
    assert ann.seat.gold_seen == 0


def test_terms_that_changed_since_do_not_stop_an_answer(worker, known, set_to, project, researcher):
    """The known answer was written under other terms; only its verdict counts."""
    known(1)
    project.guidelines.model.objects.create(
        project=project, version=2, text="", terms={"extras": [], "aspects": ["new"], "flags": ["other"]}
    )
    ann = worker("ann")
    answers.submit(
        scope=ann.scope,
        assignment=(offer := ann.next()).assignment,
        submission=Submission(ann.answer(offer)),
    )
    assert ann.seat.gold_right == 1


def test_a_known_answer_has_to_answer_its_task(project, known, admin):
    (task,) = known(1)
    with pytest.raises(Invalid, match="names no response"):
        gold.put(scope=admin.scope, project=project, items=[Item(task.pk, {"preferred": "nobody"})])
    assert Seat.objects.count() == 0
