"""The pages of models that learn from amounts, verdicts, rankings and marks: what is said where, and what is not."""

import re

import pytest
from django.utils import translation

from rewardmodels import figures, kinds, people
from rewardmodels.learning import identification
from rewardmodels.learning.world import annotators
from rewardmodels.learning.world import rows as world
from rewardmodels.models import RewardModel
from tests.web import pseudo

LIST = "/api/v1/reward-models/"
HOME = "/w/home/reward-models/"


def judged(*names, count=50, aspect=""):
    """Simulated judgments of these questions; marks of one aspect alone where one is named."""
    crowd = annotators.crowd(6)
    found = [row for name in names for row in world.collect(3, name, count, crowd, overlap=2)]
    if aspect:
        found = [{**row, "answer": {"ratings": {"overall": row["answer"]["ratings"][aspect]}}} for row in found]
    return found


@pytest.fixture
def learn(researcher, wish, freeze, finish_jobs):
    """`learn(kind, rows)`: a trained model."""

    def make(kind, rows):
        settings = {"max_length": 48, "weight_decay": 5.0}
        wished = {**wish, "kind": kind, "snapshot": str(freeze(rows).pk), "settings": settings}
        answer = researcher.api.post(LIST, wished)
        assert answer.status_code == 202, answer.json()
        (job,) = finish_jobs()
        assert job.state == "succeeded", job.error
        return RewardModel.objects.get(pk=answer.json()["id"])

    return make


def text_of(member, address):
    """What a page says, without its tags."""
    answer = member.browser.get(address)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_the_page_of_a_joint_model_says_what_was_learned_of_each_kind(researcher, learn):
    model = learn("joint", judged("pairwise", "cardinal", "binary", "ranking", "rating"))
    said = text_of(researcher, f"{HOME}{model.pk}/")
    for title in kinds.TITLES.values():
        assert str(title) in said
    for words in (
        "A difference of 1 is worth 1 XTS on the geometric mean of the 6 annotators who gave amounts",
        "Where amounts lie in what was expected of them (Test, PIT)",
        "Money scale",
        "shrunk towards nothing",
        "Loading of coverage",
        "simulated-hasty-1",
    ):
        assert words in said
    amounts = model.metrics["test"]["kinds"]["amounts"]
    assert kinds.gain(amounts) in said
    assert f"{amounts['rank_correlation']:+.2f}" in said


def test_the_page_of_verdicts_compares_with_their_usual_share_and_speaks_of_no_side(researcher, learn):
    model = learn("binary", judged("binary", count=80))
    said = text_of(researcher, f"{HOME}{model.pk}/")
    assert "decided comparisons, so nothing" not in said
    assert "… of the usual share of “desirable”" in said
    for words in ("even odds", "the longer one wins", "Correlation with the side shown first"):
        assert words not in said
    assert "the odds of being called desirable" in said
    assert f"{model.metrics['test']['accuracy']:.3f}" in text_of(researcher, HOME)


def test_marks_alone_have_a_page_a_row_and_a_verdict_without_an_accuracy(researcher, learn):
    model = learn("joint", judged("rating", count=80, aspect="coverage"))
    assert "accuracy" not in model.metrics["test"]
    said = text_of(researcher, f"{HOME}{model.pk}/")
    assert "decided comparisons, so nothing" not in said
    assert "It was held against no decided comparison" in said
    assert "the odds of a higher mark" in said
    value = model.metrics["test"]["kinds"]["ratings"]["rank_correlation"]
    assert f"marks: ρ {value:.2f}" in text_of(researcher, HOME)


def of(gains, **details):
    """A model with these intervals of gains on the test split."""
    found = {name: {"log_loss_gain": {"estimate": 0.0, "interval": list(gain)}} for name, gain in gains.items()}
    metrics = {"test": {"n": 9, "decided": 0, "kinds": found}} if gains else {}
    return RewardModel(metrics=metrics, details={"fit": {"learned": {"ratings": {}}, **details}})


@pytest.mark.parametrize(
    ("gains", "tone", "words"),
    [
        ({"ratings": (-0.2, -0.1)}, "bad", "worse than one utility for all answers"),
        ({"ratings": (-0.1, 0.1), "verdicts": (0.1, 0.2)}, "warn", "for all answers: Marks."),
        ({}, "warn", "no test split with judgments that it could be held against"),
    ],
    ids=["worse", "unsure", "no test split"],
)
def test_a_verdict_without_comparisons_follows_from_each_kind(gains, tone, words):
    said = figures.verdict(of(gains))
    assert said is not None
    assert said[0] == tone
    assert words in said[1]


def test_a_model_that_foretells_every_kind_has_no_verdict_against_it():
    assert figures.verdict(of({"ratings": (0.1, 0.3), "verdicts": (0.01, 0.2)})) is None


def test_a_kind_without_a_held_out_judgment_says_so():
    assert kinds.use({})[0] == "warn"
    assert kinds.use({"log_loss_gain": {"interval": [0.1, 0.2]}}) is None


def test_bars_of_the_pit_are_as_high_as_its_shares_beside_the_even_one():
    picture = kinds.pit({"pit": [0.1, 0.4, 0.3, 0.2]}, "Test")
    assert picture is not None
    assert [bar.height for bar in picture.bars] == [0.1, 0.4, 0.3, 0.2]
    assert [(bar.start, bar.end) for bar in picture.bars][-1] == (0.75, 1.0)
    assert picture.guides[0].value == 0.25


def test_the_least_reliable_of_many_annotators_come_first_and_the_rest_are_counted():
    slopes = {f"a-{number:02}": 1 + number / 100 for number in range(people.MOST + 3)}
    sides = dict.fromkeys([*slopes, "somebody who judged nothing of this kind"], 0.0)
    (group,) = people.of(of({}, learned={"pairs": {"slopes": slopes, "slope": 1.0, "sides": sides}}))
    assert [who for who, _ in group.rows] == [f"a-{number:02}" for number in range(people.MOST)]
    assert group.rows[0][1] == ["1.00", "+0.00"]
    assert group.more.startswith("3 more")


def test_noise_is_held_against_the_own_money_scale():
    learned = {"noise": {"rich": 4.0, "poor": 2.0}, "money_scales": {"rich": 4.0, "poor": 0.5}}
    (group,) = people.of(of({}, learned={"amounts": learned}))
    assert [who for who, _ in group.rows] == ["poor", "rich"]


def test_what_the_data_do_not_decide_is_named_up_to_a_bound():
    names = [f"amounts: noise of a-{number}" for number in range(people.MOST_UNDECIDED + 1)]
    said = people.undecided(of({}, undecided=names))
    assert "Amounts of money: noise of a-0;" in said
    assert "a-8" not in said
    assert "and 1 more" in said
    assert people.undecided(of({}, undecided=[])) == ""


def test_parameters_that_are_undecided_are_named_in_the_readers_language():
    with pseudo.language(), translation.override(pseudo.CODE):
        whose = people.parameter("amounts: share of wild noise of a-7")
        pooled = people.parameter("pairs: side")
    assert "⟦share of wild noise⟧" in whose
    assert whose.endswith("a-7⟧")
    assert "⟦leaning to the first⟧" in pooled
    assert people.parameter("something: else") == "something: else"


def test_every_parameter_that_can_be_undecided_has_a_name():
    assert set(people.PARAMETERS) == {*identification.WORDS.values(), "money scale"}


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        (
            "EUR (guidelines 3, list; pool 0123abcd of 1)",
            "1 EUR to the 1 annotator who gave amounts (guidelines 3, list)",
        ),
        ("EUR (guidelines 3; pool 0123abcd of 4)", "of the 4 annotators who gave amounts (guidelines 3)"),
        ("logit", "the odds of a higher mark"),
    ],
)
def test_the_unit_is_said_in_words(unit, words):
    model = of({}, learned={"ratings": {}})
    model.unit = unit
    assert words in people.unit(model)
