"""An annotator asks about a task; a researcher answers, to one or to all; who asked is told."""

import pytest
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from accounts.models import Annotator
from annotation import projects
from annotation.desk import questions
from annotation.desk.questions import Reply
from annotation.models import Question
from api.refusals import Conflict, Invalid

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(desk, add_task):
    add_task("How long does rice cook?")
    return ask(desk, desk.take(), "With the lid on?")


def ask(desk, offer, text):
    return questions.ask(scope=desk.scope, assignment=offer.assignment, text=text)


def reply(researcher, question, text="Yes, on.", **reach):
    return questions.answer(scope=researcher.scope, question=question, reply=Reply(text, **reach))


def rows(member, project, query=""):
    return member.api.get(f"/api/v1/projects/{project.pk}/questions/{query}").json()["results"]


def test_a_question_is_asked_about_ones_own_task(desk, add_task):
    add_task("One")
    offer = desk.take()
    body = {"assignment": str(offer.assignment), "text": "Which rice?"}
    answer = desk.api.post(f"/api/v1/projects/{desk.project.pk}/questions/", body)
    assert answer.status_code == 201
    assert Question.objects.get().text == "Which rice?"


def test_nobody_asks_about_a_task_of_somebody_else(desk, desk_of, add_task):
    add_task("One")
    offer = desk.take()
    body = {"assignment": str(offer.assignment), "text": "Which rice?"}
    assert desk_of("bob").api.post(f"/api/v1/projects/{desk.project.pk}/questions/", body).status_code == 404


def test_a_task_of_another_project_is_not_asked_about_here(desk, researcher, add_task):
    add_task("One")
    offer = desk.take()
    other = projects.create(scope=researcher.scope, wish=projects.Wish(name="Other", kinds=["pairwise"]))
    body = {"assignment": str(offer.assignment), "text": "Which rice?"}
    assert desk.api.post(f"/api/v1/projects/{other.pk}/questions/", body).status_code == 404


@pytest.mark.parametrize("text", ["", "   ", "x" * 4_001])
def test_a_question_has_words_but_no_book(desk, add_task, text):
    add_task("One")
    with pytest.raises(Invalid):
        ask(desk, desk.take(), text)


def test_nobody_floods_the_researchers(desk, add_task, monkeypatch):
    monkeypatch.setattr(questions, "MOST_OPEN", 2)
    add_task("One")
    offer = desk.take()
    ask(desk, offer, "One?")
    ask(desk, offer, "Two?")
    with pytest.raises(Conflict):
        ask(desk, offer, "Three?")


def test_the_researcher_sees_it_and_the_tab_counts_it(desk, researcher, asked):
    page = researcher.browser.get(f"/w/home/projects/{desk.project.pk}/questions/").content.decode()
    assert "With the lid on?" in page
    assert "Questions (1)" in page


def test_the_question_stands_beside_its_task(desk, researcher, asked):
    page = researcher.browser.get(f"/w/home/projects/{desk.project.pk}/questions/{asked.pk}/").content.decode()
    assert "How long does rice cook?" in page
    assert "How long does rice cook? answer 1" in page


def test_an_answer_is_news_to_its_asker_until_seen(desk, researcher, asked):
    reply(researcher, asked)
    assert questions.unseen(desk.scope) == {desk.project.pk: 1}
    assert desk.place.answers == 1
    assert len(rows(desk, desk.project, "?state=unseen")) == 1
    assert desk.api.post(f"/api/v1/projects/{desk.project.pk}/questions/seen/").json() == {"seen": 1}
    assert questions.unseen(desk.scope) == {}


def test_an_answer_written_anew_is_news_again(desk, researcher, asked):
    reply(researcher, asked)
    questions.see(scope=desk.scope, project=desk.project)
    reply(researcher, asked, "No, off.")
    assert questions.unseen(desk.scope) == {desk.project.pk: 1}


def test_an_answer_is_for_its_asker_alone_unless_shared(desk, desk_of, researcher, asked):
    bob = desk_of("bob")
    reply(researcher, asked)
    assert len(rows(desk, desk.project)) == 1
    assert rows(bob, desk.project) == []
    reply(researcher, asked, is_shared=True)
    assert len(rows(bob, desk.project)) == 1


def test_a_shared_answer_never_tells_who_asked(desk, desk_of, researcher, asked):
    reply(researcher, asked, is_shared=True)
    (row,) = rows(desk_of("bob"), desk.project)
    assert not row["mine"]
    assert [row["annotator"], row["assignment"], row["task"], row["seen_at"]] == [None] * 4
    assert Annotator.objects.get(person=desk.scope.person).pseudonym not in str(row)


def test_an_answer_becomes_a_passage_of_the_guidelines(desk, researcher, asked):
    reply(researcher, asked, to_guidelines=True)
    guidelines = projects.newest_guidelines(desk.project)
    assert guidelines.version == 2
    assert guidelines.text.startswith("Be fair.")
    assert "### With the lid on?\n\nYes, on." in guidelines.text
    assert Question.objects.get().is_shared


def test_the_form_answers_and_an_empty_answer_is_told(desk, researcher, asked):
    address = f"/w/home/projects/{desk.project.pk}/questions/{asked.pk}/"
    assert "required" in researcher.browser.post(address, {"text": " ", "reach": "asker"}).content.decode()
    assert researcher.browser.post(address, {"text": "Yes.", "reach": "all"}).status_code == 302
    assert Question.objects.get().answer == "Yes."


def test_an_annotator_answers_nothing(desk, asked):
    address = f"/api/v1/projects/{desk.project.pk}/questions/{asked.pk}/answer/"
    assert desk.api.post(address, {"text": "Yes."}).status_code == 403


def test_the_answer_stands_in_my_questions_with_the_way_back(desk, researcher, asked):
    reply(researcher, asked)
    page = desk.member.browser.get("/w/home/work/questions/").content.decode()
    assert "Yes, on." in page
    assert f"?assignment={asked.assignment_id}" in page
    desk.member.browser.post(f"/w/home/work/questions/{desk.project.pk}/seen/")
    assert questions.unseen(desk.scope) == {}


def test_the_way_back_from_a_judged_task_opens_the_judgment(desk, asked):
    said = desk.say(desk.take())
    assert f"?judgment={said.id}" in desk.member.browser.get("/w/home/work/questions/").content.decode()


@pytest.mark.parametrize("wrong", [{"text": ""}, {"answer": "Yes"}, {"answered_at": now()}, {"is_shared": True}])
def test_the_database_refuses_half_a_question(asked, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(pk=asked.pk).update(**wrong)
