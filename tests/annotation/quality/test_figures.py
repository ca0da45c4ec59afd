"""Each figure through the product is the pure function's on the same votes."""

import numpy as np
import pytest

from accounts.models import Annotator
from annotation.agreement import amounts, classes, orders, pairs, position
from annotation.agreement.alpha import krippendorff
from annotation.agreement.kappa import cohen
from annotation.agreement.proportions import wilson
from annotation.agreement.votes import Votes
from annotation.models import AnnotatorFigure, Gold, JudgmentVersion, TaskFigure
from annotation.quality import computing, consensus

pytestmark = pytest.mark.django_db
SIDES = {1: "first", 0: "tie", -1: "second"}


def same(shown, found):
    expected = [found.value, found.low, found.high, found.n]
    assert [shown["value"], shown["low"], shown["high"], shown["n"]] == pytest.approx(expected, abs=2e-6)


@pytest.fixture
def verdicts(add_task, judge, people):
    """60 tasks with three verdicts each: (tasks, annotators, rows of task, annotator, choice, side)."""
    random = np.random.default_rng(3)
    tasks, annotators = [add_task(f"p{n}") for n in range(60)], people(6)
    truth, rows = random.normal(0, 1.5, 60), []
    for number, task in enumerate(tasks):
        for person in random.choice(6, 3, replace=False):
            seen = (2.0 if person else 0.0) * truth[number] + random.logistic()
            choice, side = (0 if abs(seen) < 0.3 else int(np.sign(seen))), int(random.choice([-1, 1]))
            rows.append((number, int(person), choice, side))
            judge(task, annotators[person], SIDES[choice], shown=[0, 1] if side == 1 else [1, 0])
    return tasks, annotators, np.array(rows)


def test_agreement_of_verdicts_is_nominal_alpha_with_its_interval(verdicts, computed):
    _tasks, _annotators, rows = verdicts
    found = computed().figures["agreement"]["pairwise"]
    assert found["measure"] == "alpha_nominal"
    same(found, krippendorff(Votes(rows[:, 0], rows[:, 1], rows[:, 2])))


def test_consensus_and_slopes_of_verdicts_are_those_of_the_pairs_model(verdicts, computed, project):
    tasks, annotators, rows = verdicts
    task, person, choice, side = rows.T
    fit = pairs.consensus(pairs.Comparisons(task, person, 2 * task, 2 * task + 1, choice, side))
    computed()
    for number, task_of in enumerate(tasks):
        figure = consensus.of_task(task_of.pk)
        assert figure.consensus["first_better"] == pytest.approx(fit.first_better[number], abs=2e-3)
        assert figure.disagreement == pytest.approx(fit.disagreement[number], abs=2e-2)
    for number, annotator in enumerate(annotators):
        slope = AnnotatorFigure.objects.get(annotator=annotator).figures["reliability"]["pairwise"]
        expected = [part[number] for part in fit.slope]
        assert [slope["value"], slope["low"], slope["high"]] == pytest.approx(expected, abs=2e-2)


def test_side_bias_is_the_exact_test_of_what_was_shown_first(verdicts, computed):
    _tasks, _annotators, rows = verdicts
    decided = rows[rows[:, 2] != 0]
    won = int((decided[:, 2] == decided[:, 3]).sum())
    test = position.position_bias(won, len(decided) - won)
    side = computed().figures["side"]
    same(side, test.first_share)
    assert side["p_value"] == pytest.approx(test.p_value)


def test_tasks_are_ordered_by_how_much_their_votes_differ(add_task, judge, people, computed, project):
    agreed, split, alone = (add_task(name) for name in ("agreed", "split", "alone"))
    one, two, three = people(3)
    for person in (one, two, three):
        judge(agreed, person, "first")
    for person, answer in ((one, "first"), (two, "second"), (three, "tie")):
        judge(split, person, answer)
    judge(alone, one, "first")
    computed()
    assert [figure.task_id for figure in consensus.disputed(project)] == [split.pk, agreed.pk]
    assert [consensus.of_task(task.pk).agreement for task in (agreed, split, alone)] == [1.0, 0.0, None]
    assert consensus.of_task(split.pk).consensus["votes"] == {"first": 1, "tie": 1, "second": 1}


def test_classes_are_those_of_dawid_and_skene(add_task, judge, people, computed):
    random = np.random.default_rng(0)
    tasks, annotators = [add_task(f"b{n}", kind="binary", answers=1) for n in range(40)], people(4)
    truth = random.integers(2, size=40)
    rows = []
    for number, task in enumerate(tasks):
        for person, annotator in enumerate(annotators):
            value = int(truth[number] if random.random() < 0.8 else 1 - truth[number])
            rows.append((number, person, value))
            judge(task, annotator, {"desirable": bool(value)})
    votes = Votes(*np.array(rows).T)
    fit = classes.consensus(votes, 2)
    report = computed()
    same(report.figures["agreement"]["binary"], krippendorff(votes))
    for number, task in enumerate(tasks):
        assert consensus.of_task(task.pk).consensus["desirable"] == pytest.approx(fit.posterior[number, 1], abs=2e-6)
    for person, annotator in enumerate(annotators):
        shown = AnnotatorFigure.objects.get(annotator=annotator).figures["reliability"]["binary"]
        assert shown["value"] == pytest.approx(fit.reliability.value[person], abs=2e-6)


def test_gold_tempers_a_consensus_that_is_too_sure(add_task, judge, people, computed, project, researcher):
    """Everybody errs together on every third task, so unanimous votes are right in two of three."""
    annotators = people(3)
    for number in range(30):
        task, truth = add_task(f"b{number}", kind="binary", answers=1), number % 2 == 0
        said = truth if number % 3 else not truth
        for annotator in annotators:
            judge(task, annotator, {"desirable": said})
        Gold.objects.create(task=task, project=project, answer={"desirable": truth}, set_by=researcher.person)
    report = computed()
    assert report.figures["models"]["binary"]["temperature"][0] > 1.5
    chances = [figure.consensus["desirable"] for figure in consensus.of(project)]
    assert all(0.6 < max(chance, 1 - chance) < 0.75 for chance in chances)
    assert report.figures["gold"]["value"] == pytest.approx(2 / 3)


def test_amounts_are_those_of_the_amounts_model(add_task, judge, people, computed):
    random = np.random.default_rng(1)
    tasks, annotators = [add_task(f"c{n}", kind="cardinal") for n in range(30)], people(4)
    rows, truth = [], random.normal(0, 3, 30)
    for number, task in enumerate(tasks):
        ids = [str(place.response_id) for place in task.places.order_by("position")]
        for person, annotator in enumerate(annotators):
            value, side = round((1 + person) * truth[number] + random.normal(), 2), int(random.choice([-1, 1]))
            preferred = ids[0] if value > 0 else ids[1]
            answer = {"preferred": preferred, "amount": f"{abs(value):.2f}"}
            judge(task, annotator, answer, shown=[0, 1] if side == 1 else [1, 0])
            rows.append((number, person, value, side))
    task, person, value, side = np.array(rows).T
    votes = amounts.Amounts(task.astype(int), person.astype(int), value, side.astype(int))
    fit = amounts.consensus(votes)
    report = computed()
    same(report.figures["agreement"]["cardinal"], krippendorff(Votes(votes.task, votes.annotator, value), "interval"))
    shown = [consensus.of_task(one.pk).consensus["amount"][0] for one in tasks]
    assert shown == pytest.approx(fit.amount.value, rel=0.02, abs=0.05)
    signals = [
        AnnotatorFigure.objects.get(annotator=one).figures["reliability"]["cardinal"]["value"] for one in annotators
    ]
    assert signals == sorted(signals)  # the noise is everybody's, the scale grows


def test_agreement_of_rankings_is_kendalls_tau(add_task, judge, people, computed):
    one, two = people(2)
    alike, reversed_ = (add_task(name, kind="ranking", answers=3) for name in ("alike", "reversed"))
    for task, turned in ((alike, False), (reversed_, True)):
        ids = [str(place.response_id) for place in task.places.order_by("position")]
        judge(task, one, {"order": [[part] for part in ids]})
        judge(task, two, {"order": [[part] for part in (reversed(ids) if turned else ids)]})
    found = computed().figures["agreement"]["ranking"]
    assert (found["measure"], found["value"], found["n"]) == ("kendall_tau", 0.0, 2)
    assert [consensus.of_task(task.pk).agreement for task in (alike, reversed_)] == [1.0, 0.0]
    best = [str(place.response_id) for place in alike.places.order_by("position")]
    assert consensus.of_task(alike.pk).consensus["order"] == best


def test_tau_of_a_task_is_the_mean_over_pairs_of_annotators():
    """Orders abc, abc, cba: one pair of three people agrees fully, two are reversed, so τ is −1/3."""
    sign = np.array([1, 1, 1, 1, 1, 1, -1, -1, -1])
    assert orders.concordance(np.zeros(9, int), np.tile([0, 1, 2], 3), sign, 1) == pytest.approx([-1 / 3])


def test_marks_agree_by_aspect_and_by_order(add_task, judge, people, computed):
    random = np.random.default_rng(2)
    annotators, rows = people(3), []
    for number in range(20):
        task, level = add_task(f"r{number}", kind="rating", answers=1), random.integers(1, 6)
        for person, annotator in enumerate(annotators):
            marks = np.clip(np.array([level, 6 - level]) + random.integers(-1, 2, 2), 1, 5)
            judge(task, annotator, {"ratings": {"helpful": int(marks[0]), "honest": int(marks[1])}})
            rows.append((number, person, marks[0]))
    found = computed().figures["agreement"]["rating"]
    helpful = next(part for part in found["also"] if part["aspect"] == "helpful")
    same(helpful, krippendorff(Votes(*np.array(rows).T), "ordinal"))
    assert found["measure"] == "alpha_interval" and found["value"] > 0.5


def test_repeats_tell_who_stays_with_what_they_said(add_task, judge, people, computed):
    (person,) = people(1)
    first, second = [], []
    for number in range(12):
        task = add_task(f"p{number}")
        said, again = ("first", "second")[number % 2], ("first", "second")[(number + (number < 3)) % 2]
        judge(task, person, said)
        judge(task, person, again, purpose="repeat", shown=[1, 0])
        first.append(said == "first")
        second.append(again == "first")
    report = computed()
    figure = AnnotatorFigure.objects.get(annotator=person)
    same(figure.figures["consistency"], wilson(9, 12))
    same(report.figures["consistency"]["kinds"]["pairwise"]["kappa"], cohen(np.array(first), np.array(second)))
    assert (figure.judgments, figure.repeats, figure.repeats_same) == (12, 12, 9)


def test_gold_accuracy_counts_labels_and_gold_by_the_rule_of_the_kind(add_task, judge, people, computed, project):
    one, two = people(2)
    for number in range(4):
        task = add_task(f"c{number}", kind="cardinal")
        ids = [str(place.response_id) for place in task.places.order_by("position")]
        Gold.objects.create(task=task, project=project, answer={"preferred": ids[0], "amount": "2.00"}, tolerance=0.5)
        judge(task, one, {"preferred": ids[0], "amount": "2.40"}, purpose="gold")
        judge(task, two, {"preferred": ids[0], "amount": "2.40" if number else "3.00"})
    computed()
    shown = {figure.annotator_id: figure for figure in AnnotatorFigure.objects.all()}
    assert (shown[one.pk].gold_right, shown[one.pk].gold_seen, shown[one.pk].judgments) == (4, 4, 0)
    same(shown[two.pk].figures["gold"], wilson(3, 4))


def test_who_always_takes_the_first_side_is_flagged_and_others_are_not(add_task, judge, people, computed):
    random = np.random.default_rng(5)
    honest, lazy = people(2)
    for number in range(40):
        task, order = add_task(f"p{number}"), list(random.permutation(2))
        shown = [int(place) for place in order]
        judge(task, honest, ("first", "second")[int(random.integers(2))], shown=shown)
        judge(task, lazy, "first" if shown == [0, 1] else "second", shown=shown)
    computed()
    flags = {figure.annotator_id: figure.flags for figure in AnnotatorFigure.objects.all()}
    assert set(flags[lazy.pk]) >= {"side", "line"}
    assert not {"side", "line"} & set(flags[honest.pk])


def test_who_hurries_is_flagged(add_task, judge, people, computed):
    random = np.random.default_rng(6)
    annotators = people(8)
    for number in range(12):
        task, usual = add_task(f"p{number}"), random.uniform(20, 90)
        for place, annotator in enumerate(annotators):
            hurried = 0.02 if place == 0 else 1.0
            judge(task, annotator, "first", seconds=usual * hurried * random.uniform(0.8, 1.25))
    report = computed()
    flags = {figure.annotator_id: figure.flags for figure in AnnotatorFigure.objects.all()}
    assert [("fast" in flags[one.pk]) for one in annotators] == [True] + 7 * [False]
    assert report.figures["time"]["timed"] == 96 and sum(report.figures["time"]["counts"]) == 96


def test_what_does_not_count_is_left_out_and_counted(add_task, judge, people, computed, django_assert_num_queries):
    from django.utils.timezone import now

    one, two, three, four, five = people(5)
    task = add_task("p")
    kept = judge(task, one, "first")
    JudgmentVersion.objects.create(
        judgment=kept, version=2, kind="pairwise", answer={"preferred": None}, guidelines=kept.assignment.guidelines
    )
    kept.version = 2
    kept.save()
    judge(task, two, "second", withdrawn_at=now())
    judge(task, three, "second", set_aside_at=now())
    judge(task, four, "second", is_late=True)
    judge(task, five, "second", purpose="adjudication")
    report = computed()
    assert TaskFigure.objects.get().consensus["votes"] == {"first": 0, "tie": 1, "second": 0}
    assert report.figures["counts"]["used"] == {"label": 1, "repeat": 0, "gold": 0}
    assert report.figures["counts"]["left_out"] == {
        "withdrawn": 1, "set_aside": 1, "late": 1, "other_purpose": 1, "earlier_versions": 1,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["pairwise", "cardinal", "binary", "ranking", "rating"])
@pytest.mark.parametrize("shape", ["one vote", "one annotator", "no overlap", "all the same"])
def test_poor_data_gives_figures_without_values_and_never_an_error(add_task, judge, people, computed, kind, shape):
    count = {"one vote": 1, "one annotator": 6, "no overlap": 6, "all the same": 6}[shape]
    annotators = people(3)
    for number in range(count):
        task = add_task(f"p{number}", kind=kind, answers={"ranking": 3, "binary": 1, "rating": 1}.get(kind, 2))
        judges = annotators if shape == "all the same" else [annotators[number % 3 if shape == "no overlap" else 0]]
        for annotator in judges:
            judge(task, annotator, plain(task))
    found = computed().figures["agreement"][kind]
    if shape == "all the same":
        assert found["reason"] in {"no_variation", None}
    else:
        assert (found["value"], found["reason"]) == (None, "no_overlap")


def plain(task):
    """A tie, or the middle of the scale."""
    ids = [str(place.response_id) for place in task.places.order_by("position")]
    answers = {
        "pairwise": {"preferred": None},
        "cardinal": {"preferred": None, "amount": "0"},
        "binary": {"desirable": True},
        "ranking": {"order": [ids]},
        "rating": {"ratings": {"helpful": 3}},
    }
    return answers[task.kind]


def test_a_project_without_judgments_has_an_empty_report(computed, project):
    report = computed()
    assert report.figures["agreement"] == {} and report.judgments == 0
    assert computing.newest(project) == report


def test_imported_labels_have_no_side(add_task, judge, people, computed):
    one, two = people(2, origin=Annotator.Origin.IMPORTED)
    task = add_task("p")
    judge(task, one, "first")
    judge(task, two, "first")
    assert computed().figures["side"]["reason"] == "too_few"
