"""Policies are called as people know them, wherever one is shown."""

import re
from uuid import uuid4

from annotation import rooms
from tests import samples
from training import naming
from training.models import Run

TEXTWORLD = "builtin:textworld"


def of_sample(researcher, stranger):
    world = samples.World(researcher.membership.workspace, {"admin": researcher}, stranger)
    return Run.objects.get(pk=samples.training.run(world, researcher))


def test_a_policy_is_called_by_its_run_and_step_and_the_text_worlds_in_words(researcher, stranger, reward):
    run, model = of_sample(researcher, stranger), reward("Courtesy")
    nothing = f"run:{uuid4()}@3"
    names = [TEXTWORLD, f"run:{run.pk}@8", f"run:{run.pk}", f"model:{model.pk}", "/models/small", nothing, "run:x@1"]
    found = naming.of(run.workspace, names)
    assert [found[name] for name in names] == [
        "The text world’s own policy", "Sample, step 8", "Sample", "Courtesy", "/models/small", nothing, "run:x@1",
    ]  # fmt: skip


def test_a_run_of_another_workspace_gives_no_name(researcher, stranger):
    run = of_sample(researcher, stranger)
    name = f"run:{run.pk}@8"
    assert naming.one(stranger.membership.workspace, name) == name


def test_many_policies_cost_one_query(researcher, stranger, django_assert_num_queries):
    run = of_sample(researcher, stranger)
    workspace = run.workspace
    with django_assert_num_queries(1):
        naming.of(workspace, [f"run:{run.pk}@{step}" for step in range(20)])


def test_no_list_or_page_of_runs_says_a_programs_name(researcher, stranger):
    run = of_sample(researcher, stranger)
    Run.objects.filter(pk=run.pk).update(policy=TEXTWORLD)
    for room in ("runs/", f"runs/{run.pk}/", f"runs/{run.pk}/lineage/", f"jobs/{run.job_id}/"):
        address = f"/w/{run.workspace.slug}/{room}"
        page = re.sub("<[^>]*>", "", researcher.browser.get(address).content.decode())
        assert "The text world’s own policy" in page, address
        assert TEXTWORLD not in page, address


def test_a_snapshot_is_called_with_its_project_wherever_it_is_chosen_or_listed(reward):
    snapshot = reward().snapshot
    whole = f"{snapshot.project.name} · {snapshot.name}"
    assert (snapshot.full_name, rooms.names_of_snapshots([snapshot.pk])) == (whole, {snapshot.pk: whole})
