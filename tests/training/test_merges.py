"""Runs that merge policies: asked for, refused, looked at along the path, kept, traced both ways, used as a policy."""

import io
import tarfile

import pytest

from jobs.models import Job
from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import backbone, learned, snapshot, wish
from tests.training.test_runs import LIST, Stopped, begin, stop_at
from training import places, prompts
from training.models import Checkpoint, Run

__all__ = ["backbone", "learned", "snapshot", "wish"]
FRESH = {"records": ["good day 1", "good day 2", "hello 1"]}


@pytest.fixture
def ends(asked, policy, workspace, models):
    """Two runs that are over: policies of one beginning, each with a checkpoint."""
    import shutil

    from tests.training.tiny import save_policy

    found = []
    for number, name in enumerate(("Helpful", "Brief")):
        run = Run.objects.create(
            workspace=workspace, name=name, policy=policy, algorithm="rloo", steps=4,
            prompts={"records": 2}, prompts_sha256=f"{number}" * 64, prompts_count=2,
        )  # fmt: skip
        folder = save_policy(places.checkpoint(run.pk, 4))
        if number:
            nudge(folder)
        Checkpoint.objects.create(run=run, step=4, sha256=f"{number}a" * 32, bytes=1, is_best=True)
        found.append(run)
    places.prompts("0" * 64).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(frozen_of(asked), places.prompts("0" * 64))
    return found


def frozen_of(asked):
    lines = prompts.chosen(prompts.of_records(asked["prompts"]["records"]))
    path = places.prompts("9" * 64)
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


def nudge(folder):
    from safetensors.torch import load_file, save_file

    path = folder / "model.safetensors"
    save_file({name: one * 1.2 for name, one in load_file(path).items()}, path, metadata={"format": "pt"})


@pytest.fixture
def merge(ends):
    """What a person sends to merge the two."""
    settings = {"points": 3, "prompts": 2, "samples": 2, "max_new_tokens": 6, "max_prompt": 24}
    sources = [{"policy": f"run:{ends[0].pk}", "weight": 3.0}, {"policy": f"run:{ends[1].pk}@4", "weight": 1.0}]
    return {"name": "Both", "algorithm": "soup", "sources": sources, "settings": settings, "seed": 2}


@pytest.fixture
def looked(merge, learned):
    RewardModel.objects.filter(pk=learned.pk).update(standing="approved")
    return {**merge, "prompts": FRESH, "components": [{"reward_model": str(learned.pk)}]}


def test_a_merge_is_looked_at_kept_exported_and_pushed_on_from(researcher, looked, ends, policy, finish_jobs, tmp_path):
    run = begin(researcher, looked)
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    shown = researcher.api.get(f"{LIST}{run.pk}/").json()
    assert (shown["ended"], shown["best_step"], shown["last_step"], shown["steps"]) == ("completed", 25, 100, None)
    assert [(one["run"], one["weight"]) for one in shown["sources"]] == [
        (str(ends[0].pk), 0.75),
        (str(ends[1].pk), 0.25),
    ]
    assert (shown["policy"], shown["prompts"]["count"]) == (policy, 2)  # “hello 1” was learned from
    measured = researcher.api.get(f"{LIST}{run.pk}/measurements/").json()["results"]
    assert {one["step"] for one in measured if one["name"] == "reward/courtesy"} == {0, 25, 50, 100}
    assert {"kl", "kl_error", "length", "reward_error/courtesy"} <= {one["name"] for one in measured}
    samples = researcher.api.get(f"{LIST}{run.pk}/samples/", {"step": 50}).json()["results"]
    assert {one["prompt"][0]["content"] for one in samples} == {"good day 1", "good day 2"}
    answer = researcher.api.get(f"{LIST}{run.pk}/export/")
    with tarfile.open(fileobj=io.BytesIO(b"".join(answer.streaming_content))) as archive:
        card = archive.extractfile("both-25/README.md").read().decode()
    assert f"run:{ends[0].pk}@4 (Helpful)" in card
    assert "base_model_relation: merge" in card
    (made,) = researcher.api.get(f"{LIST}{ends[1].pk}/").json()["made_from"]
    assert made == {"run": str(run.pk), "name": "Both", "algorithm": "soup"}
    page = researcher.browser.get(f"/w/home/runs/{ends[1].pk}/").content.decode()
    assert "What was made from it" in page
    page = researcher.browser.get(f"/w/home/runs/{run.pk}/").content.decode()
    for words in (
        "Helpful",
        "Share of the last policy, in percent",
        "50 % of the last policy",
        "two standard errors",
        "Merge it at 25 %",
    ):
        assert words in page
    assert "mean of the step" not in page  # a merge takes none


def test_a_merge_without_prompts_only_merges_and_is_a_policy_like_any_other(researcher, merge, asked, finish_jobs):
    run = begin(researcher, merge)
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    assert [one.step for one in run.checkpoints.all()] == [25]
    second = {**merge, "sources": [{"policy": f"run:{run.pk}", "weight": 1}, merge["sources"][1]]}
    found = begin(researcher, second)
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    assert found.policy == asked["policy"]
    assert found.sources.first().policy == f"run:{run.pk}@25"


def test_a_killed_merge_ends_with_the_policy_of_one_that_was_not(researcher, looked, finish_jobs, monkeypatch):
    looked["settings"]["keep"] = "path"
    whole = begin(researcher, looked)
    finish_jobs()
    killed = begin(researcher, looked)
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        stop_at(patch, 50, Stopped())
        finish_jobs()
    Job.objects.filter(pk=killed.job_id).update(state="queued")
    finish_jobs()
    assert [one.step for one in killed.checkpoints.all()] == [25, 50]
    for step in (25, 50):
        one, other = (places.checkpoint(run.pk, step) / "model.safetensors" for run in (whole, killed))
        assert one.read_bytes() == other.read_bytes()
    told = [
        [(row.step, row.name, row.value) for row in run.job.measurements.order_by("step", "name")]
        for run in (Run.objects.get(pk=whole.pk), Run.objects.get(pk=killed.pk))
    ]
    assert told[0] == told[1]


def replaced(merge, place, **changes):
    return {"sources": [{**one, **(changes if at == place else {})} for at, one in enumerate(merge["sources"])]}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        (lambda merge: {"sources": merge["sources"][:1]}, "sources"),
        (lambda merge: replaced(merge, 1, weight=-1.0), "sources.1.weight"),
        (lambda merge: {"sources": [{**one, "weight": 0.0} for one in merge["sources"]]}, "sources.0.weight"),
        (lambda merge: replaced(merge, 1, policy=merge["sources"][0]["policy"]), "sources.1.policy"),
        (lambda merge: replaced(merge, 1, policy="run:seven"), "sources.1.policy"),
        (lambda merge: replaced(merge, 1, policy=f"{merge['sources'][0]['policy']}@3"), "sources.1.policy"),
        (lambda merge: replaced(merge, 1, policy="builtin:textworld"), "sources.1.policy"),
        (lambda merge: {"policy": "builtin:textworld"}, "policy"),
        (lambda merge: {"steps": 3}, "steps"),
        (lambda merge: {"kl": {"role": "penalty"}}, "kl"),
        (lambda merge: {"settings": {"points": 1}}, "settings.points"),
        (lambda merge: {"prompts": {"records": ["hello 1", "hello 2"]}}, "prompts"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_at_its_field(researcher, merge, changes, field):
    before = Run.objects.count()
    answer = researcher.api.post(LIST, {**merge, **changes(merge)})
    assert answer.status_code == 422, answer.json()
    assert answer.json()["errors"][0]["field"] == field
    assert Run.objects.count() == before


def test_rewards_are_asked_without_weight_and_only_with_prompts(researcher, merge, asked):
    part = {"reward_model": asked["components"][0]["reward_model"]}
    looked = {**merge, "prompts": FRESH, "components": [part]}
    answer = researcher.api.post(LIST, {**looked, "components": [{**part, "weight": 1.0}]})
    assert answer.json()["errors"][0]["field"] == "components.0.weight"
    answer = researcher.api.post(LIST, {name: value for name, value in looked.items() if name != "prompts"})
    assert answer.json()["errors"][0]["field"] == "prompts"
    answer = researcher.api.post(LIST, {**asked, "sources": looked["sources"]})
    assert answer.json()["errors"][0]["field"] == "sources"
    answer = researcher.api.post(LIST, {name: value for name, value in asked.items() if name != "policy"})
    assert answer.json()["errors"][0]["field"] == "policy"


def test_the_form_begins_a_merge_and_says_at_its_row_what_is_wrong(researcher, merge, ends, reward):
    model = reward()
    page = researcher.browser.get(f"/w/home/runs/new/?algorithm=soup&source-0-policy=run:{ends[0].pk}@4")
    sheet = page.context["sheet"]
    assert sheet.is_merge
    assert sheet.sources[0].form["policy"].value() == f"run:{ends[0].pk}@4"
    assert "Helpful, step 4" in page.content.decode()
    settings = {one.html_name: one.value() for one in sheet.settings}
    given = {"name": "Both", "algorithm": "soup", "policy": "builtin:textworld", "prompts": "", "seed": "0", **settings}
    given |= {"source-0-policy": f"run:{ends[0].pk}@4", "source-0-weight": "1"}
    page = researcher.browser.post("/w/home/runs/new/", {**given, "source-1-weight": "1"})
    assert page.context["sheet"].sources[1].form.errors["policy"]
    given |= {"source-3-policy": "builtin:textworld", "source-3-weight": "1"}
    page = researcher.browser.post("/w/home/runs/new/", given)
    assert page.context["sheet"].sources[3].form.errors["policy"]
    given |= {"source-3-policy": f"run:{ends[1].pk}@4", "prompts": "records", "records": "good day\ngood night"}
    answer = researcher.browser.post("/w/home/runs/new/", {**given, f"part-{model.pk}-use": "on"})
    run = Run.objects.get(algorithm="soup")
    assert (answer.status_code, answer["Location"]) == (302, f"/w/home/runs/{run.pk}/")
    assert [one.weight for one in run.sources.all()] == [0.5, 0.5]
    assert run.components.get().weight is None
    again = researcher.browser.get(f"/w/home/runs/new/?like={run.pk}").context["sheet"]
    assert [row.form["weight"].value() for row in again.sources[:2]] == ["0.5", "0.5"]
