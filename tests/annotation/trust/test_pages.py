"""The pages of trust speak the reader's language, and keep to their roles."""

import pytest

from annotation import gold
from annotation.gold import Item
from annotation.models import Pause
from annotation.trust import aside, pauses
from tests.web import pseudo

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy(known, worker, set_to, researcher, project):
    """A project with a contested and an upheld pause, a test, work set aside, and known answers that people missed."""
    set_to(pause_below=0.6, gold_rate=0.0)
    tasks = known(14)
    ann, bob = worker("ann"), worker("bob")
    for one in (ann, bob):
        one.do(*[False] * 10)
        pauses.contest(scope=one.scope, project=project, text="⟦Look⟧")
    pauses.decide(
        scope=researcher.scope, pause=Pause.objects.get(annotator=bob.annotator), decision="upheld", reason="⟦No⟧"
    )
    aside.do(scope=researcher.scope, project=project, annotator=bob.annotator, reason="⟦Clicks⟧")
    item = Item(tasks[13].pk, {"preferred": None}, in_test=True)
    gold.put(scope=researcher.scope, project=project, items=[item])
    set_to(test_tasks=1)
    return ann, bob


def pages(project, *annotators):
    root = f"/w/home/projects/{project.pk}"
    return [f"{root}/review/", f"{root}/review/known-answers/", *[f"{root}/annotators/{one.pk}/" for one in annotators]]


def test_no_page_of_trust_says_a_word_that_is_not_translated(busy, project, researcher):
    for path in pages(project, *[one.annotator for one in busy]):
        with pseudo.language():
            html = researcher.browser.get(path).content.decode()
        names = {"Home", "Helpfulness", researcher.person.email, researcher.person.name}
        found = pseudo.untranslated(html, names | {one.annotator.pseudonym for one in busy})
        assert found == [], path


def test_a_reviewer_reads_but_sets_nothing_aside(busy, project, reviewer):
    path = pages(project, busy[1].annotator)[-1]
    html = reviewer.browser.get(path).content.decode()
    assert "Set their work aside" not in html
    assert "Uphold the pause" in html
    assert reviewer.browser.post(f"{path}set-aside/", {"aside-reason": "x"}).status_code == 403


def test_a_decision_on_the_review_page_comes_back_to_it(busy, project, reviewer):
    pause = Pause.objects.get(annotator=busy[0].annotator)
    said = {"pause-decision": "lifted", "pause-reason": "True.", "back": "review"}
    answer = reviewer.browser.post(f"/w/home/projects/{project.pk}/pauses/{pause.pk}/decide/", said, follow=True)
    assert answer.redirect_chain[-1][0].endswith("/review/")
    assert "The pause is lifted." in answer.content.decode()


def test_a_decision_without_a_reason_is_refused_in_words(busy, project, reviewer):
    pause = Pause.objects.get(annotator=busy[0].annotator)
    said = {"pause-decision": "lifted", "pause-reason": " "}
    answer = reviewer.browser.post(f"/w/home/projects/{project.pk}/pauses/{pause.pk}/decide/", said, follow=True)
    assert "This field is required" in answer.content.decode()
    pause.refresh_from_db()
    assert pause.decision == ""


def test_strangers_and_annotators_see_none_of_it(busy, project, stranger, annotator):
    for path in pages(project, busy[0].annotator):
        assert annotator.browser.get(path).status_code == 403
        assert stranger.browser.get(path).status_code == 404
