"""Runs in one shot without reward models: asked for, refused, foretold by aligned policies, learned, traced."""

import shutil

import pytest
from django.utils.timezone import now

from jobs.models import Job
from tests.rewardmodels.conftest import rows
from tests.training.test_runs import LIST, begin
from training import curves, places, readings
from training.models import Checkpoint, Run


@pytest.fixture
def aligned(workspace, policy, freeze, models):
    """`aligned("Helpful", 1.3, …)`: a run that is over, as if DPO had multiplied the policy's weights by so much."""
    from safetensors.torch import load_file, save_file

    snapshot = freeze(rows(20))

    def make(name, factor, **fields):
        given = {"policy": policy, "algorithm": "dpo", "snapshot": snapshot, "settings": {"beta": 1.0}, **fields}
        run = Run.objects.create(workspace=workspace, name=name, **given)
        folder = places.checkpoint(run.pk, 2)
        shutil.copytree(models / "policy", folder)
        weights = {key: one * factor for key, one in load_file(folder / "model.safetensors").items()}
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
        Checkpoint.objects.create(run=run, step=2, sha256=f"{len(name):02x}" * 32, bytes=1, is_best=True)
        over = {"ended_at": now(), "ending": "completed", "last_step": 2, "best_step": 2, "sha256": "a" * 64}
        Run.objects.filter(pk=run.pk).update(**over)
        return run

    return make


@pytest.fixture
def shot(aligned, policy):
    """What a person sends."""
    settings = {
        "mode": "full", "max_length": 48, "batch_size": 8, "learning_rate": 1e-3, "beta": 1.0,
        "prompts": 11, "answers": 4, "pairs": 2, "max_new_tokens": 6,
    }  # fmt: skip
    sources = [
        {"policy": f"run:{aligned('Helpful', 1.3).pk}"},
        {"policy": f"run:{aligned('Harmless', 0.7).pk}", "margin": 0.001},
    ]
    return {
        "name": "Without rewards",
        "policy": policy,
        "algorithm": "pecan",
        "prompts": {"records": [f"hello {number}" for number in range(13)]},
        "sources": sources,
        "settings": settings,
        "seed": 1,
    }


def test_aligned_policies_foretell_what_is_then_learned_and_stand_in_the_lineage(researcher, shot, finish_jobs):
    run = begin(researcher, shot)
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    shown = researcher.api.get(f"{LIST}{run.pk}/").json()
    told = shown["details"]["foretold"]
    (bound,) = told["bounds"]
    assert (bound["component"], bound["role"], bound["margin"]) == ("safety-1", "at_least", 0.001)
    assert bound["threshold"] == pytest.approx(told["components"]["safety-1"]["reference"] + 0.001)
    assert told["components"]["safety-1"]["predicted"] >= bound["threshold"] - 1e-6
    assert {"reward/helpful", "reward/safety-1", "kl"} <= set(told["realised"])
    assert [(one["run_name"], one["margin"]) for one in shown["sources"]] == [("Helpful", None), ("Harmless", 0.001)]
    card = (places.checkpoint(run.pk, shown["last_step"]) / "README.md").read_text()
    for words in ("(Helpful)", "(Harmless)", "source.2.margin", "0808"):
        assert words in card
    helpful = shot["sources"][0]["policy"].removeprefix("run:")
    assert [one["name"] for one in researcher.api.get(f"{LIST}{helpful}/").json()["made_from"]] == ["Without rewards"]
    page = researcher.browser.get(f"/w/home/runs/{run.pk}/").content.decode()
    for words in (
        "What the dual says",
        "Harmless",
        "The policies that were asked",
        "Margin over the reference",
        "(+0.001 over the reference)",
        "Best-of-n",
    ):
        assert words in page
    assert "Harmless <span" in page.replace("</span> <span", " <span")  # of a sample
    assert curves.called([run])["reward/safety-1"] == "Harmless, in logit"
    assert {name for name, _value in readings.of(run, "")["samples"][0]["rewards"]} == {"Helpful", "Harmless"}
    again = researcher.browser.get(f"/w/home/runs/new/?like={run.pk}").context["sheet"]
    assert [row.form["margin"].value() for row in again.sources[:2]] == [None, "0.001"]


def test_margins_out_of_reach_end_the_run_with_a_sentence(researcher, shot, finish_jobs):
    shot["sources"][1]["margin"] = 500.0
    begin(researcher, shot)
    (job,) = finish_jobs()
    assert job.state == Job.State.FAILED
    assert "No answers of the pool meet the thresholds together" in job.error


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kl": {"role": "penalty"}}, "kl"),
        ({"steps": 3}, "steps"),
        ({"prompts": None}, "prompts"),
        ({"prompts": {"records": ["one", "two"]}}, "prompts"),
        ({"sources": []}, "sources"),
        ({"settings": {"beta": 0.5}}, "settings.beta"),
        ({"settings": {"scale": "other", "beta": 1.0}}, "settings.scale"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(researcher, shot, changes, field):
    refused(researcher, {**shot, **changes}, field)


def refused(researcher, body, field, status=422, words=""):
    answer = researcher.api.post(LIST, body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)
    assert words in answer.json()["errors"][0]["message"]
    assert not Run.objects.filter(name=body["name"]).exists()


def replaced(shot, place, **changes):
    sources = [dict(one) for one in shot["sources"]]
    sources[place] |= changes
    return {**shot, "sources": sources}


def test_a_policy_that_one_shot_cannot_read_is_refused_at_its_place(researcher, shot, aligned, policy):
    field = "sources.1.policy"
    other = aligned("Elsewhere", 1.1, policy="builtin:textworld")
    refused(researcher, replaced(shot, 1, policy=f"run:{other.pk}"), field, words="aligned from builtin:textworld")
    kto = aligned("By yes or no", 1.1, algorithm="kto")
    refused(researcher, replaced(shot, 1, policy=f"run:{kto.pk}"), field, words="aligned by DPO")
    refused(researcher, replaced(shot, 1, policy=policy), field, words="aligned by DPO")
    loose = aligned("Looser", 1.1, settings={"beta": 0.1})
    refused(researcher, replaced(shot, 1, policy=f"run:{loose.pk}"), field, words="with β 0.1")
    for bending in ({"sft": 0.5}, {"label_smoothing": 0.1}):
        bent = aligned(f"Bent by {bending}", 1.1, settings={"beta": 1.0, **bending})
        refused(researcher, replaced(shot, 1, policy=f"run:{bent.pk}"), field, words="not those of its labels alone")
    refused(researcher, replaced(shot, 1, policy=shot["sources"][0]["policy"]), field, words="named already")
    going = aligned("Going on", 1.1)
    Run.objects.filter(pk=going.pk).update(ended_at=None, ending="", last_step=None, best_step=None, sha256="")
    refused(researcher, replaced(shot, 1, policy=f"run:{going.pk}"), field, 409, "“Going on” is not finished yet")
    going.checkpoints.all().delete()
    refused(researcher, replaced(shot, 1, policy=f"run:{going.pk}"), field, 409, "kept no checkpoint yet")


def test_margins_stand_where_something_is_held_and_nowhere_else(researcher, shot, policy):
    refused(researcher, replaced(shot, 0, margin=1.0), "sources.0.margin")
    refused(researcher, replaced(shot, 1, margin=None), "sources.1.margin")
    refused(researcher, replaced(shot, 1, weight=0.5), "sources.1.weight")
    merge = {"name": shot["name"], "algorithm": "soup", "sources": replaced(shot, 0, weight=1.0)["sources"]}
    refused(researcher, merge, "sources.1.margin")
    direct = {**shot, "algorithm": "mocan"}
    refused(researcher, direct, "sources", words="Only a merge, best-of-n and PeCAN")


def test_the_form_begins_it_and_says_refusals_at_the_row(researcher, shot):
    page = researcher.browser.get("/w/home/runs/new/?algorithm=pecan")
    settings = {one.html_name: "" if one.value() is None else one.value() for one in page.context["sheet"].settings}
    assert "The aligned policies" in page.content.decode()
    assert 'aria-labelledby="step-candidates" hidden' in page.content.decode()  # no reward model is asked
    given = {name: value for name, value in settings.items() if value is not False}
    given |= {"name": "Without rewards", "policy": shot["policy"], "algorithm": "pecan", "seed": "0"}
    given |= {"settings-beta": "1.0", "prompts": "builtin:textworld", "source-0-weight": "2"}
    given |= {f"source-{place}-policy": f"{one['policy']}@2" for place, one in enumerate(shot["sources"])}
    answer = researcher.browser.post("/w/home/runs/new/", given)
    assert answer.status_code == 422
    assert "Say how much more" in str(answer.context["sheet"].sources[1].form.errors["margin"])
    answer = researcher.browser.post("/w/home/runs/new/", {**given, "source-1-margin": "0.5"})
    run = Run.objects.get(name="Without rewards")
    assert (answer.status_code, answer["Location"]) == (302, f"/w/home/runs/{run.pk}/")
    assert list(run.sources.values_list("margin", "weight")) == [(None, None), (0.5, None)]
    assert (run.components.count(), run.prompts) == (0, "builtin:textworld")
