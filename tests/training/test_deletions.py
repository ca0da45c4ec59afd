"""Deleting: what depends on a thing is said, for thirty days nothing is lost, and then it goes with its files."""

from datetime import timedelta

import pytest
from django.utils.timezone import now

from accounts.deletion import kinds, purging
from audit.models import Entry
from rewardmodels import places as weights
from rewardmodels.models import RewardModel
from tests.samples import World
from tests.samples import training as samples
from training import places
from training.models import Campaign, Run, RunComponent, Study

pytestmark = pytest.mark.django_db(transaction=True)
GONE = "/w/home/deleted/"
API = {
    "snapshot": "/api/v1/snapshots/",
    "reward_model": "/api/v1/reward-models/",
    "run": "/api/v1/runs/",
    "study": "/api/v1/studies/",
    "campaign": "/api/v1/campaigns/",
}


@pytest.fixture
def world(workspace, researcher, stranger):
    return World(workspace, {"researcher": researcher, "admin": researcher}, stranger)


@pytest.fixture
def run(world, researcher):
    """One with a checkpoint, a sample and a folder; its reward model has a folder too."""
    made = Run.objects.get(pk=samples.run(world, researcher))
    for folder in (places.folder_of(made.pk), weights.folder_of(reward_of(made).pk)):
        folder.mkdir(parents=True)
        (folder / "weights").write_bytes(b"w")
    return made


@pytest.fixture
def made(world, researcher, run, request):
    """One thing of the kind."""
    found = {
        "snapshot": lambda: reward_of(run).snapshot_id,
        "reward_model": lambda: reward_of(run).pk,
        "run": lambda: run.pk,
        "study": lambda: samples.study(world, researcher),
        "campaign": lambda: samples.campaign(world, researcher),
    }
    return request.param, found[request.param]()


def reward_of(run):
    return RewardModel.objects.get(parts__run=run)


def age(*things):
    """Deleted so long ago that they can be brought back no more."""
    for thing in things:
        type(thing).objects.filter(pk=thing.pk).update(deleted_at=now() - timedelta(days=31))


each = pytest.mark.parametrize("made", sorted(API), indirect=True)


@each
def test_a_program_deletes_a_thing_and_brings_it_back(researcher, made):
    kind, pk = made
    address = f"{API[kind]}{pk}/"
    assert researcher.api.delete(address).status_code == 204
    assert researcher.api.get(address).status_code == 404
    assert researcher.api.delete(address).status_code == 404
    for _twice in range(2):
        assert researcher.api.post(f"{address}restore/").json()["id"] == str(pk)
    assert researcher.api.get(address).status_code == 200
    told = Entry.objects.filter(object_id=str(pk)).order_by("pk").values_list("action", flat=True)
    assert list(told) == [f"{kind}.deleted", f"{kind}.restored"]


@each
def test_a_person_is_asked_deletes_it_and_finds_it_among_what_was_deleted(researcher, made):
    kind, pk = made
    url = kinds.find(kind).url("home", pk)
    page = researcher.browser.get(f"{GONE}{kind}/{pk}/").content.decode()
    assert "30 days" in page
    assert researcher.browser.post(f"{GONE}{kind}/{pk}/").status_code == 302
    assert researcher.browser.get(url).status_code == 404
    assert f"{GONE}{kind}/{pk}/restore/" in researcher.browser.get(GONE).content.decode()
    assert researcher.browser.post(f"{GONE}{kind}/{pk}/restore/")["Location"] == url
    assert researcher.browser.get(url).status_code == 200


@each
def test_thirty_one_days_are_too_late(researcher, made):
    kind, pk = made
    researcher.api.delete(f"{API[kind]}{pk}/")
    age(kinds.find(kind).rows().get(pk=pk))
    assert researcher.api.post(f"{API[kind]}{pk}/restore/").status_code == 404
    assert str(pk) not in researcher.browser.get(GONE).content.decode()


def test_the_page_names_the_run_that_a_reward_model_is_part_of(researcher, run):
    page = researcher.browser.get(f"{GONE}reward_model/{reward_of(run).pk}/").content.decode()
    assert "1 run<" in page
    assert f"/w/home/runs/{run.pk}/" in page
    assert "Nothing that stands was made from it" in researcher.browser.get(f"{GONE}run/{run.pk}/").content.decode()


def test_a_run_comes_back_with_its_samples_and_checkpoints(researcher, run):
    researcher.api.delete(f"{API['run']}{run.pk}/")
    researcher.api.post(f"{API['run']}{run.pk}/restore/")
    assert researcher.api.get(f"{API['run']}{run.pk}/checkpoints/").json()["results"][0]["step"] == 2
    assert run.samples.count() == 1
    assert places.folder_of(run.pk).exists()


def test_nothing_goes_before_thirty_days(researcher, run):
    researcher.api.delete(f"{API['run']}{run.pk}/")
    assert purging.overdue() == 0
    assert Run.objects.filter(pk=run.pk).exists()


def test_after_thirty_days_run_study_and_campaign_go_with_their_files(world, researcher, run):
    things = [
        run,
        Study.objects.get(pk=samples.study(world, researcher)),
        Campaign.objects.get(pk=samples.campaign(world, researcher)),
    ]
    age(*things)
    assert purging.overdue() == 3
    assert not any(type(thing).objects.filter(pk=thing.pk).exists() for thing in things)
    assert not places.folder_of(run.pk).exists()
    assert not RunComponent.objects.exists()
    assert Entry.objects.filter(action="run.purged", object_id=str(run.pk), workspace=world.workspace.pk).exists()


def test_a_model_that_a_standing_run_names_loses_its_weights_and_keeps_its_row(run):
    model = reward_of(run)
    age(model)
    assert purging.overdue() == 0
    assert not weights.folder_of(model.pk).exists()
    assert RewardModel.objects.filter(pk=model.pk).exists()


def test_what_was_made_goes_before_what_it_was_made_from(run):
    model, snapshot = reward_of(run), reward_of(run).snapshot
    age(snapshot, model, run)
    assert purging.overdue() == 3
    assert not type(snapshot).objects.filter(pk=snapshot.pk).exists()


def test_a_snapshot_whose_project_was_deleted_waits_for_it(researcher, run):
    snapshot = reward_of(run).snapshot
    researcher.api.delete(f"{API['snapshot']}{snapshot.pk}/")
    project = f"/api/v1/projects/{snapshot.project_id}/"
    researcher.api.delete(project)
    assert researcher.api.post(f"{API['snapshot']}{snapshot.pk}/restore/").status_code == 404
    researcher.api.post(f"{project}restore/")
    assert researcher.api.post(f"{API['snapshot']}{snapshot.pk}/restore/").status_code == 200


def test_deleting_a_snapshot_leads_back_to_the_snapshots_of_its_project(researcher, run):
    snapshot = reward_of(run).snapshot
    shelf = f"/w/home/projects/{snapshot.project_id}/snapshots/"
    assert shelf in researcher.browser.get(f"{GONE}snapshot/{snapshot.pk}/").content.decode().split("<h1>")[0]
    assert researcher.browser.post(f"{GONE}snapshot/{snapshot.pk}/")["Location"] == shelf


def test_nothing_new_is_learned_from_a_deleted_snapshot(researcher, run):
    snapshot = reward_of(run).snapshot
    researcher.api.delete(f"{API['snapshot']}{snapshot.pk}/")
    wish = {"name": "New", "snapshot": str(snapshot.pk), "kind": "bradley_terry", "backbone": "builtin:minilm"}
    answer = researcher.api.post(API["reward_model"], wish)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "snapshot"


def test_a_kind_that_nobody_knows_is_not_found(researcher, run):
    assert researcher.browser.get(f"{GONE}person/{run.pk}/").status_code == 404


@pytest.mark.parametrize("kind", ["snapshot", "project"])
def test_no_link_leads_to_a_snapshot_that_was_deleted(researcher, run, kind):
    model = reward_of(run)
    address = f"/snapshots/{model.snapshot_id}/"
    pages = [f"/w/home/reward-models/{model.pk}/", f"/w/home/reward-models/{model.pk}/judgments/"]
    assert all(address in researcher.browser.get(page).content.decode() for page in pages)
    if kind == "snapshot":
        researcher.api.delete(f"{API['snapshot']}{model.snapshot_id}/")
    else:
        researcher.api.delete(f"/api/v1/projects/{model.snapshot.project_id}/")
    for page in pages:
        said = researcher.browser.get(page).content.decode()
        assert address not in said
        assert "The snapshot was deleted" in said
