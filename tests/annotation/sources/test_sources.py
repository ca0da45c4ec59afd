"""Which model is better: by the API and by the page, of a project and of a snapshot, order and money."""

import csv
import io

import pytest

from annotation.models import SourceReport, Takedown
from annotation.sources import computing
from tests.web import pseudo

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(project):
    return f"/api/v1/projects/{project.pk}/comparison/"


@pytest.fixture
def page(project):
    return f"/w/{project.workspace.slug}/projects/{project.pk}/models/"


@pytest.fixture
def compared(researcher, reviewer, api, finish_jobs):
    """`compared()`: what the API says once the comparison was made."""

    def act(address=api):
        answer = researcher.api.post(address)
        assert answer.status_code == 202, answer.json()
        (job,) = finish_jobs()
        assert job.state == "succeeded", job.error
        body = researcher.api.get(address).json()
        assert body["id"] == job.result["id"]
        return body

    return act


@pytest.fixture
def impossible(meet, people, worth):
    """Better by 10 on one prompt, worse by 1 on another: order calls it a tie."""
    (one,) = people(1)
    return [
        meet([(one, worth(10))], kind="cardinal", text="Large"),
        meet([(one, worth(-1))], kind="cardinal", text="Small"),
    ]


def test_before_anything_was_compared_there_is_no_content_and_it_says_why(researcher, reviewer, api):
    assert (reviewer.api.get(api).status_code, reviewer.api.get(api)["X-Reason"]) == (204, "never")
    researcher.api.post(api)
    assert reviewer.api.get(api)["X-Reason"] == "computing"


def test_win_rates_count_ties_half_and_each_prompt_once(compared, meet, people):
    one, two = people(2)
    meet([(one, "first"), (two, "first")])
    meet([(one, "first"), (two, "tie")])
    meet([(one, "second")])
    body = compared()
    (pair,) = body["order"]["pairs"]
    assert (pair["first"], pair["second"]) == ("new", "old")
    assert (pair["wins"], pair["ties"], pair["losses"], pair["prompts"]) == (3, 1, 1, 3)
    assert pair["win_rate"]["value"] == pytest.approx((1 + 0.75 + 0) / 3, abs=1e-6)
    assert body["judgments"] == 5
    assert body["used"] == {"pairwise": 5}


def test_order_ties_and_money_decides(compared, impossible):
    body = compared()
    (pair,) = body["order"]["pairs"]
    assert pair["win_rate"]["value"] == 0.5
    (unit,) = body["money"]
    assert (unit["currency"], unit["elicitation"]) == ("USD", "direct")
    (worth,) = unit["pairs"]
    assert (worth["total"], worth["difference"]["value"]) == (9, 4.5)
    assert worth["verdict"] == "money_decides"
    assert [one["task"] for one in worth["decisive"]] == [str(task.pk) for task in impossible]


def test_a_larger_gap_turns_the_money_and_leaves_the_order(compared, meet, people, worth):
    (one,) = people(1)
    meet([(one, worth(10))], kind="cardinal")
    meet([(one, worth(-20))], kind="cardinal")
    body = compared()
    assert body["order"]["pairs"][0]["win_rate"]["value"] == 0.5
    assert body["money"][0]["pairs"][0]["total"] == -10


def test_where_many_small_losses_face_few_large_wins_the_two_disagree(compared, meet, people, worth):
    (one,) = people(1)
    for number in range(40):
        meet([(one, worth(15 + number % 3 if number % 4 == 0 else -1))], kind="cardinal")
    (pair,) = compared()["money"][0]["pairs"]
    assert pair["win_rate"]["high"] < 0.5
    assert pair["difference"]["low"] > 0
    assert pair["verdict"] == "opposite"


def test_currencies_and_ways_of_asking_are_never_put_together(compared, meet, people, worth, project):
    (one,) = people(1)
    meet([(one, worth(3))], kind="cardinal")
    meet([(one, worth(4, prices=[1, 2, 4, 8]))], kind="cardinal")
    meet([(one, worth(5))], kind="cardinal", currency="EUR")
    units = {(unit["currency"], unit["elicitation"]): unit["pairs"][0] for unit in compared()["money"]}
    assert set(units) == {("USD", "direct"), ("USD", "list"), ("EUR", "direct")}
    assert units["USD", "list"]["difference"]["value"] == 6
    assert units["USD", "list"]["bounds"] == {"low": 4, "high": 8}
    assert units["EUR", "direct"]["difference"]["value"] == 5


def ranked(*places):
    """An order of a task's answers, best first, by their places."""

    def answer(task):
        ids = [str(place.response_id) for place in task.places.order_by("position")]
        return {"order": [[ids[place] for place in group] for group in places]}

    return answer


def test_a_ranking_counts_as_all_its_pairs(compared, meet, people):
    (one,) = people(1)
    meet([(one, ranked([2], [0, 1]))], kind="ranking", sources=("a", "b", "c"))
    body = compared()
    rates = {(pair["first"], pair["second"]): pair["win_rate"]["value"] for pair in body["order"]["pairs"]}
    assert rates == {("a", "b"): 0.5, ("a", "c"): 0.0, ("b", "c"): 0.0}
    assert body["used"] == {"ranking": 1}


def test_marks_of_one_person_for_two_models_are_compared_and_others_are_left_out(
    compared, meet, people, add_task, judge, project
):
    one, two = people(2)
    first = meet([(one, {"ratings": {"helpful": 4, "honest": 5}})], kind="rating", sources=("a",))
    second = add_task("another", kind="rating", answers=1)
    second.prompt, place = first.prompt, second.places.get()
    second.save()
    place.response.source = "b"
    place.response.save()
    judge(second, one, {"ratings": {"helpful": 5, "honest": 2}})
    judge(second, two, {"ratings": {"helpful": 1, "honest": 1}})
    body = compared()
    (pair,) = body["order"]["pairs"]
    won = pair["win_rate"]["value"]
    assert {pair["first"]: won, pair["second"]: 1 - won} == {"a": 1.0, "b": 0.0}  # whichever was met first
    assert body["used"] == {"rating": 2}
    assert body["left_out"] == {"one_answer": 1}


def test_answers_that_name_no_model_are_explained_and_not_compared(compared, meet, people, researcher, page):
    (one,) = people(1)
    meet([(one, "first")], sources=("", ""))
    meet([(one, "first")], sources=("same", "same"))
    body = compared()
    assert (body["order"], body["money"], body["judgments"]) == (None, [], 0)
    assert body["left_out"] == {"unnamed": 1, "same_source": 1}
    html = researcher.browser.get(page).content.decode()
    assert "answers without one look alike" in html
    assert "Answers whose model is not named" in html


def test_who_won_everything_has_a_sentence_in_place_of_a_strength(compared, meet, people, researcher, page):
    (one,) = people(1)
    for _ in range(6):
        meet([(one, "first")])
    body = compared()
    assert not body["order"]["is_finite"]
    assert body["order"]["strengths"][0]["strength"]["value"] is None
    assert body["order"]["pairs"][0]["win_rate"]["low"] < 1
    assert "Somebody won every comparison" in researcher.browser.get(page).content.decode()


def test_the_page_says_where_order_and_money_disagree_and_shows_what_decides(
    compared, impossible, researcher, reviewer, page
):
    compared()
    html = reviewer.browser.get(page).content.decode()
    assert "Order cannot tell “new” from “old”" in html
    assert html.index("Large answer 0") < html.index("Small answer 0")
    assert f"/tasks/{impossible[0].pk}/" in html
    assert "+4.50 USD" in html


def test_a_prompt_that_was_taken_down_is_not_shown(compared, impossible, researcher, page):
    compared()
    prompt = impossible[0].prompt
    Takedown.objects.create(prompt=prompt, reason="asked for")
    prompt.taken_down_at = prompt.created_at
    prompt.save()
    html = researcher.browser.get(page).content.decode()
    assert "Large answer 0" not in html
    assert "1 more prompt decides, but is no longer there or was taken down." in html


def test_the_page_can_be_read_in_another_language(compared, meet, people, worth, researcher, page):
    one, two = people(2)
    for number in range(6):
        meet([(one, worth(3 + number)), (two, worth(2))], kind="cardinal", text="⟦p⟧" if not number else "")
        meet([(one, "second"), (two, "tie")], sources=("new", "other"))
    compared()
    with pseudo.language():
        html = researcher.browser.get(page).content.decode()
    names = {"Home", researcher.person.email, "Helpfulness", researcher.person.name}
    assert pseudo.untranslated(html, names) == []


def test_a_file_for_a_spreadsheet_has_a_line_for_each_figure_and_no_formula(
    compared, meet, people, worth, researcher, page
):
    (one,) = people(1)
    meet([(one, worth(2))], kind="cardinal", sources=("=new", "old"))
    compared()
    text = researcher.browser.get(f"{page}file/?format=csv").content.decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    money = [row for row in rows if row["measure"] == "money_per_prompt"]
    assert [(row["first"], row["second"], row["value"]) for row in money] == [("'=new", "old", "2.0")]
    assert researcher.browser.get(f"{page}file/?format=json").json()["money"][0]["currency"] == "USD"
    assert researcher.browser.get(f"{page}file/?format=exe").status_code == 404


def test_a_snapshot_is_compared_by_what_was_frozen(
    compared, impossible, meet, people, researcher, project, finish_jobs
):
    made = researcher.api.post(f"/api/v1/projects/{project.pk}/snapshots/", {"name": "one"})
    finish_jobs()
    meet([(people(1, origin="person")[0], "second")])
    address = f"/api/v1/snapshots/{made.json()['id']}/comparison/"
    assert researcher.api.get(address)["X-Reason"] == "never"
    body = compared(address)
    assert (body["judgments"], body["snapshot"]) == (2, made.json()["id"])
    assert body["money"][0]["pairs"][0]["total"] == 9
    html = researcher.browser.get(f"/w/home/projects/{project.pk}/snapshots/{made.json()['id']}/models/")
    assert "Order cannot tell" in html.content.decode()
    assert compared()["judgments"] == 3


def test_a_snapshot_that_is_not_frozen_is_refused(researcher, project, meet, people):
    meet([(people(1)[0], "first")])
    made = researcher.api.post(f"/api/v1/projects/{project.pk}/snapshots/", {"name": "one"}).json()
    assert researcher.api.post(f"/api/v1/snapshots/{made['id']}/comparison/").status_code == 409


def test_asked_twice_it_is_made_once(researcher, api, meet, people, finish_jobs):
    meet([(people(1)[0], "first")])
    first, second = (researcher.api.post(api).json()["job"]["id"] for _ in range(2))
    assert first == second
    finish_jobs()
    assert SourceReport.objects.count() == 1


def test_a_report_is_kept_once_however_often_its_job_is_delivered(project, researcher):
    job = computing.start(scope=researcher.scope, project=project, snapshot=None)
    figures = {"judgments": 0, "sources": [], "order": None, "money": [], "left_out": {}}
    for _ in range(2):
        computing.keep(project, None, figures, as_of=job.created_at, job=job.pk)
    assert SourceReport.objects.count() == 1


@pytest.mark.parametrize(("role", "read", "compute"), [("annotator", 403, 403), ("reviewer", 204, 403)])
def test_roles_too_low_are_refused(member, api, role, read, compute):
    actor = member(role)
    assert actor.api.get(api).status_code == read
    assert actor.api.post(api).status_code == compute


def test_a_stranger_finds_nothing(stranger, api, page):
    assert stranger.api.get(api).status_code == 404
    assert stranger.browser.get(page).status_code == 404
