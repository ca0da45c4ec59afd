"""Best-of-n as a run: asked for, refused, measured over n, set beside trained policies, compared, exported, resumed."""

import json

import pytest

from jobs.models import Job
from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import backbone, learned, snapshot, wish
from tests.training.test_estimates import LIST as ESTIMATES
from tests.training.test_runs import LIST, Stopped, begin
from tests.training.tiny import save_policy
from training import places
from training.models import Checkpoint, Run

__all__ = ["backbone", "learned", "snapshot", "wish"]
HOME = "/w/home/runs/"


@pytest.fixture
def model(reward):
    """One without weights, where nothing is to be scored."""
    return reward()


@pytest.fixture
def choice(policy, model):
    """What a person sends."""
    return {
        "name": "Before training",
        "policy": policy,
        "algorithm": "best_of_n",
        "prompts": {"records": [f"hello {number}" for number in range(13)]},
        "components": [{"reward_model": str(model.pk), "weight": 1.0}],
        "settings": {"prompts": 11, "answers": 4, "beside": 2, "max_new_tokens": 6, "max_prompt": 24},
        "seed": 1,
    }


@pytest.fixture
def scored(choice, learned):
    """The same with a reward model that was really learned."""
    RewardModel.objects.filter(pk=learned.pk).update(standing="approved")
    return {**choice, "components": [{"reward_model": str(learned.pk), "weight": 1.0}]}


@pytest.fixture
def trained(policy, workspace):
    """A run that is over: its policy began as the other one, and learned from one of the prompts."""
    run = Run.objects.create(
        workspace=workspace, name="Pushed", policy=policy, algorithm="rloo", steps=4, prompts={"records": 2},
        prompts_sha256="0" * 64, prompts_count=2,
    )  # fmt: skip
    save_policy(places.checkpoint(run.pk, 4))
    Checkpoint.objects.create(run=run, step=4, sha256="a" * 64, bytes=1, is_best=True)
    place = places.prompts("0" * 64)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(b'[{"content":"hello 3","role":"user"}]\n')
    return run


def test_best_of_n_is_measured_set_beside_shown_and_exported(researcher, scored, trained, finish_jobs):
    run = begin(researcher, scored, sources=[{"policy": f"run:{trained.pk}"}])
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    shown = researcher.api.get(f"{LIST}{run.pk}/").json()
    assert (shown["ended"], shown["steps"], shown["last_step"], shown["best_step"]) == ("completed", None, 4, None)
    assert shown["prompts"]["count"] == 12  # “hello 3” was learned from
    assert [(one["policy"], one["weight"]) for one in shown["sources"]] == [(f"run:{trained.pk}@4", None)]
    told = shown["details"]["chosen"]
    assert (told["curves"]["ns"], told["prompts"], told["answers"]) == ([1, 2, 4], 11, 4)
    means = told["curves"]["of"]["reward/courtesy"]["mean"]
    assert means == sorted(means)
    assert told["beside"][0]["of"]["kl"]["mean"] == pytest.approx(0, abs=1e-5)  # the very same weights
    measured = researcher.api.get(f"{LIST}{run.pk}/measurements/").json()["results"]
    assert {one["step"] for one in measured if one["name"] == "reward_low/courtesy"} == {1, 2, 4}
    assert researcher.api.get(f"{LIST}{run.pk}/samples/", {"step": 2}).json()["results"]
    answer = researcher.api.get(f"{LIST}{run.pk}/answers/")
    rows = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]
    assert (answer["ETag"], len(rows), {len(row["answers"]) for row in rows}) == (f'"{run_of(run).sha256}"', 11, {4})
    best = [max(one["rewards"]["courtesy"] for one in row["answers"]) for row in rows]
    assert means[-1] == pytest.approx(sum(best) / 11)
    assert {"text", "tokens", "is_cut", "chosen_by"} <= set(rows[0]["answers"][0])
    assert not places.checkpoint(run.pk, 4).exists()
    page = researcher.browser.get(f"{HOME}{run.pk}/").content.decode()
    for words in (
        "What choosing brings",
        "Pushed",
        "The best of 4",
        "How far “Pushed” is ahead",
        "Download the answers",
    ):
        assert words in page
    assert researcher.browser.get(f"{HOME}{run.pk}/download/")["Content-Type"] == "application/x-ndjson"
    assert [one["run"] for one in researcher.api.get(f"{LIST}{trained.pk}/").json()["made_from"]] == [str(run.pk)]
    assert researcher.browser.get(f"{HOME}{run.pk}/lineage/").status_code == 200


def run_of(run):
    return Run.objects.get(pk=run.pk)


def test_it_lies_beside_a_run_that_learned_on_the_comparison_page(researcher, scored, trained, finish_jobs):
    chosen = begin(researcher, scored)
    settings = {"prompts": 2, "samples": 2, "max_new_tokens": 6, "max_prompt": 24}
    pushed = begin(
        researcher, {**scored, "name": "Pushed on", "algorithm": "rloo", "steps": 2, "settings": settings}
    )  # fmt: skip
    assert {job.state for job in finish_jobs()} == {Job.State.SUCCEEDED}
    page = researcher.browser.get(f"{HOME}compare/", {"run": [str(chosen.pk), str(pushed.pk)]})
    beside = page.context["beside"]
    assert [row["said"] for row in beside["rows"] if "Before" in row["name"]] == ["Best of 1", "Best of 2", "Best of 4"]
    (other,) = [row for row in beside["rows"] if "Pushed" in row["name"]]
    assert other["cells"][0]["mean"] is not None
    assert other["kl"] is not None
    assert not beside["are_other_prompts"]
    (chart,) = [one for one in page.context["charts"] if str(one.title) == "Courtesy, in logit"]
    assert chart.x == [1, 2]
    assert any("Best of 4" in str(series.label) for series in chart.series)
    for words in ("Training beside choosing", "√KL to the policy that answers", "What each came to"):
        assert words in page.content.decode()
    alone = researcher.browser.get(f"{HOME}compare/", {"run": [str(trained.pk), str(pushed.pk)]})
    assert alone.context["beside"] is None


def test_a_killed_run_goes_on_and_ends_with_the_answers_of_one_that_was_not(
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
    assert run_of(killed).details == {}
    Job.objects.filter(pk=killed.job_id).update(state="queued")
    finish_jobs()
    assert places.answers(whole.pk).read_bytes() == places.answers(killed.pk).read_bytes()
    assert run_of(whole).details == run_of(killed).details


def test_answers_are_there_once_the_run_is_over_and_only_of_best_of_n(researcher, choice, trained):
    waiting = begin(researcher, choice)
    for run, said in ((waiting, "not over"), (trained, "Only best-of-n")):
        answer = researcher.api.get(f"{LIST}{run.pk}/answers/")
        assert (answer.status_code, said in answer.json()["detail"]) == (409, True)
    answer = researcher.api.post(LIST, {**choice, "policy": f"run:{waiting.pk}"})
    assert "keeps no policy" in str(answer.json())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kl": {"role": "penalty"}}, "kl"),
        ({"steps": 3}, "steps"),
        ({"prompts": None}, "prompts"),
        ({"prompts": {"records": ["one", "two"]}}, "prompts"),
        ({"components": []}, "components"),
        ({"settings": {"answers": 1}}, "settings.answers"),
        ({"settings": {"answers": 4, "ns": [5]}}, "settings.ns"),
        ({"sources": [{"policy": "builtin:textworld"}]}, "sources.0.policy"),
        ({"sources": [{"policy": "/nowhere", "weight": 1.0}]}, "sources.0.weight"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(researcher, choice, changes, field):
    answer = researcher.api.post(LIST, {**choice, **changes})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"weight": None}, "components"),
        ({"bounds": [{"role": "at_least", "threshold": 1.0}]}, "components.0.bounds.0.role"),
        ({"target": 1.0}, "components.0.target"),
    ],
)
def test_a_part_that_chooses_nothing_is_refused_at_its_field(researcher, choice, part, field):
    answer = researcher.api.post(LIST, {**choice, "components": [{**choice["components"][0], **part}]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


def test_only_best_of_n_and_merges_name_other_policies(researcher, asked, trained):
    answer = researcher.api.post(LIST, {**asked, "sources": [{"policy": f"run:{trained.pk}"}]})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "sources")


def test_the_form_begins_it_and_fills_itself_in_again(researcher, choice, trained, reward):
    gold = reward("Gold")
    part = f"part-{choice['components'][0]['reward_model']}"
    page = researcher.browser.get(f"{HOME}new/?algorithm=best_of_n")
    assert "The sum of rewards by their weights chooses" in page.content.decode()
    settings = {one.html_name: "" if one.value() is None else one.value() for one in page.context["sheet"].settings}
    given = {name: value for name, value in settings.items() if value is not False}
    given |= {"name": "Before", "policy": choice["policy"], "algorithm": "best_of_n", "seed": "0"}
    given |= {"prompts": "records", "records": "\n".join(choice["prompts"]["records"]), f"{part}-weight": "1"}
    given |= {f"{part}-at_most": "3", f"part-{gold.pk}-use": "on", "settings-ns": "2\n8\n"}  # a bound that is not seen
    given |= {"source-0-policy": f"run:{trained.pk}@4"}
    answer = researcher.browser.post(f"{HOME}new/", given)
    run = Run.objects.get(algorithm="best_of_n")
    assert (answer.status_code, answer["Location"]) == (302, f"{HOME}{run.pk}/")
    assert [(one.weight, one.bounds.count()) for one in run.components.all()] == [(None, 0), (1.0, 0)]
    assert run.settings["ns"] == [2, 8]
    assert run.sources.get().source == trained
    again = researcher.browser.get(f"{HOME}new/?like={run.pk}").context["sheet"]
    assert next(row.form["policy"].value() for row in again.sources) == f"run:{trained.pk}@4"
    assert again.settings["ns"].value() == "2\n8"


def test_time_and_memory_are_told_before_it_is_begun(researcher, scored, finish_jobs):
    answer = researcher.api.post(ESTIMATES, scored)
    assert answer.status_code == 202, answer.json()
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    assert set(job.result["phases"]) == {"sample", "score"}
    assert job.result["steps"] == 2  # 11 prompts, 8 at once
    part = scored["components"][0]["reward_model"]
    filled = {"policy": scored["policy"], "algorithm": "best_of_n", "part": "rest", f"part-{part}-weight": "1"}
    page = researcher.browser.get(f"{HOME}new/", filled, headers={"HX-Request": "true"}).content.decode()
    assert "times" in page
    assert "Estimated" in page
