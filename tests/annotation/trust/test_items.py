"""Bad known answers show themselves: good people miss them."""

import pytest

from annotation.trust import items

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(known, worker, set_to):
    """Six people who are right on seven of eight known answers, all missing the same one; one who is right on none."""
    set_to(pause_below=0.0, gold_rate=0.0)  # in the order of import
    tasks = known(8)
    for number in range(6):
        one = worker(f"w{number}")
        for place in range(8):
            one.say(one.next(), is_right=place != 3)
    bad = worker("bad")
    bad.do(*[False] * 8)
    return tasks


def test_what_good_people_miss_stands_first(people, project):
    first, *rest = items.of(project)
    assert first.task == people[3].pk
    assert (first.right, first.everybody.n, first.good_right, first.good.n) == (0, 7, 0, 6)
    assert first.is_doubtful
    assert not any(one.is_doubtful for one in rest)
    assert {(one.right, one.everybody.n, one.good_right, one.good.n) for one in rest} == {(6, 7, 6, 6)}


def test_a_few_misses_prove_nothing(known, worker, project, set_to):
    set_to(pause_below=0.0, gold_rate=0.0)  # in the order of import
    known(8)
    for name in ("a", "b"):
        worker(name).do(*[True] * 3, False, *[True] * 4)
    assert not any(one.is_doubtful for one in items.of(project))


def test_known_answers_that_nobody_met_come_last(people, known, project):
    (new,) = known(1)
    assert items.of(project)[-1].task == new.pk


def test_the_page_is_for_researchers(people, project, researcher, reviewer):
    address = f"/w/home/projects/{project.pk}/review/known-answers/"
    assert reviewer.browser.get(address).status_code == 403
    page = researcher.browser.get(address).content.decode()
    assert page.count("Look at this one") == 1
    assert "Answer 1: better" in page


def test_the_api_gives_the_same(people, project, researcher, annotator):
    address = f"/api/v1/projects/{project.pk}/gold/figures/"
    assert annotator.api.get(address).status_code == 403
    body = researcher.api.get(address).json()
    assert body["count"] == 8
    assert [row["doubtful"] for row in body["results"]] == [True] + [False] * 7
    assert body["results"][0]["task"] == str(people[3].pk)
