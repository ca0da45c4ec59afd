"""Studies over the API and on their pages, as member, as too-low role and as stranger; bad input on purpose."""

import csv
import io
import json

import pytest
from django.db import IntegrityError, transaction

from audit.models import Entry
from jobs.models import Job
from tests import samples
from training.models import Study

LIST, HOME = "/api/v1/studies/", "/w/home/studies/"
WISH = {"kind": "ensembles", "tier": "smoke", "settings": {"seeds": 1, "noise": [0.25]}, "seed": 7}


def begin(member, **changes):
    answer = member.api.post(LIST, {**WISH, **changes})
    assert answer.status_code == 202, answer.json()
    return Study.objects.get(pk=answer.json()["id"])


def of_sample(researcher, stranger):
    world = samples.World(researcher.membership.workspace, {"admin": researcher}, stranger)
    return Study.objects.get(pk=samples.training.study(world, researcher))


def test_what_can_be_studied_is_listed_with_its_settings(annotator):
    found = {one["name"]: one for one in annotator.api.get("/api/v1/methods/").json()["studies"]}
    assert set(found) == {"over_optimisation", "ensembles", "constrained"}
    assert found["ensembles"]["schema"]["properties"]["members"]["default"] == 5
    assert found["over_optimisation"]["schema"]["properties"]["sizes"]["items"] == {"type": "integer"}


def test_a_study_is_accepted_with_its_job_and_what_it_will_take(researcher):
    answer = researcher.api.post(LIST, WISH)
    assert answer.status_code == 202, answer.json()
    assert answer.json()["job"]["queue"] == "cpu"
    shown = researcher.api.get(f"{LIST}{answer.json()['id']}/").json()
    assert (shown["kind"], shown["tier"], shown["seed"], shown["result"]) == ("ensembles", "", 7, None)
    assert shown["settings"]["noise"] == [0.25]
    assert shown["settings"]["pool"] == 64  # the tier's
    assert 0 < shown["estimate_s"] < 60
    assert Entry.objects.filter(action="study.created", object_id=shown["id"]).exists()


def test_settings_that_are_a_tiers_bear_its_name(researcher):
    assert begin(researcher, settings={}).tier == "smoke"
    assert begin(researcher, tier="quick", settings={}).settings["members"] == 5


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "unknown"}, "kind"),
        ({"tier": "half"}, "tier"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"settings": {"speed": 1}}, "settings.speed"),
        ({"settings": {"members": 1}}, "settings.members"),
        ({"settings": {"noise": [0.25, 0.0]}}, "settings.noise"),
        ({"settings": {"noise": []}}, "settings.noise"),
        ({"settings": {"noise": "much"}}, "settings.noise"),
        ({"settings": {"penalties": [0.1, 0.2, 0.3]}}, "settings.penalties"),
        ({"kind": "constrained", "settings": {"look_every": 9, "steps": 4}}, "settings.look_every"),
        ({"kind": "over_optimisation", "settings": {"runs": 3}}, "settings.runs"),
        ({"settings": []}, "settings"),
    ],
)
def test_bad_input_is_refused_at_its_field(researcher, changes, field):
    answer = researcher.api.post(LIST, {**WISH, **changes})
    assert answer.status_code in {400, 422}, answer.json()
    assert [one["field"] for one in answer.json()["errors"]] == [field]
    assert not Study.objects.exists()


def test_a_study_runs_and_gives_curves_with_their_hash(researcher, finish_jobs):
    study = begin(researcher)
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    shown = researcher.api.get(f"{LIST}{study.pk}/").json()
    assert shown["sha256"] == shown["result"]["sha256"]
    assert shown["result"]["simulated"] is True
    assert {one["what"] for chart in shown["result"]["charts"] for one in chart["curves"]} == {"measured", "exact"}
    assert shown["result"]["comparisons"]
    assert researcher.api.get(f"/api/v1/jobs/{job.pk}/").json()["result"] == shown["result"]
    told = researcher.api.get(f"{LIST}{study.pk}/measurements/").json()["results"]
    assert "gold/mean" in {one["name"] for one in told}
    page = researcher.browser.get(f"{HOME}{study.pk}/").content.decode()
    assert shown["sha256"] in page
    assert "95 % intervals" in page


def test_the_list_can_be_narrowed(researcher):
    begin(researcher)
    assert len(researcher.api.get(LIST, {"kind": "ensembles", "state": "queued"}).json()["results"]) == 1
    assert researcher.api.get(LIST, {"kind": "constrained"}).json()["results"] == []
    assert "result" not in researcher.api.get(LIST).json()["results"][0]


def test_the_same_key_begins_one_study(researcher):
    answers = [researcher.api.post(LIST, WISH, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert Study.objects.count() == 1


def test_a_deleted_study_is_gone_and_its_job_stopped(researcher):
    study = begin(researcher)
    assert researcher.api.delete(f"{LIST}{study.pk}/").status_code == 204
    assert researcher.api.get(f"{LIST}{study.pk}/").status_code == 404
    study.job.refresh_from_db()
    assert study.job.state == Job.State.CANCELLED


def test_a_reviewer_and_a_stranger_see_nothing(reviewer, researcher, stranger):
    study = begin(researcher)
    assert reviewer.api.get(f"{LIST}{study.pk}/").status_code == 403
    assert reviewer.api.post(LIST, WISH).status_code == 403
    assert stranger.api.get(f"{LIST}{study.pk}/").status_code == 404
    assert reviewer.browser.get(HOME).status_code == 403
    assert stranger.browser.get(f"{HOME}{study.pk}/").status_code == 404


@pytest.mark.parametrize("fields", [{"kind": ""}, {"seed": -1}, {"sha256": "a"}, {"result": {}}])
def test_the_database_holds_what_a_study_is(researcher, fields):
    study = begin(researcher)
    with pytest.raises(IntegrityError), transaction.atomic():
        Study.objects.filter(pk=study.pk).update(**fields)


def test_the_form_says_what_it_will_take_before_its_button(researcher):
    page = researcher.browser.get(f"{HOME}new/?kind=ensembles&tier=full").content.decode()
    assert page.index("Estimated:") < page.index("Begin it")
    assert 'name="settings-seeds" value="20"' in page
    assert "What it assumes" in page


def test_another_tier_brings_its_own_settings_and_another_setting_only_its_estimate(researcher):
    typed = {"kind": "ensembles", "tier": "smoke", "settings-seeds": "9", "shown": "seeds"}
    turned = researcher.browser.get(f"{HOME}new/", {**typed, "part": "tier"}, headers={"HX-Request": "true"})
    assert 'name="settings-seeds" value="2"' in turned.content.decode()
    told = researcher.browser.get(f"{HOME}new/", {**typed, "part": "rest"}, headers={"HX-Request": "true"})
    assert "Estimated:" in told.content.decode()
    assert "settings-seeds" not in told.content.decode()


def filled(**changes):
    settings = {"noise": "0\n0.25", "members": 3, "penalties": "0.5", "ddof": 0, "size": 4, "pairs": 120, "seeds": 2}
    settings |= {"prompts": 8, "pool": 64}
    return {
        "kind": "ensembles", "tier": "smoke", "seed": "3", **{f"settings-{name}": v for name, v in settings.items()},
        **changes,
    }  # fmt: skip


def test_the_form_begins_a_study_and_leads_to_it(researcher):
    answer = researcher.browser.post(f"{HOME}new/", filled())
    study = Study.objects.get()
    assert answer["Location"] == f"{HOME}{study.pk}/"
    assert (study.seed, study.settings["noise"], study.settings["penalties"]) == (3, [0.0, 0.25], [0.5])
    page = researcher.browser.get(f"{HOME}{study.pk}/").content.decode()
    assert "Waiting for a worker" in page
    assert "Simulated" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"settings-noise": "0.25\n0"}, "the smallest first"),
        ({"settings-members": "1"}, "greater than or equal to 2"),
        ({"seed": "-1"}, "greater than or equal to 0"),
        ({"kind": "unknown"}, "Select a valid choice"),
    ],
)
def test_the_form_says_what_is_wrong_at_its_field(researcher, changes, said):
    answer = researcher.browser.post(f"{HOME}new/", filled(**changes))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Study.objects.exists()


def test_again_takes_the_settings_and_another_seed(researcher):
    study = begin(researcher)
    page = researcher.browser.get(f"{HOME}new/?like={study.pk}").content.decode()
    assert 'name="seed" value="8"' in page
    assert 'name="settings-seeds" value="1"' in page


def test_curves_can_be_taken_away_with_seed_and_hash(researcher, stranger):
    study = of_sample(researcher, stranger)
    file = researcher.browser.get(f"{HOME}{study.pk}/download/?format=csv")
    rows = list(csv.DictReader(io.StringIO(file.content.decode())))
    assert len(rows) == 6
    assert (rows[1]["seed"], rows[1]["sha256"], rows[1]["mean"], rows[1]["low"]) == ("1", study.sha256, "3.0", "2.8")
    assert rows[-1]["low"] == ""
    whole = json.loads(researcher.browser.get(f"{HOME}{study.pk}/download/?format=json").content)
    assert (whole["seed"], whole["sha256"], whole["study"]) == (1, study.sha256, "over_optimisation")
    assert whole["charts"] == study.result["charts"]
    for wish in ("?format=xml", "?format="):
        assert researcher.browser.get(f"{HOME}{study.pk}/download/{wish}").status_code == 302
    waiting = begin(researcher)
    assert researcher.browser.get(f"{HOME}{waiting.pk}/download/").status_code == 302


def test_a_study_that_is_stopped_can_be_resumed_and_then_gives_the_same(researcher, finish_jobs):
    study = begin(researcher)
    assert researcher.browser.post(f"{HOME}{study.pk}/cancel/").status_code == 302
    study.job.refresh_from_db()
    assert study.job.state == Job.State.CANCELLED
    assert "Resume" in researcher.browser.get(f"{HOME}{study.pk}/").content.decode()
    researcher.browser.post(f"{HOME}{study.pk}/retry/")
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    assert "Resume" not in researcher.browser.get(f"{HOME}{study.pk}/").content.decode()
