"""The lists of tasks and judgments and the page of one task, as each role sees them."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils.timezone import now

from annotation.models import Gold, Judgment, QualityReport, Takedown, Task, TaskFigure
from annotation.queue import answers, leases, offers
from annotation.queue.answers import Submission
from tests.annotation.snapshots.conftest import freeze, judged  # noqa: F401
from tests.web import pseudo

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(project):
    return f"/w/home/projects/{project.pk}/"


@pytest.fixture
def tasks(add_task):
    return [add_task(text) for text in ("How long is a day?", 'What is "rain"?', "Why <b>me</b>?")]


def page(member, path, **query):
    answer = member.browser.get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


def judge(annotator, project, **answer):
    offer = offers.take(scope=annotator.scope, project=project.pk, holding=[])
    body = Submission({"preferred": offer.responses[0]["id"], **answer}, 4_200)
    said, _next = answers.submit(scope=annotator.scope, assignment=offer.assignment, submission=body)
    return said


def shown(html, tasks):
    return [str(task.pk) in html for task in tasks]


def test_the_list_shows_what_is_asked_and_how_far_it_is(reviewer, annotator, project, tasks, address):
    judge(annotator, project, flags=["unsafe"])
    html = page(reviewer, f"{address}tasks/")
    assert shown(html, tasks) == [True, True, True]
    assert "1 / 1" in html
    assert "Flagged" in html
    assert "Why &lt;b&gt;me&lt;/b&gt;?" in html


def test_tasks_are_filtered_by_who_judged_them_and_for_what(reviewer, annotator, project, tasks):
    said = judge(annotator, project)
    offers.take(scope=annotator.scope, project=project.pk, holding=[])  # held, and not judged
    held = Judgment.objects.get(pk=said.id).assignment

    def found(**query):
        rows = reviewer.api.get(f"/api/v1/projects/{project.pk}/tasks/", query).json()["results"]
        return [row["id"] for row in rows]

    name = held.annotator.pseudonym
    assert found(annotator=name) == found(purpose="label") == [str(held.task_id)]
    assert found(annotator=name, purpose="label") == [str(held.task_id)]
    assert found(annotator=name, purpose="repeat") == found(annotator="nobody") == []
    Judgment.objects.update(withdrawn_at=now())
    assert found(annotator=name) == []


def test_judgments_are_filtered_by_a_pseudonym_that_is_chosen(reviewer, annotator, member, project, tasks, address):
    other = member("annotator", "other@home.example")
    said = [Judgment.objects.get(pk=judge(who, project).id) for who in (annotator, other)]
    names = [judgment.assignment.annotator.pseudonym for judgment in said]
    assert offers.take(scope=reviewer.scope, project=project.pk, holding=[])  # holds a task, and has said nothing
    html = page(reviewer, f"{address}judgments/", annotator=names[0])
    assert f'<option value="{names[0]}" selected>' in html
    assert html.count('<option value="a-') == 2
    assert html.count(f"?annotator={names[0]}") == 1
    assert f"?annotator={names[1]}" not in html
    assert "?annotator=" not in page(reviewer, f"{address}judgments/", annotator="a-nobody")


def figure(task, place, agreement):
    known = {"votes": 2, "place": place, "agreement": agreement} if place else {"votes": 1}
    TaskFigure.objects.create(task=task, project=task.project, kind=task.kind, consensus={}, **known)


def test_the_most_disputed_come_first_where_figures_tell(reviewer, project, tasks, address):
    assert "Nothing is compared yet" in page(reviewer, f"{address}tasks/", order="disputed")
    QualityReport.objects.create(project=project, as_of=now(), judgments=5, figures={})
    for task, place, agreement in zip(tasks, (2, None, 1), (0.75, None, 0.25), strict=True):
        figure(task, place, agreement)
    html = page(reviewer, f"{address}tasks/", order="disputed")
    assert shown(html, tasks) == [True, False, True]
    assert html.index(str(tasks[2].pk)) < html.index(str(tasks[0].pk))
    assert html.index("0.25") < html.index("0.75")
    found = reviewer.api.get(f"/api/v1/projects/{project.pk}/tasks/", {"order": "disputed", "limit": 1}).json()
    assert [(row["id"], row["agreement"]) for row in found["results"]] == [(str(tasks[2].pk), 0.25)]
    after = reviewer.api.get(found["next"]).json()
    assert [row["id"] for row in after["results"]] == [str(tasks[0].pk)]


def test_an_empty_list_leads_to_an_import_whoever_may_make_one(researcher, reviewer, project, address):
    for who, leads in ((researcher, True), (reviewer, False)):
        said = page(who, f"{address}tasks/").partition("No task yet")[2]
        assert said
        assert (f'{address}imports/"' in said) is leads


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"words": "how LONG"}, [True, False, False]),
        ({"words": '"rain"'}, [False, True, False]),
        ({"words": "answer 1"}, [True, True, True]),
        ({"words": "no such words"}, [False, False, False]),
        ({"words": "%"}, [False, False, False]),
        ({"kind": "pairwise"}, [True, True, True]),
        ({"status": "paused"}, [False, False, True]),
        ({"progress": "all"}, [True, False, False]),
        ({"progress": "none"}, [False, True, True]),
        ({"mark": "gold"}, [False, True, False]),
        ({"mark": "flagged"}, [True, False, False]),
        ({"mark": "skipped"}, [False, False, True]),
        ({"mark": "gold", "progress": "all"}, [False, False, False]),
    ],
)
def test_the_list_is_filtered(reviewer, annotator, member, project, tasks, address, query, expected):
    judge(annotator, project, flags=["unsafe"])
    Gold.objects.create(task=tasks[1], project=project, answer={"preferred": None})
    other = member("annotator", "other@home.example")
    Task.objects.filter(pk__in=[tasks[0].pk, tasks[1].pk]).update(status="paused")
    offer = offers.take(scope=other.scope, project=project.pk, holding=[])
    leases.skip(scope=other.scope, assignment=offer.assignment, reason="unclear")
    Task.objects.update(status="open")
    Task.objects.filter(pk=tasks[2].pk).update(status="paused")
    assert shown(page(reviewer, f"{address}tasks/", **query), tasks) == expected


def test_a_task_is_found_by_its_id_and_by_its_prompts(reviewer, tasks, address):
    for words in (tasks[1].pk, tasks[1].prompt_id):
        assert shown(page(reviewer, f"{address}tasks/", words=words), tasks) == [False, True, False]


def test_a_filter_that_makes_no_sense_says_so(reviewer, tasks, address):
    html = page(reviewer, f"{address}tasks/", kind="poetry", cursor="nonsense")
    assert "poetry is not one of the available choices" in html


def test_a_long_list_is_paged_with_its_filters(reviewer, add_task, address):
    made = [add_task(f"p{number}") for number in range(30)]
    html = page(reviewer, f"{address}tasks/", kind="pairwise")
    assert shown(html, made) == [True] * 25 + [False] * 5
    link = html.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert link.startswith("?kind=pairwise&cursor=")
    assert shown(page(reviewer, f"{address}tasks/{link}"), made) == [False] * 25 + [True] * 5


def test_the_page_of_a_task_tells_everything_about_it(reviewer, annotator, project, tasks, address):
    said = judge(annotator, project, reason="It is <i>kinder</i>.", flags=["unsafe"])
    annotator.api.patch(f"/api/v1/judgments/{said.id}/", {"answer": {"preferred": None}, "duration_ms": 4_200})
    html = page(reviewer, f"{address}tasks/{tasks[0].pk}/")
    pseudonym = Judgment.objects.get().assignment.annotator.pseudonym
    for words in ("How long is a day?", "answer 0", pseudonym, "Equally good", "2 versions", "4.2 seconds"):
        assert words in html
    assert annotator.person.email not in html


def test_what_people_wrote_is_text(reviewer, annotator, project, tasks, address):
    judge(annotator, project, reason="<script>alert(1)</script>")
    html = page(reviewer, f"{address}tasks/{tasks[0].pk}/")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_a_reviewer_reads_and_changes_nothing(reviewer, tasks, address):
    html = page(reviewer, f"{address}tasks/{tasks[0].pk}/")
    assert "Say what is right" not in html
    for deed in ("change", "gold", "gold/remove", "takedown"):
        assert reviewer.browser.post(f"{address}tasks/{tasks[0].pk}/{deed}/", {}).status_code == 403


def test_an_annotator_sees_no_list_and_no_task(annotator, tasks, address):
    for path in ("tasks/", f"tasks/{tasks[0].pk}/", "judgments/"):
        assert annotator.browser.get(address + path).status_code == 403


def test_a_stranger_finds_nothing(stranger, tasks, address):
    for path in ("tasks/", f"tasks/{tasks[0].pk}/", "judgments/"):
        assert stranger.browser.get(address + path).status_code == 404


def test_a_task_of_another_project_is_not_here(researcher, tasks, address):
    assert researcher.browser.get(f"{address}tasks/{uuid4()}/").status_code == 404
    assert researcher.browser.post(f"{address}tasks/{uuid4()}/change/", {}).status_code == 404


def test_priority_overlap_and_status_are_changed(researcher, tasks, address):
    path = f"{address}tasks/{tasks[0].pk}/change/"
    answer = researcher.browser.post(path, {"status": "paused", "overlap": "3", "priority": "2.5"})
    assert answer.status_code == 302
    tasks[0].refresh_from_db()
    assert (tasks[0].status, tasks[0].overlap, tasks[0].open_places, tasks[0].priority) == ("paused", 3, 3, 2.5)


@pytest.mark.parametrize(
    "given",
    [
        {"status": "asleep", "overlap": "1", "priority": "0"},
        {"status": "open", "overlap": "0", "priority": "0"},
        {"status": "open", "overlap": "1", "priority": "nan"},
        {"status": "open", "overlap": "1", "priority": "1e400"},
        {},
    ],
)
def test_a_change_that_makes_no_sense_is_refused(researcher, tasks, address, given):
    assert researcher.browser.post(f"{address}tasks/{tasks[0].pk}/change/", given).status_code == 422
    tasks[0].refresh_from_db()
    assert (tasks[0].status, tasks[0].overlap) == ("open", 1)


def known(member, address, task, **fields):
    return member.browser.post(f"{address}tasks/{task.pk}/gold/", {f"known-{k}": v for k, v in fields.items()})


def ids(task):
    return [str(place.response_id) for place in task.places.order_by("position")]


@pytest.mark.parametrize(
    ("kind", "count", "fields", "answer"),
    [
        ("pairwise", 2, {"preferred": "{1}"}, {"preferred": "{1}"}),
        ("pairwise", 2, {"preferred": "tie"}, {"preferred": None}),
        ("cardinal", 2, {"preferred": "{0}", "amount": "1.50"}, {"preferred": "{0}", "amount": "1.50"}),
        ("cardinal", 1, {"amount": "3"}, {"amount": "3"}),
        ("binary", 1, {"desirable": "no"}, {"desirable": False}),
        ("ranking", 3, {"place_{0}": "2", "place_{1}": "1", "place_{2}": "2"}, {"order": [["{1}"], ["{0}", "{2}"]]}),
        ("rating", 1, {"marks": "helpful: 4\nhonest:2"}, {"ratings": {"helpful": 4, "honest": 2}}),
    ],
)
def test_a_known_answer_is_set_shown_and_removed(researcher, add_task, address, kind, count, fields, answer):
    task = add_task("p", kind=kind, answers=count)

    def named(value):
        if isinstance(value, dict):
            return {named(key): named(part) for key, part in value.items()}
        if isinstance(value, list):
            return [named(part) for part in value]
        return value.format(*ids(task)) if isinstance(value, str) and "{" in value else value

    assert known(researcher, address, task, **named(fields)).status_code == 302
    assert Gold.objects.get().answer == named(answer)
    assert "Change it" in page(researcher, f"{address}tasks/{task.pk}/")
    assert known(researcher, address, task, **named(fields)).status_code == 302
    assert researcher.browser.post(f"{address}tasks/{task.pk}/gold/remove/").status_code == 302
    assert not Gold.objects.exists()


def test_the_form_of_marks_asks_for_the_aspects_of_the_project(researcher, add_task, project, address):
    project.guidelines.create(version=2, terms={"aspects": ["helpful", "honest"]})
    task = add_task("p", kind="rating", answers=1)
    said = {"explanation": "It answers the question.", "in_test": "on"}
    assert known(researcher, address, task, mark_0="5", mark_1="3", tolerance="1", **said).status_code == 302
    gold = Gold.objects.get()
    assert gold.answer == {"ratings": {"helpful": 5, "honest": 3}}
    assert (gold.tolerance, gold.explanation, gold.in_test) == (1, "It answers the question.", True)
    html = page(researcher, f"{address}tasks/{task.pk}/")
    assert '<option value="5" selected>' in html


@pytest.mark.parametrize(
    ("kind", "count", "fields", "said"),
    [
        ("pairwise", 2, {}, "required"),
        ("pairwise", 2, {"preferred": "somebody"}, "not one of"),
        ("cardinal", 1, {"amount": "1e400"}, "This is no amount"),
        ("cardinal", 2, {"preferred": "tie", "amount": "2"}, "the amount is 0"),
        ("rating", 1, {"marks": "helpful: nine"}, "whole number from 1 to 5"),
        ("rating", 1, {"marks": "nothing"}, "whole number from 1 to 5"),
        ("ranking", 2, {"place_x": "1"}, "required"),
    ],
)
def test_a_known_answer_that_makes_no_sense_is_refused(researcher, add_task, address, kind, count, fields, said):
    task = add_task("p", kind=kind, answers=count)
    answer = known(researcher, address, task, **fields)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Gold.objects.exists()


def test_a_takedown_says_what_it_reaches_before_it_happens(researcher, judged, freeze, address):  # noqa: F811
    judged("pairwise")
    freeze()
    task = Task.objects.first()
    path = f"{address}tasks/{task.pk}/takedown/"
    html = page(researcher, path)
    for words in ("1 task asks about it", "1 judgment about it stays", "1 frozen snapshot holds it", "one"):
        assert words in html
    assert researcher.browser.post(path, {"reason": "Private."}).status_code == 422  # not confirmed
    assert not Takedown.objects.exists()
    assert researcher.browser.post(path, {"reason": "Private.", "sure": "on"}).status_code == 302
    assert Takedown.objects.get().reason == "Private."
    assert "was taken down" in page(researcher, f"{address}tasks/{task.pk}/")


def test_judgments_are_listed_the_newest_first_under_pseudonyms(reviewer, annotator, project, tasks, address):
    for _time in range(3):
        judge(annotator, project)
    html = page(reviewer, f"{address}judgments/")
    order = [html.index(f"#judgment-{judgment.pk}") for judgment in Judgment.objects.order_by("-created_at", "-id")]
    assert order == sorted(order)
    assert annotator.person.email not in html


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 2),
        ({"kind": "pairwise"}, 2),
        ({"purpose": "gold"}, 0),
        ({"purpose": "label"}, 2),
        ({"annotator": "a-nobody"}, 0),
        ({"annotator": "mine"}, 2),
        ({"since": "tomorrow"}, 0),
        ({"until": "tomorrow"}, 2),
    ],
)
def test_judgments_are_filtered(reviewer, annotator, project, tasks, address, query, count):
    for _time in range(2):
        judge(annotator, project)
    moments = {
        "mine": Judgment.objects.first().assignment.annotator.pseudonym,
        "tomorrow": (now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"),
    }
    html = page(reviewer, f"{address}judgments/", **{name: moments.get(word, word) for name, word in query.items()})
    assert html.count("#judgment-") == count


def test_a_moment_that_is_none_is_refused_at_its_field(reviewer, tasks, address):
    assert "Enter a valid date/time" in page(reviewer, f"{address}judgments/", since="yesterday")


def test_the_pages_speak_the_language_of_the_person(researcher, annotator, judged, project, address):  # noqa: F811
    judged("pairwise", "cardinal", "binary", "ranking", "rating")
    judgment = Judgment.objects.first()
    task = judgment.assignment.task
    paths = ["tasks/", "tasks/?mark=gold", f"tasks/{task.pk}/", f"tasks/{task.pk}/takedown/", "judgments/"]
    paths += [f"tasks/{one.pk}/" for one in Task.objects.order_by("kind").distinct("kind")]
    names = {"Home", "Helpfulness", "Researcher", "researcher@home.example", "helpful", "honest", "USD"}
    with pseudo.language():
        for path in paths:
            assert pseudo.untranslated(page(researcher, address + path), names) == [], path
