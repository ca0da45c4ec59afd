"""The pages of runs, as member, as too-low role and as stranger."""

import re

import pytest

from jobs.models import Job
from tests import samples
from tests.rewardmodels.conftest import rows
from training.models import Run
from training.sheets.parts import prefix_of

HOME = "/w/home/runs/"


@pytest.fixture
def model(reward):
    return reward()


@pytest.fixture
def filled(policy, model):
    """The form of a new run as a browser sends it."""
    settings = {"prompts": 2, "samples": 2, "max_new_tokens": 6, "max_prompt": 24, **defaults()}
    part = prefix_of(model.pk)
    return {
        "name": "Kinder",
        "policy": policy,
        "algorithm": "rloo",
        "prompts": "records",
        "records": "hello 1\nhello 2\n",
        f"{part}-use": "on",
        f"{part}-weight": "1",
        f"{part}-at_most": "2.5",
        "kl_role": "penalty",
        "kl_coefficient": "0.1",
        "steps": "3",
        "seed": "1",
        **{f"settings-{name}": value for name, value in settings.items()},
    }


def defaults():
    from training.learning.settings.online import Rloo

    given = Rloo()
    chosen = ("prompts", "samples", "max_new_tokens", "max_prompt")
    found = {name: getattr(given, name) for name in given.__dataclass_fields__ if name not in chosen}
    return {name: "" if value is None else value for name, value in found.items() if value is not False}


def of_sample(researcher, stranger):
    world = samples.World(researcher.membership.workspace, {"admin": researcher}, stranger)
    return Run.objects.get(pk=samples.training.run(world, researcher))


def test_an_empty_room_says_what_to_do(researcher):
    assert "No run yet" in researcher.browser.get(HOME).content.decode()
    assert "There is no trained reward model yet" in researcher.browser.get(f"{HOME}new/").content.decode()


def test_the_form_begins_a_run_and_leads_to_it(researcher, filled, model):
    page = researcher.browser.get(f"{HOME}new/").content.decode()
    for words in ("Samples a prompt", "Courtesy", "builtin:textworld", "Look at the reference"):
        assert words in page
    answer = researcher.browser.post(f"{HOME}new/", filled)
    run = Run.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{HOME}{run.pk}/")
    part = run.components.get()
    assert (part.reward_model, part.weight, part.bounds.get().threshold) == (model, 1.0, 2.5)
    assert run.kl == {"role": "penalty", "coefficient": 0.1}
    assert "Waiting for a worker" in researcher.browser.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"records": "only one"}, "at least two prompts"),
        ({"records": ""}, "at least two prompts"),
        ({"policy": "/etc"}, "outside MODEL_ROOTS"),
        ({"kl_role": "at_most", "kl_coefficient": "", "kl_target": ""}, "needs its target"),
        ({"settings-samples": "1"}, "at least 2 are needed"),
        ({"steps": ""}, "how many steps"),
        ({"name": ""}, "required"),
    ],
)
def test_what_makes_no_sense_is_said_in_the_form_and_nothing_is_begun(researcher, filled, changes, said):
    page = researcher.browser.post(f"{HOME}new/", {**filled, **changes})
    assert page.status_code == 422
    assert said in page.content.decode()
    assert not Run.objects.exists()


def test_the_job_of_a_run_says_in_words_what_it_was_asked_and_measured(researcher, stranger):
    run = of_sample(researcher, stranger)
    part = run.components.get()
    page = researcher.browser.get(f"/w/home/jobs/{run.job_id}/").content.decode()
    assert f'<a href="{HOME}{run.pk}/" dir="auto" translate="no">Sample</a>' in page
    assert f"/w/home/reward-models/{part.reward_model_id}/" in page
    assert "weight 1; at most 2" in page
    for said in ("Multipliers", "Sample at most", "KL to the reference, in nats a response", "Algorithm"):
        assert said in page
    assert ">multiplier<" not in page and "Sample/at_most" not in page


def test_the_job_of_a_look_at_a_reference_names_what_it_looked_at(researcher, asked, finished_look, model):
    job = finished_look(asked, [1.0, 2.0])
    page = researcher.browser.get(f"/w/home/jobs/{job.pk}/").content.decode()
    assert "<dt>Answers sampled</dt><dd>2</dd>" in page
    assert f"/w/home/reward-models/{asked['components'][0]['reward_model']}/" in page
    shown = page.partition("Its result, as programs read it")
    assert "&quot;mean_length&quot;" not in shown[0]


def test_the_form_calls_policies_and_choices_by_what_they_are(researcher, stranger, model):
    run = of_sample(researcher, stranger)
    for address in (f"{HOME}new/", f"{HOME}thresholds/search/", "/w/home/campaigns/new/"):
        page = researcher.browser.get(address).content.decode()
        assert f'<option value="run:{run.pk}@2" label="Sample, step 2"></option>' in page
    page = researcher.browser.get(f"{HOME}new/").content.decode()
    for value, said in (("lora", "small adapters on it (lora)"), ("masked", "left out of the step (masked)")):
        assert f'<option value="{value}">{said}</option>' in page
    assert "weights of the policy (full)" in page and "nothing but a head" not in page


def test_a_component_is_told_at_its_own_fields_what_is_wrong_with_it(researcher, filled, model):
    part = prefix_of(model.pk)
    page = researcher.browser.post(f"{HOME}new/", {**filled, f"{part}-at_least": "9"})
    assert "These bounds contradict" in str(page.context["sheet"].parts[0].form.errors)
    page = researcher.browser.post(f"{HOME}new/", {**filled, f"{part}-weight": "0"})
    assert "weight" in page.context["sheet"].parts[0].form.errors


def test_a_look_is_begun_from_the_form_and_shows_where_thresholds_lie(researcher, filled, model):
    fragment = researcher.browser.post(f"{HOME}look/", filled, headers={"HX-Request": "true"})
    look = Job.objects.get(kind="training.reference")
    assert f'value="{look.pk}"' in fragment.content.decode()
    values = [number / 100 for number in range(400)]
    look.result = {
        "samples": 400, "mean_length": 5, "truncated_percent": 25,
        "rewards": {str(model.pk): {"unit": "logit", "values": values}},
    }  # fmt: skip
    look.state, look.attempt = "succeeded", 1
    look.started_at = look.seen_at = look.finished_at = look.created_at
    look.save()
    asked = {**filled, "look": str(look.pk), "part": "look"}
    page = researcher.browser.get(f"{HOME}new/", asked, headers={"HX-Request": "true"}).content.decode()
    assert "63 % of reference samples are there by themselves; quantile 63 %" in page
    assert "25 % were cut off" in page


def test_a_look_takes_away_what_the_form_said_before(researcher, filled, model):
    nothing = {**filled, f"{prefix_of(model.pk)}-use": "", f"{prefix_of(model.pk)}-weight": ""}
    nothing[f"{prefix_of(model.pk)}-at_most"] = ""
    sent = researcher.browser.post(f"{HOME}new/", nothing)
    assert sent.status_code == 422
    components = sent.content.decode().partition('id="step-components"')[2].partition("</section>")[0]
    assert "A run needs at least one component." in components  # where it can be mended
    fragment = researcher.browser.post(f"{HOME}look/", filled, headers={"HX-Request": "true"}).content.decode()
    assert '<div id="form-said" hidden hx-swap-oob="true"></div>' in fragment
    polled = researcher.browser.post(f"{HOME}new/?part=look", filled, headers={"HX-Request": "true"}).content.decode()
    assert "form-said" not in polled


def test_a_look_without_a_reward_model_says_what_is_missing(researcher, filled, model):
    part = prefix_of(model.pk)
    empty = {name: value for name, value in filled.items() if not name.startswith(part)}
    page = researcher.browser.post(f"{HOME}look/", empty, headers={"HX-Request": "true"}).content.decode()
    assert "Name a reward model" in page


@pytest.mark.parametrize("address", ["new/?part=look", "new/?part=rest", "look/", "estimate/"])
def test_an_algorithm_whose_answer_was_overtaken_by_the_next_change_comes_with_that(researcher, filled, address):
    asked = {**filled, "algorithm": "dpo", "shown_for": "rloo", "filled_by": ""}
    answer = researcher.browser.post(f"{HOME}{address}", asked, headers={"HX-Request": "true"})
    assert (answer["HX-Retarget"], answer["HX-Reswap"]) == ("#aims", "outerHTML")
    assert answer.context["sheet"].is_direct
    assert 'id="settings"' in answer.content.decode()
    stands = {**asked, "shown_for": "dpo"}
    assert "HX-Retarget" not in researcher.browser.post(f"{HOME}{address}", stands, headers={"HX-Request": "true"})


@pytest.mark.parametrize("address", ["look/", "estimate/"])
def test_a_button_begins_nothing_in_a_form_that_does_not_stand_as_it_was_chosen(researcher, filled, address):
    asked = {**filled, "algorithm": "dpo", "shown_for": "rloo", "filled_by": ""}
    answer = researcher.browser.post(f"{HOME}{address}", asked, headers={"HX-Request": "true"})
    assert "press again" in answer["HX-Trigger"]
    assert not Job.objects.exists()


def test_a_papers_way_that_was_overtaken_by_the_next_change_fills_the_form_with_that_and_once(researcher, filled):
    asked = {**filled, "preset": "ppo_free", "filled_by": "", "shown_for": "rloo"}
    answer = researcher.browser.post(f"{HOME}new/?part=look", asked, headers={"HX-Request": "true"})
    sheet = answer.context["sheet"]
    assert sheet.wish["algorithm"].value() == "ppo"
    assert ("filled_by", "ppo_free") in sheet.kept
    stands = {**asked, "algorithm": "grpo", "shown_for": "grpo", "filled_by": "ppo_free"}
    after = researcher.browser.post(f"{HOME}new/?part=look", stands, headers={"HX-Request": "true"})
    assert after.context["sheet"].wish["algorithm"].value() == "grpo"


def test_another_algorithm_changes_the_form_and_loses_nothing_that_was_typed(researcher, filled, freeze):
    asked = {**filled, "algorithm": "dpo", "part": "algorithm"}
    page = researcher.browser.get(f"{HOME}new/", asked, headers={"HX-Request": "true"})
    sheet = page.context["sheet"]
    assert sheet.is_direct
    assert sheet.wish["records"].value() == filled["records"]
    assert ("settings-samples", "2") in sheet.kept
    snapshot = freeze(rows(10))
    sent = {"name": "Direct", "policy": filled["policy"], "algorithm": "dpo", "snapshot": str(snapshot.pk), "seed": "0"}
    settings = {
        bound.html_name: "" if bound.value() is None else bound.value()
        for bound in sheet.settings
        if bound.value() is not False
    }
    answer = researcher.browser.post(
        f"{HOME}new/", {**sent, **settings, "prompts": "builtin:textworld", "steps": "100"}
    )
    assert answer.status_code == 302, answer.context["sheet"].wish.errors
    assert Run.objects.get().snapshot == snapshot


def test_a_setting_of_the_same_name_is_carried_over_only_where_somebody_changed_it(researcher, filled):
    """Prompts are those of a step for RLOO, and the whole pool for one shot."""
    first = researcher.browser.get(f"{HOME}new/", {"algorithm": "rloo"}).context["sheet"]
    stood = {bound.html_name: bound.value() for bound in first.settings if bound.value() not in {None, False}}
    asked = {**dict(first.kept), **stood, "algorithm": "mocan", "part": "algorithm"}
    untouched = researcher.browser.get(f"{HOME}new/", asked, headers={"HX-Request": "true"}).context["sheet"]
    assert untouched.settings["prompts"].value() == 256
    by_way_of = researcher.browser.get(f"{HOME}new/", {**asked, "algorithm": "dpo"}, headers={"HX-Request": "true"})
    hidden = {**dict(by_way_of.context["sheet"].kept), "algorithm": "mocan", "part": "algorithm"}
    later = researcher.browser.get(f"{HOME}new/", hidden, headers={"HX-Request": "true"}).context["sheet"]
    assert later.settings["prompts"].value() == 256
    asked["settings-prompts"] = "99"
    changed = researcher.browser.get(f"{HOME}new/", asked, headers={"HX-Request": "true"}).context["sheet"]
    assert changed.settings["prompts"].value() == "99"


def test_a_run_like_another_begins_with_what_that_was_asked_with(researcher, filled, model):
    researcher.browser.post(f"{HOME}new/", filled)
    sheet = researcher.browser.get(f"{HOME}new/", {"like": str(Run.objects.get().pk)}).context["sheet"]
    assert (sheet.wish["policy"].value(), sheet.wish["kl_coefficient"].value()) == (filled["policy"], "0.1")
    assert sheet.settings["max_new_tokens"].value() == "6"
    assert sheet.parts[0].thresholds == [("at_most", 2.5)]


def test_the_page_shows_alarms_curves_samples_checkpoints_and_origin(researcher, stranger):
    run = of_sample(researcher, stranger)
    page = researcher.browser.get(f"{HOME}{run.pk}/").content.decode()
    for words in (
        "Step 1: Nearly every answer was cut off.",
        "No reference sample reaches 2",
        "Multipliers",
        "An empty answer.",
        "</span> nats",
        "Download step 2",
        "Push on from step 2",
        "Resume",
        "above 0 % of the reference’s samples",
        "Every judgment that it learned from",
    ):
        assert words in page
    chart = researcher.browser.get(f"{HOME}{run.pk}/chart/", {"panel": "reward/Sample"}).json()
    assert chart["threshold"] == {"label": "at most", "value": 2.0}
    assert chart["series"][0]["values"] == [0.0, 0.1, 0.2]


def test_an_alarm_from_before_the_first_step_names_no_step(researcher, stranger):
    run = of_sample(researcher, stranger)
    run.alarms.create(name="few_answers", step=0, text="Only few answers count.")
    page = researcher.browser.get(f"{HOME}{run.pk}/").content.decode()
    assert "Only few answers count." in page and "Step 0: Only" not in page


def test_runs_lie_over_each_other_by_what_they_share(researcher, stranger):
    runs = [of_sample(researcher, stranger) for _ in range(2)]
    page = researcher.browser.get(f"{HOME}compare/", {"run": [str(run.pk) for run in runs]})
    assert page.status_code == 200
    titles = [str(chart.title) for chart in page.context["charts"]]
    assert titles[0].startswith("Sample, in ")
    assert titles[1] == "KL to the reference, in nats a response"
    assert all(len(chart.series) == 2 for chart in page.context["charts"])
    assert researcher.browser.get(f"{HOME}compare/", {"run": [str(runs[0].pk)]}).status_code == 422
    assert researcher.browser.get(f"{HOME}compare/", {"asked": "1"}).status_code == 422  # a button never does nothing


def test_comparing_from_a_runs_own_page_begins_with_that_run_and_no_reproach(researcher, stranger):
    run, _other = (of_sample(researcher, stranger) for _ in range(2))
    asked = researcher.browser.get(f"{HOME}compare/", {"with": str(run.pk)})
    assert f'{HOME}compare/?with={run.pk}"' in researcher.browser.get(f"{HOME}{run.pk}/").content.decode()
    assert (asked.status_code, asked.context["form"].errors) == (200, {})
    assert re.findall(r'value="([^"]+)"[^>]* checked', asked.content.decode()) == [str(run.pk)]


@pytest.mark.parametrize(("search", "is_found"), [("ON", True), ("another", False)])
def test_runs_are_found_by_their_names(researcher, stranger, search, is_found):
    run = of_sample(researcher, stranger)
    Run.objects.filter(pk=run.pk).update(name="Second")
    assert (f"{HOME}{run.pk}/" in researcher.browser.get(HOME, {"search": search}).content.decode()) is is_found


def test_a_run_is_cancelled_resumed_and_deleted_by_its_buttons(researcher, filled):
    researcher.browser.post(f"{HOME}new/", filled)
    run = Run.objects.get()
    for deed, state in (("cancel", "cancelled"), ("retry", "queued")):
        researcher.browser.post(f"{HOME}{run.pk}/{deed}/")
        assert Job.objects.get(pk=run.job_id).state == state
    researcher.browser.post(f"/w/home/deleted/run/{run.pk}/")
    assert researcher.browser.get(f"{HOME}{run.pk}/").status_code == 404


def test_a_snapshot_names_the_runs_that_were_held_against_what_it_taught(researcher, filled, model):
    researcher.browser.post(f"{HOME}new/", filled)
    snapshot = model.snapshot
    page = researcher.browser.get(f"/w/home/projects/{snapshot.project_id}/snapshots/{snapshot.pk}/").content.decode()
    assert f"{HOME}{Run.objects.get().pk}/" in page


def test_a_form_that_is_longer_than_an_address_may_be_is_posted_for_its_parts(researcher, filled):
    page = researcher.browser.get(f"{HOME}new/").content.decode()
    parts = re.findall(r'hx-(get|post)="[^"]*\?part=(\w+)"', page)
    assert {"algorithm", "preset", "rest", "look"} <= {name for _verb, name in parts}
    assert {verb for verb, _name in parts} == {"post"}
    address = f"{HOME}new/?part=algorithm"
    answer = researcher.browser.post(address, {**filled, "algorithm": "dpo"}, headers={"HX-Request": "true"})
    assert answer.context["sheet"].is_direct
    assert answer.context["sheet"].wish["name"].value() == "Kinder"
    assert not Run.objects.exists()


def test_a_run_that_was_stopped_says_how_far_it_came(researcher, filled):
    researcher.browser.post(f"{HOME}new/", filled)
    run = Run.objects.get()
    researcher.browser.post(f"{HOME}{run.pk}/cancel/")
    assert "It came to step" not in researcher.browser.get(f"{HOME}{run.pk}/").content.decode()
    for step in (1, 2):
        run.job.measurements.create(attempt=1, step=step, name="objective", value=0.5)
    assert f"It came to step 2 of {run.steps}." in researcher.browser.get(f"{HOME}{run.pk}/").content.decode()
