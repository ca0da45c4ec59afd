"""What a run will take, before it is begun: measured by a job, told in the form and over the API."""

from uuid import uuid4

import pytest

from jobs.models import Job
from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import backbone, learned, snapshot, wish
from training.models import Run
from training.sheets.parts import prefix_of

__all__ = ["backbone", "learned", "snapshot", "wish"]
LIST, FORM = "/api/v1/estimates/", "/w/home/runs/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def thought_of(asked, learned):
    """A wish that nobody has given a name yet."""
    RewardModel.objects.filter(pk=learned.pk).update(standing="approved")
    found = {**asked, "components": [{"reward_model": str(learned.pk), "weight": 1.0}]}
    del found["name"]
    return found


def test_a_run_is_estimated_before_it_is_begun(researcher, thought_of, finish_jobs):
    first, again = (researcher.api.post(LIST, thought_of) for _ in range(2))
    assert first.status_code == 202, first.json()
    assert again.json()["id"] == first.json()["id"]
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    found = researcher.api.get(f"{LIST}{job.pk}/").json()["result"]
    assert found["steps"] == 3
    assert set(found["phases"]) == {"sample", "score", "read", "learn"}
    assert found["seconds"] > 3 * sum(found["phases"].values()) > 0
    assert found["bytes"] > found["speed"]["program"] > 0
    assert not Run.objects.exists()


def test_twice_the_steps_are_told_without_measuring_again(researcher, thought_of, finish_jobs, monkeypatch):
    from training.learning import speeds

    researcher.api.post(LIST, thought_of)
    (short,) = finish_jobs()
    monkeypatch.setattr(speeds, "measure", None)
    researcher.api.post(LIST, {**thought_of, "steps": 6})
    (long,) = finish_jobs()
    assert long.state == Job.State.SUCCEEDED, long.error
    opening = short.result["speed"]["opening"]
    assert long.result["seconds"] - opening == pytest.approx(2 * (short.result["seconds"] - opening))


def test_direct_alignment_is_estimated_from_its_judgments(researcher, thought_of, snapshot, finish_jobs):
    answer = researcher.api.post(
        LIST,
        {
            "policy": thought_of["policy"],
            "algorithm": "dpo",
            "snapshot": str(snapshot.pk),
            "settings": {"max_length": 60, "batch_size": 4},
        },
    )
    assert answer.status_code == 202, answer.json()
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    pairs = snapshot.counts["pairwise"]["train"]
    assert job.result["steps"] == -(-pairs // 4)
    for said in ("nonsense", str(uuid4())):  # no snapshot that the form offers
        wish = {"policy": thought_of["policy"], "algorithm": "dpo", "snapshot": said, "part": "rest"}
        page = researcher.browser.get(f"{FORM}new/", wish, headers=HTMX)
        assert page.status_code == 200
        assert page.context["sheet"].size(0).snapshot is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"policy": "/etc"}, "policy"), ({"steps": None}, "steps"), ({"components": []}, "components")],
)
def test_a_wish_that_no_run_could_have_is_refused_at_its_field(researcher, thought_of, changes, field):
    answer = researcher.api.post(LIST, {**thought_of, **changes})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


def test_the_form_measures_and_then_tells_whatever_is_chosen_in_it(researcher, thought_of, learned, finish_jobs):
    part = prefix_of(learned.pk)
    filled = {
        "policy": thought_of["policy"], "algorithm": "rloo", "prompts": "records", "records": "hello 1\nhello 2",
        f"{part}-weight": "1", "kl_role": "penalty", "steps": "3", "seed": "0",
    }  # fmt: skip
    page = researcher.browser.get(f"{FORM}new/", {**filled, "part": "rest"}, headers=HTMX)
    assert "a short job samples, scores" in page.content.decode()
    settings = {
        bound.html_name: "" if bound.value() is None else bound.value()
        for bound in page.context["sheet"].settings
        if bound.value() is not False
    }
    sizes = {"prompts": "2", "samples": "2", "max_new_tokens": "6", "max_prompt": "24"}
    filled |= settings | {f"settings-{name}": value for name, value in sizes.items()}
    waiting = researcher.browser.post(f"{FORM}estimate/", filled, headers=HTMX).content.decode()
    job = Job.objects.get(kind="training.estimate")
    assert f'value="{job.pk}"' in waiting
    finish_jobs()
    told = [
        researcher.browser.get(f"{FORM}new/", {**filled, "steps": steps, "part": "rest"}, headers=HTMX).content.decode()
        for steps in ("3", "300000")
    ]
    assert all("of memory for" in one for one in told)
    assert "for 300,000 steps" in told[1]


def test_a_form_that_makes_no_sense_says_so_and_measures_nothing(researcher, thought_of, learned):
    page = researcher.browser.post(f"{FORM}estimate/", {"policy": "/etc", "algorithm": "rloo"}, headers=HTMX)
    assert "Nothing was measured" in page.content.decode()
    assert not Job.objects.filter(kind="training.estimate").exists()


def test_one_shot_is_estimated_from_its_pool_and_its_pairs(researcher, thought_of, finish_jobs):
    (part,) = thought_of["components"]
    shot = {
        "policy": thought_of["policy"],
        "algorithm": "mocan",
        "prompts": {"records": [f"hello {number}" for number in range(10)]},
        "components": [{**part, "bounds": [{"role": "at_least", "threshold": 0.0}]}],
        "settings": {"prompts": 10, "answers": 3, "pairs": 2, "max_new_tokens": 6, "max_length": 60, "batch_size": 9},
    }
    answer = researcher.api.post(LIST, shot)
    assert answer.status_code == 202, answer.json()
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    assert job.result["steps"] == 2  # 18 pairs of the nine prompts that are learned from
    assert job.result["seconds"] > 2 * sum(job.result["phases"].values())
    for change, field in ({"components": [part]}, "components"), ({"prompts": thought_of["prompts"]}, "prompts"):
        refused = researcher.api.post(LIST, {**shot, **change})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
