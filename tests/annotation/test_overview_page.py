"""The first page of a project and its guidelines, by role."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from annotation import projects
from annotation.models import Guidelines, QualityReport
from annotation.watching import labels, pace, people, skips
from tests.annotation.queue.conftest import worker

__all__ = ["worker"]
HOME = "/w/home/projects/"


@pytest.fixture(autouse=True)
def _counted_anew():
    for kept in (labels.kept, pace.kept, skips.kept, people.kept):
        kept.known.clear()


def of(project, tail=""):
    return f"{HOME}{project.pk}/{tail}"


def shown(answer):
    return answer.content.decode().replace("&#x27;", "'").replace("&quot;", '"')


def test_an_empty_project_leads_to_a_file(researcher, project):
    page = shown(researcher.browser.get(of(project)))
    assert "bring in prompts and answers" in page
    assert of(project, "imports/") in page


def test_a_reviewer_is_advised_but_led_only_where_reviewers_may_go(reviewer, project):
    page = shown(reviewer.browser.get(of(project)))
    assert "bring in prompts and answers" in page
    assert of(project, "imports/") not in page
    assert "Pause" not in page


def test_people_stand_under_their_pseudonyms(researcher, admin, project, add_task, worker):
    add_task("a")
    ann = worker("ann")
    ann.do()
    for member, may_see in ((researcher, False), (admin, True)):
        page = shown(member.browser.get(of(project)))
        assert ann.seat.annotator.pseudonym in page
        assert "ann@home.example" not in page
        assert ("Who stands behind a pseudonym" in page) is may_see


def test_marks_without_aspects_are_one_mark_for_the_whole(annotator, project):
    project.kinds = ["pairwise", "rating"]
    project.settings = {"asks": ["aspects"]}
    project.save()
    page = shown(annotator.browser.get(of(project, "label/")))
    assert page.count('data-aspect="overall"') == 1  # to be marked, and not to be compared beside a pair


@pytest.mark.parametrize(("status", "is_live"), [("open", True), ("paused", True), ("closed", False)])
def test_the_page_asks_again_until_the_project_is_closed(researcher, project, add_task, status, is_live):
    add_task("a")
    projects.change(scope=researcher.scope, project=project, wish=projects.Wish(status=status))
    assert ("data-live" in shown(researcher.browser.get(of(project)))) is is_live
    assert researcher.browser.get(of(project, "chart/?span=days")).json()["done"] is not is_live


def test_the_charts_have_a_place_for_each_hour_and_day(researcher, project, add_task, worker):
    add_task("a")
    worker("ann").do()
    for span, places in (("hours", 48), ("days", 30)):
        found = researcher.browser.get(of(project, f"chart/?span={span}")).json()
        assert (len(found["x"]), found["series"][0]["values"][-1], found["time"]) == (places, 1, True)
    assert researcher.browser.get(of(project, "chart/?span=years")).status_code == 404


def test_annotators_and_strangers_see_nothing_of_it(annotator, stranger, project):
    for tail in ("", "chart/", "guidelines/"):
        assert annotator.browser.get(of(project, tail)).status_code == 403
        assert stranger.browser.get(of(project, tail)).status_code == 404


def test_agreement_over_time_is_drawn_once_there_are_two_reports(researcher, project):
    figure = {"measure": "alpha_nominal", "aspect": "", "value": 0.7, "low": 0.6, "high": 0.8, "n": 40, "also": []}
    for days in (3, 1):
        assert "Agreement over time" not in shown(researcher.browser.get(of(project)))
        QualityReport.objects.create(
            project=project, as_of=now() - timedelta(days=days), judgments=40,
            figures={"agreement": {"pairwise": figure}},
        )  # fmt: skip
    assert "Agreement over time" in shown(researcher.browser.get(of(project)))


# -- Guidelines -------------------------------------------------------------------------------------------------------


def test_a_new_version_is_written_and_shows_what_changed(researcher, project):
    form = researcher.browser.get(of(project, "guidelines/edit/"))
    assert "Be fair." in shown(form)
    answer = researcher.browser.post(of(project, "guidelines/edit/"), {"guidelines": "Be kind.", "upon": "1"})
    assert answer["Location"] == of(project, "guidelines/")
    page = shown(researcher.browser.get(of(project, "guidelines/")))
    assert "<del>fair</del><ins>kind</ins>" in page
    assert researcher.person.name in page
    old = shown(researcher.browser.get(of(project, "guidelines/?version=1")))
    assert "Be fair." in old
    assert "What changed" not in old


def test_a_version_written_meanwhile_is_not_overwritten(researcher, project):
    researcher.browser.post(of(project, "guidelines/edit/"), {"guidelines": "Be kind.", "upon": "1"})
    answer = researcher.browser.post(of(project, "guidelines/edit/"), {"guidelines": "Be strict.", "upon": "1"})
    assert answer.status_code == 422
    assert "Version 2 was written meanwhile" in shown(answer)
    assert "Be strict." in shown(answer)
    assert Guidelines.objects.count() == 2


def test_the_same_words_again_make_no_version(researcher, project):
    settings = projects.create(
        scope=researcher.scope, wish=projects.Wish(name="P", kinds=["binary"], guidelines="Yes.")
    )
    researcher.browser.post(of(settings, "guidelines/edit/"), {"guidelines": "Yes.", "upon": "1"})
    assert settings.guidelines.count() == 1


def test_reviewers_read_guidelines_without_names_and_write_none(reviewer, researcher, project):
    researcher.browser.post(of(project, "guidelines/edit/"), {"guidelines": "Be kind.", "upon": "1"})
    page = shown(reviewer.browser.get(of(project, "guidelines/")))
    assert "Be kind." in page
    assert f'· <span translate="no">{researcher.person.name}' not in page
    assert reviewer.browser.post(of(project, "guidelines/edit/"), {}).status_code == 403


@pytest.mark.parametrize(("version", "status"), [("1", 200), ("9", 404), ("two", 200), ("99999999999", 200)])
def test_a_version_that_is_none_is_not_found_and_nonsense_is_the_newest(researcher, project, version, status):
    assert researcher.browser.get(of(project, f"guidelines/?version={version}")).status_code == status


def test_guidelines_run_nothing(researcher, project):
    text = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    researcher.browser.post(of(project, "guidelines/edit/"), {"guidelines": text, "upon": "1"})
    page = shown(researcher.browser.get(of(project, "guidelines/")))
    assert "<script>alert" not in page
    assert "<img src=x" not in page
