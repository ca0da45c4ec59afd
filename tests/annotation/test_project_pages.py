"""The pages of projects: the list, a new one, its settings and its state, by role."""

import pytest

from accounts.models import Group
from annotation import projects, starts
from annotation.models import Guidelines, Project
from tests.web import pseudo

pytestmark = pytest.mark.django_db
HOME = "/w/home/projects/"
GONE = "/w/home/deleted/"


def of(project, tail=""):
    return f"{HOME}{project.pk}/{tail}"


def shown(answer):
    return answer.content.decode().replace("&#x27;", "'").replace("&quot;", '"')


def filled(browser, address):
    """The form as a browser would send it, untouched."""
    sheet = browser.get(address).context["sheet"]
    values = {}
    for form in (sheet.form, sheet.settings):
        for name in form.fields:
            bound = form[name]
            value = bound.value()
            if isinstance(value, bool):
                value = "on" if value else None
            elif hasattr(bound.field, "prepare_value"):
                value = bound.field.prepare_value(value)
            if value is not None:
                values[bound.html_name] = value
    return values


@pytest.fixture
def made(researcher):
    wish = projects.Wish(name="Helpfulness", kinds=["pairwise"], guidelines="Be fair.")
    return projects.create(scope=researcher.scope, wish=wish)


def test_an_empty_list_leads_to_a_new_project(researcher, reviewer):
    assert f'href="{HOME}new/"' in shown(researcher.browser.get(HOME))
    page = shown(reviewer.browser.get(HOME))
    assert "Researchers make them." in page
    assert f"{HOME}new/" not in page


@pytest.mark.parametrize("start", [start.name for start in starts.STARTS if start.kinds])
def test_every_beginning_is_a_whole_form_that_only_wants_a_name(researcher, start):
    address = f"{HOME}new/?start={start}"
    values = {**filled(researcher.browser, address), "name": "First", "status": "draft"}
    answer = researcher.browser.post(address, values)
    project = Project.objects.get()
    assert answer["Location"] == of(project)
    begun = starts.find(start)
    assert (project.status, project.kinds, project.overlap) == ("draft", list(begun.kinds), begun.overlap)
    assert Guidelines.objects.get().text == str(begun.guidelines)
    for name, value in begun.given().items():
        assert project.settings[name] == value


def test_a_project_can_be_open_from_the_start(researcher):
    address = f"{HOME}new/?start=better"
    researcher.browser.post(address, {**filled(researcher.browser, address), "name": "First", "status": "open"})
    assert Project.objects.get().status == "open"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "This field is required."),
        ({"kinds": []}, "This field is required."),
        ({"overlap": "0"}, "greater than or equal to 1"),
        ({"settings-amount_min": "50", "settings-amount_max": "20"}, "must be larger than the smallest"),
        ({"settings-prices": "2\n1"}, "must be higher than the one before"),
        ({"settings-prices": "two"}, "Enter a number"),
        ({"settings-aspects": "1 = nothing"}, "Write the name of an aspect above"),
        ({"settings-aspects": "tone\n 9 = nothing"}, "Anchors are for the numbers 1 to 5."),
        ({"settings-lease_seconds": "0"}, "greater than or equal to 1"),
        ({"groups": ["00000000-0000-4000-8000-000000000000"]}, "not one of the available choices"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_made(researcher, change, said):
    address = f"{HOME}new/?start=worth"
    answer = researcher.browser.post(address, {**filled(researcher.browser, address), "name": "First", **change})
    assert answer.status_code == 422
    assert said in shown(answer)
    assert "Not saved yet" in shown(answer)
    assert not Project.objects.exists()


def test_a_fieldset_with_a_fault_stands_open(researcher):
    address = f"{HOME}new/?start=better"
    values = {**filled(researcher.browser, address), "name": "First", "settings-lease_seconds": "0"}
    answer = researcher.browser.post(address, values)
    assert [one.name for one, is_open in answer.context["sheet"].fieldsets if is_open] == ["queue"]


def test_settings_show_what_the_project_has_and_change_it(researcher, made, workspace):
    group = Group.objects.create(workspace=workspace, name="Experts")
    values = filled(researcher.browser, of(made, "settings/"))
    assert values["name"] == "Helpfulness"
    values |= {"name": "Kindness", "overlap": "3", "groups": [str(group.pk)], "settings-gold_rate": "0.25"}
    assert researcher.browser.post(of(made, "settings/"), values)["Location"] == of(made, "settings/")
    made.refresh_from_db()
    assert (made.name, made.overlap, made.settings["gold_rate"]) == ("Kindness", 3, 0.25)
    assert list(made.groups.all()) == [group]
    assert made.guidelines.count() == 1


def test_saving_settings_untouched_changes_nothing(researcher, made):
    before = (made.settings, made.kinds, made.overlap, made.ordering, made.status)
    researcher.browser.post(of(made, "settings/"), filled(researcher.browser, of(made, "settings/")))
    made.refresh_from_db()
    assert (made.settings, made.kinds, made.overlap, made.ordering, made.status) == before
    assert made.guidelines.count() == 1


def test_a_kind_that_has_tasks_cannot_be_left_out(researcher, project, add_task):
    add_task("a")
    values = {**filled(researcher.browser, of(project, "settings/")), "kinds": ["binary"]}
    answer = researcher.browser.post(of(project, "settings/"), values)
    assert answer.status_code == 422
    assert answer.context["sheet"].form.errors["kinds"] == ["There are tasks of kind pairwise: it cannot be left out."]


def test_the_preview_shows_markdown_and_runs_nothing(researcher):
    answer = shown(researcher.browser.post(f"{HOME}preview/", {"guidelines": "**Read** <script>alert(1)</script>"}))
    assert "<strong>Read</strong>" in answer
    assert "<script" not in answer


def test_a_draft_is_opened_paused_and_closed_by_its_buttons(researcher, made):
    for status in ("paused", "closed", "open"):
        page = shown(researcher.browser.get(of(made)))
        assert f'value="{status}"' in page
        researcher.browser.post(of(made, "status/"), {"status": status})
        made.refresh_from_db()
        assert made.status == status


def test_an_unknown_state_is_refused(researcher, made):
    researcher.browser.post(of(made, "status/"), {"status": "lost"})
    made.refresh_from_db()
    assert made.status == "open"


def test_a_deleted_project_stands_among_what_was_deleted_and_comes_back(researcher, made):
    assert f"{GONE}project/{made.pk}/" in shown(researcher.browser.get(of(made, "settings/")))
    researcher.browser.post(f"{GONE}project/{made.pk}/")
    assert researcher.browser.get(of(made)).status_code == 404
    assert "Helpfulness" in shown(researcher.browser.get(GONE))
    assert researcher.browser.post(f"{GONE}project/{made.pk}/restore/")["Location"] == of(made)
    assert researcher.browser.get(of(made)).status_code == 200


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Helpfulness", "Safety"}),
        ("search=help", {"Helpfulness"}),
        ("status=draft", {"Safety"}),
        ("search=help&status=draft", set()),
        ("status=lost", set()),
    ],
)
def test_the_list_is_searched_and_filtered(researcher, made, query, names):
    projects.create(scope=researcher.scope, wish=projects.Wish(name="Safety", kinds=["binary"], status="draft"))
    page = researcher.browser.get(f"{HOME}?{query}")
    assert {row.project.name for row in page.context["table"].page} == names


@pytest.mark.parametrize("tail", ["settings/", "status/"])
def test_reviewers_read_and_change_nothing(reviewer, stranger, made, tail):
    assert reviewer.browser.post(of(made, tail), {}).status_code == 403
    assert stranger.browser.post(of(made, tail), {}).status_code == 404
    assert reviewer.browser.get(of(made)).status_code == 200
    assert reviewer.browser.get(f"{HOME}new/").status_code == 403


@pytest.mark.parametrize("start", [start.name for start in starts.STARTS])
def test_the_form_is_translated_whole(researcher, start):
    with pseudo.language():
        page = researcher.browser.get(f"{HOME}new/?start={start}").content.decode()
    names = {researcher.membership.workspace.name, researcher.person.email, researcher.person.name}
    assert pseudo.untranslated(page, names | {"USD"}) == []


@pytest.mark.parametrize(
    ("tail", "title"), [("", "Trip"), ("tasks/", "Tasks · Trip"), ("guidelines/edit/", "Guidelines · Trip")]
)
def test_the_tabs_of_a_browser_tell_the_pages_of_a_project_apart(researcher, project, tail, title):
    Project.objects.filter(pk=project.pk).update(name="Trip")
    assert f"<title>{title} · " in researcher.browser.get(f"/w/home/projects/{project.pk}/{tail}").content.decode()
