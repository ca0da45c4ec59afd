"""Runs in one shot: asked for, refused, foretold, learned, held against what came, resumed."""

import pytest

from jobs.models import Job
from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import backbone, learned, snapshot, wish
from tests.training.test_runs import LIST, Stopped, begin
from training import places
from training.models import Run

__all__ = ["backbone", "learned", "snapshot", "wish"]


@pytest.fixture
def model(reward):
    """One without weights, where nothing is to be scored."""
    return reward()


@pytest.fixture
def shot(policy, model):
    """What a person sends: one reward model, raised and held."""
    settings = {
        "mode": "full", "max_length": 48, "batch_size": 8, "learning_rate": 1e-3, "beta": 1.0,
        "prompts": 11, "answers": 4, "pairs": 2, "max_new_tokens": 6,
    }  # fmt: skip
    part = {"reward_model": str(model.pk), "weight": 1.0, "bounds": [{"role": "at_most", "threshold": 50.0}]}
    return {
        "name": "At once",
        "policy": policy,
        "algorithm": "mocan",
        "prompts": {"records": [f"hello {number}" for number in range(13)]},
        "components": [part],
        "settings": settings,
        "seed": 1,
    }


@pytest.fixture
def scored(shot, learned):
    """The same with a reward model that was really learned."""
    RewardModel.objects.filter(pk=learned.pk).update(standing="approved")
    return {**shot, "components": [{**shot["components"][0], "reward_model": str(learned.pk)}]}


def test_a_run_in_one_shot_foretells_learns_and_says_what_came(researcher, scored, finish_jobs):
    run = begin(researcher, scored)
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    shown = researcher.api.get(f"{LIST}{run.pk}/").json()
    told = shown["details"]["foretold"]
    assert (told["prompts"], told["answers"], told["are_fresh"]) == (11, 4, True)
    assert told["bounds"][0] | {"low": 0, "high": 0} == {
        "component": "courtesy", "role": "at_most", "threshold": 50.0, "multiplier": 0.0, "low": 0, "high": 0
    }  # fmt: skip
    assert told["components"]["courtesy"]["predicted"] >= told["components"]["courtesy"]["reference"]
    assert [one["n"] for one in told["best_of_n"]] == [1, 2, 4]
    assert {"reward/courtesy", "reward_error/courtesy", "kl"} <= set(told["realised"])
    assert (shown["ended"], shown["steps"]) == ("completed", None)
    is_short = told["realised"]["kl"] < told["kl"]["predicted"] / 2
    assert is_short == run.alarms.filter(name="hardly_learned").exists()
    assert places.checkpoint(run.pk, shown["last_step"]).is_dir()
    assert researcher.api.get(f"{LIST}{run.pk}/samples/").json()["results"]
    page = researcher.browser.get(f"/w/home/runs/{run.pk}/").content.decode()
    words_shown = ("What the dual says", "Foretold", "What came", "at most 50", "Best-of-n", "pool did not use")
    for words in words_shown:
        assert words in page
    again = researcher.browser.get(f"/w/home/runs/new/?like={run.pk}").context["sheet"]
    assert again.is_one_shot
    assert not again.takes_steps


def test_thresholds_may_count_from_the_reference(researcher, scored, finish_jobs):
    run = begin(researcher, {**scored, "settings": {**scored["settings"], "margins": True}})
    page = researcher.browser.get(f"/w/home/runs/{run.pk}/").content.decode()
    assert "at most 50 over the reference’s own mean" in page
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    shown = researcher.api.get(f"{LIST}{run.pk}/").json()
    told = shown["details"]["foretold"]
    (bound,) = told["bounds"]
    assert bound["margin"] == 50.0
    assert bound["threshold"] == pytest.approx(told["components"]["courtesy"]["reference"] + 50)
    assert shown["components"][0]["bounds"][0] | {"threshold": 50.0} == {
        "role": "at_most", "threshold": 50.0, "quantile": None, "state": "unknown"
    }  # fmt: skip
    assert "(+50 over the reference)" in researcher.browser.get(f"/w/home/runs/{run.pk}/").content.decode()


def test_thresholds_out_of_reach_end_the_run_with_a_sentence(researcher, scored, finish_jobs):
    scored["components"][0]["bounds"] = [{"role": "at_least", "threshold": 500.0}]
    begin(researcher, scored)
    (job,) = finish_jobs()
    assert job.state == Job.State.FAILED
    assert "No answers of the pool meet the thresholds together" in job.error


def test_a_killed_run_in_one_shot_ends_with_the_weights_of_one_that_was_not(
    researcher, scored, finish_jobs, monkeypatch
):
    from training.learning.oneshot import pools

    whole = begin(researcher, scored)
    finish_jobs()
    killed = begin(researcher, scored)
    with monkeypatch.context() as patch, pytest.raises(Stopped):
        write = pools.write

        def stop(path, fresh):
            write(path, fresh)
            raise Stopped

        patch.setattr(pools, "write", stop)
        finish_jobs()
    Job.objects.filter(pk=killed.job_id).update(state="queued")
    finish_jobs()
    step = Run.objects.get(pk=whole.pk).last_step
    one, other = (places.checkpoint(run.pk, step) / "model.safetensors" for run in (whole, killed))
    assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kl": {"role": "penalty"}}, "kl"),
        ({"steps": 3}, "steps"),
        ({"prompts": None}, "prompts"),
        ({"prompts": {"records": ["one", "two"]}}, "prompts"),
        ({"components": []}, "components"),
        ({"settings": {"answers": 1}}, "settings.answers"),
        ({"settings": {"max_length": 64, "max_new_tokens": 60}}, "settings.max_new_tokens"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(researcher, shot, changes, field):
    answer = researcher.api.post(LIST, {**shot, **changes})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"bounds": []}, "components"),
        ({"weight": None}, "components"),
        ({"bounds": [{"role": "equal", "threshold": 1.0}]}, "components.0.bounds.0.role"),
        ({"target": 1.0}, "components.0.target"),
    ],
)
def test_a_part_that_the_dual_cannot_take_is_refused_at_its_field(researcher, shot, part, field):
    answer = researcher.api.post(LIST, {**shot, "components": [{**shot["components"][0], **part}]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


def test_the_form_begins_a_run_in_one_shot(researcher, shot):
    part = f"part-{shot['components'][0]['reward_model']}"
    page = researcher.browser.get("/w/home/runs/new/?algorithm=mocan")
    settings = {one.html_name: "" if one.value() is None else one.value() for one in page.context["sheet"].settings}
    given = {name: value for name, value in settings.items() if value is not False}
    given |= {"name": "At once", "policy": shot["policy"], "algorithm": "mocan", "seed": "0"}
    given |= {"prompts": "builtin:textworld", f"{part}-weight": "1", f"{part}-at_most": "3"}
    answer = researcher.browser.post("/w/home/runs/new/", given)
    run = Run.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/w/home/runs/{run.pk}/")
    assert (run.kl, run.steps, run.components.get().bounds.get().threshold) == ({}, None, 3.0)
