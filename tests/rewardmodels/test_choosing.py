"""The tasks of a project are put in order by what an approved model does not know, a share of them left to chance."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from annotation import projects
from annotation.cloning import copy_tasks
from annotation.models import Guidelines, Project, SortedTask, Sorting, SortingPlan, Task
from annotation.purge import remove
from jobs.models import Job
from rewardmodels import fits, registry
from rewardmodels.choosing import asking
from rewardmodels.learning.choosing import shares
from rewardmodels.learning.commissions import Made
from rewardmodels.models import RewardModel
from tests.rewardmodels.conftest import comparison

TASKS = 60
ENSEMBLE = {"max_length": 48, "weight_decay": 0.5, "members": 3}


def records(count: int = TASKS) -> list[dict[str, Any]]:
    return [
        {"prompt": f"hello {number}", "responses": [f"please thank you {number}", f"no {number} no no"]}
        for number in range(count)
    ]


@pytest.fixture
def project(researcher, finish_jobs) -> Project:
    """Open, in the order of import, with tasks that nobody has met."""
    made = researcher.api.post("/api/v1/projects/", {"name": "Courtesy", "kinds": ["pairwise"]}).json()
    sent = {"records": records(), "kind": "pairwise"}
    assert researcher.api.post(f"/api/v1/projects/{made['id']}/imports/", sent).status_code == 202
    finish_jobs()
    return Project.objects.get(pk=made["id"])


@pytest.fixture(scope="module")
def kept(tmp_path_factory) -> tuple[Path, dict[str, Made]]:
    """Folders of what was learned in this module, and what was made, by how it was asked for."""
    return tmp_path_factory.mktemp("kept"), {}


@pytest.fixture
def learned_once(kept, monkeypatch) -> None:
    """The same rows, settings and seed give the same folder, so it is learned in one test and copied in the others."""
    root, made = kept
    truly = fits.learn

    def learn(work: Any, model: RewardModel, draft: Path) -> Made:
        assert model.snapshot is not None
        asked = json.dumps([model.kind, model.settings, model.seed, model.snapshot.sha256], sort_keys=True)
        place = root / sha256(asked.encode()).hexdigest()
        if asked in made:
            shutil.copytree(place, draft)
        else:
            made[asked] = truly(work, model, draft)
            shutil.copytree(draft, place)
        return made[asked]

    monkeypatch.setattr(fits, "learn", learn)


@pytest.fixture
def learn(researcher, wish, finish_jobs, learned_once) -> Callable[..., RewardModel]:
    """`learn(kind)`: an approved model of the kind."""

    def make(kind: str = "ensemble", *, approve: bool = True, **settings: Any) -> RewardModel:
        own = {**(ENSEMBLE if kind == "ensemble" else wish["settings"]), **settings}
        sent = {**wish, "name": f"A {kind}", "kind": kind, "settings": own}
        answer = researcher.api.post("/api/v1/reward-models/", sent)
        assert answer.status_code == 202, answer.json()
        (job,) = finish_jobs()
        assert job.state == "succeeded", job.error
        model = RewardModel.objects.get(pk=answer.json()["id"])
        if approve:
            registry.change_standing(scope=researcher.scope, model=model, standing="approved", reason="It is good.")
            model.refresh_from_db()
        return model

    return make


@pytest.fixture
def model(learn) -> RewardModel:
    return learn()


def address(project: Project) -> str:
    return f"/api/v1/projects/{project.pk}/order/"


def order(member: Any, project: Project, model: RewardModel, **more: Any) -> Any:
    return member.api.post(address(project), {"reward_model": str(model.pk), "random_share": 0.25, **more})


def in_order(project: Project) -> list[Task]:
    return list(Task.objects.filter(project=project).order_by("rank", "position"))


def random_tasks(project: Project) -> set[Any]:
    return set(Task.objects.filter(project=project, sampling="random").values_list("pk", flat=True))


def test_tasks_come_by_worth_with_the_random_share_between_them(researcher, project, model, finish_jobs):
    answer = order(researcher, project, model)
    assert answer.status_code == 202, answer.json()
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    project.refresh_from_db()
    assert project.ordering == "priority"
    (sorting,) = Sorting.objects.filter(project=project)
    assert sorting.source == {"reward_model": str(model.pk), "name": model.name, "sha256": model.sha256}
    assert sorting.counts["tasks"] == TASKS
    assert sorting.counts["random"] + sorting.counts["chosen"] == TASKS
    assert 5 <= sorting.counts["random"] <= 25
    line = in_order(project)
    assert [task.rank for task in line] == [-task.priority for task in line]
    worth = dict(SortedTask.objects.filter(sorting=sorting).values_list("task", "worth"))
    chosen = [worth[task.pk] for task in line if task.sampling == "chosen"]
    assert None not in chosen
    assert chosen[0] == max(chosen)
    assert all(worth[task.pk] is None for task in line if task.sampling == "random")
    half = [task.sampling for task in line[: TASKS // 2]].count("random")
    assert abs(half - sorting.counts["random"] / 2) <= 1


def test_members_that_learned_adapters_order_tasks_too(researcher, project, learn, finish_jobs):
    model = learn("ensemble", mode="lora", rank=2, epochs=1, pass_tokens=400)
    assert order(researcher, project, model).status_code == 202
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    worth = SortedTask.objects.filter(worth__isnull=False).values_list("worth", flat=True)
    assert len(set(worth)) > 5


def test_the_first_task_handed_out_is_the_first_in_the_line(researcher, annotator, project, model, finish_jobs):
    order(researcher, project, model)
    finish_jobs()
    offered = annotator.api.post(f"/api/v1/projects/{project.pk}/next/", {}).json()
    first = in_order(project)[0]
    assert {part["text"] for part in offered["responses"]} == set(first.responses.values_list("text", flat=True))
    assert first.open_places == 0


def test_who_had_gone_on_is_called_back_to_what_comes_first_now(researcher, annotator, project, model, finish_jobs):
    """A cursor beyond the new first task goes back behind it; what was answered is not asked again."""
    offered = annotator.api.post(f"/api/v1/projects/{project.pk}/next/", {}).json()
    done = annotator.api.post(
        f"/api/v1/assignments/{offered['assignment']}/submit/", {"answer": {"preferred": None}, "duration_ms": 900}
    )
    assert done.status_code == 201
    order(researcher, project, model)
    finish_jobs()
    following = annotator.api.post(f"/api/v1/projects/{project.pk}/next/", {}).json()
    (first,) = [task for task in in_order(project) if task.open_places == 0 and task.sampling]
    assert {part["text"] for part in following["responses"]} == set(first.responses.values_list("text", flat=True))
    assert first.pk == next(task.pk for task in in_order(project) if task.priority > 0 and task.sampling)


def test_the_random_share_depends_on_no_model_and_no_rule(researcher, project, learn, finish_jobs):
    order(researcher, project, learn())
    finish_jobs()
    before = random_tasks(project)
    order(researcher, project, learn("bradley_terry"), rule="determinant")
    finish_jobs()
    assert random_tasks(project) == before
    seed = asking.seed_of(project)
    tasks = Task.objects.filter(project=project)
    assert before == {task.pk for task in tasks if shares.is_random(bytes(task.sha256).hex(), 0.25, seed)}


def test_a_second_time_nothing_moves(researcher, project, model, finish_jobs):
    order(researcher, project, model)
    finish_jobs()
    before = [task.pk for task in in_order(project)]
    order(researcher, project, model)
    finish_jobs()
    assert Sorting.objects.filter(project=project).order_by("-begun_at")[0].counts["moved"] == 0
    assert [task.pk for task in in_order(project)] == before


def test_asked_twice_it_runs_once(researcher, project, model, finish_jobs):
    first, second = order(researcher, project, model), order(researcher, project, model)
    assert first.json()["job"]["id"] == second.json()["job"]["id"]
    assert len(finish_jobs()) == 1


def test_a_second_attempt_at_the_job_goes_on_with_the_same_order(researcher, project, model, finish_jobs):
    order(researcher, project, model)
    finish_jobs()
    job = Job.objects.get(kind=asking.KIND)
    Job.objects.filter(pk=job.pk).update(state="queued", finished_at=None, started_at=None, result=None, progress=0)
    finish_jobs()
    assert Sorting.objects.filter(project=project).count() == 1
    assert SortedTask.objects.filter(sorting__project=project).count() == TASKS


def test_a_task_that_was_given_keeps_its_mark(researcher, annotator, project, model, finish_jobs):
    """What was asked before any order is neither random nor chosen, and a chosen one never becomes random."""
    annotator.api.post(f"/api/v1/projects/{project.pk}/next/", {})
    Project.objects.filter(pk=project.pk).update(overlap=2)
    Task.objects.filter(project=project).update(overlap=2)
    Task.objects.filter(project=project, open_places=1).update(open_places=2)
    Task.objects.filter(project=project, open_places=0).update(open_places=1)
    order(researcher, project, model)
    finish_jobs()
    assert Task.objects.get(project=project, open_places=1).sampling == ""
    chosen = set(Task.objects.filter(project=project, sampling="chosen").values_list("pk", flat=True))
    annotator.api.post(f"/api/v1/projects/{project.pk}/next/", {"holding": []})
    order(researcher, project, model, random_share=0.9)
    finish_jobs()
    given = Task.objects.filter(project=project, assignments__purpose="label", pk__in=chosen)
    assert all(task.sampling == "chosen" for task in given)
    assert len(random_tasks(project)) > TASKS / 2


@pytest.mark.parametrize("rule", ["exploration", "random"])
def test_a_rule_orders_all_tasks(researcher, project, model, finish_jobs, rule):
    order(researcher, project, model, rule=rule)
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    assert job.result["tasks"] == TASKS
    assert (job.result["worth"] == 0) == (rule == "random")


def test_a_single_head_says_how_sure_it_is_by_what_it_learned_from(researcher, project, learn, finish_jobs):
    order(researcher, project, learn("bradley_terry"))
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    assert job.result["worth"] == job.result["chosen"] > 0


def test_tasks_of_one_answer_come_between_by_chance(researcher, project, model, finish_jobs):
    projects.change(scope=researcher.scope, project=project, wish=projects.Wish(kinds=["pairwise", "binary"]))
    single = [{"prompt": f"alone {number}", "responses": ["yes indeed"]} for number in range(20)]
    researcher.api.post(f"/api/v1/projects/{project.pk}/imports/", {"records": single, "kind": "binary"})
    finish_jobs()
    order(researcher, project, model)
    finish_jobs()
    line = in_order(project)
    assert 3 <= sum(task.kind == "binary" for task in line[:40]) <= 17


def test_a_model_withdrawn_stops_it_with_a_sentence(researcher, project, model, finish_jobs):
    order(researcher, project, model)
    registry.change_standing(scope=researcher.scope, model=model, standing="retired", reason="It lost touch.")
    before = [task.pk for task in in_order(project)]
    (job,) = finish_jobs()
    assert job.state == "failed"
    assert "only an approved reward model orders tasks" in job.error
    assert [task.pk for task in in_order(project)] == before
    assert not Sorting.objects.exists()
    page = researcher.browser.get(f"/w/home/projects/{project.pk}/order/").content.decode()
    assert "stay in the order that they had" in page


@pytest.mark.parametrize(
    ("more", "field"),
    [({"rule": "entropy"}, "rule"), ({"random_share": 0}, "random_share"), ({"random_share": 0.95}, "random_share")],
)
def test_what_cannot_be_is_said_at_its_field(researcher, project, more, field):
    sent = {"reward_model": str(project.pk), "random_share": 0.2, **more}
    answer = researcher.api.post(address(project), sent)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_a_model_that_may_not_is_refused(researcher, project, learn, wish):
    candidate = learn(approve=False)
    answer = order(researcher, project, candidate)
    assert answer.status_code == 409
    assert "is candidate" in answer.json()["detail"]
    unsure = learn("bradley_terry", head="pooler")
    answer = order(researcher, project, unsure)
    assert answer.status_code == 409
    assert "does not know how sure it is" in answer.json()["detail"]
    answer = researcher.api.post(address(project), {"reward_model": str(project.pk)})
    assert answer.status_code == 422


def test_a_project_without_comparisons_has_nothing_to_choose(researcher, model):
    made = researcher.api.post("/api/v1/projects/", {"name": "Bare", "kinds": ["pairwise"]}).json()
    answer = order(researcher, Project.objects.get(pk=made["id"]), model)
    assert answer.status_code == 409
    assert "nothing to choose" in answer.json()["detail"]


def test_a_newly_approved_model_of_the_project_orders_it_by_itself(researcher, project, model, finish_jobs):
    order(researcher, project, model, is_automatic=True)
    finish_jobs()
    assert asking.again_due() == 0
    approve_another(researcher, model)
    assert asking.again_due() == 0  # it learned from another project
    own = model.snapshot.project
    Guidelines.objects.create(project=own, version=1)
    researcher.api.post(f"/api/v1/projects/{own.pk}/imports/", {"records": records(), "kind": "pairwise"})
    finish_jobs()
    Project.objects.filter(pk=own.pk).update(ordering="priority")
    order(researcher, Project.objects.get(pk=own.pk), model, is_automatic=True)
    assert finish_jobs()[0].state == "succeeded"
    newer = approve_another(researcher, model)
    assert asking.again_due() == 1
    assert asking.again_due() == 0  # it is under way
    job = asking.under_way(own)
    assert job.created_by is None
    assert job.arguments["reward_model"] == str(newer.pk)
    assert SortingPlan.objects.get(project=own).source == newer.pk
    answer = researcher.api.patch(address(own), {"is_automatic": False})
    assert answer.json()["plan"]["is_automatic"] is False
    Job.objects.filter(pk=job.pk).update(state="cancelled", finished_at=job.created_at)
    approve_another(researcher, model)
    assert asking.again_due() == 0


def approve_another(member: Any, model: RewardModel) -> RewardModel:
    """A row like that of the model, approved now."""
    other = RewardModel.objects.get(pk=model.pk)
    other.pk, other.standing, other.job = uuid4(), "candidate", None
    other.save(force_insert=True)
    return registry.change_standing(scope=member.scope, model=other, standing="approved", reason="Better.")


def test_who_gets_what_is_told_by_the_api(researcher, project, model, finish_jobs):
    order(researcher, project, model)
    finish_jobs()
    told = researcher.api.get(address(project)).json()
    assert told["plan"]["rule"] == "information"
    (one,) = told["orders"]
    rows = researcher.api.get(f"{address(project)}{one['id']}/tasks/").json()["results"]
    assert rows[0]["priority"] == TASKS
    assert {row["sampling"] for row in rows} == {"random", "chosen"}
    task = researcher.api.get(f"/api/v1/tasks/{rows[0]['task']}/").json()
    assert (task["sampling"], task["priority"]) == (rows[0]["sampling"], TASKS)


def test_the_page_asks_and_tells_what_changed(researcher, project, model, finish_jobs):
    page = f"/w/home/projects/{project.pk}/order/"
    assert "Never: they come as" in researcher.browser.get(page).content.decode()
    sent = {"reward_model": str(model.pk), "rule": "decision", "random_share": "0.2", "is_automatic": "on"}
    assert researcher.browser.post(page, sent).status_code == 302
    assert "order-progress" in researcher.browser.get(page).content.decode()
    finish_jobs()
    assert researcher.browser.get(f"{page}progress/")["HX-Refresh"] == "true"
    shown = researcher.browser.get(page).content.decode()
    assert f"{TASKS} tasks, " in shown
    assert "left to chance" in shown
    assert "by itself" in shown
    researcher.browser.post(f"{page}automatic/", {"is_automatic": "no"})
    assert SortingPlan.objects.get(project=project).is_automatic is False
    refused = researcher.browser.post(page, {**sent, "random_share": "2"})
    assert refused.status_code == 422


def frozen(member: Any, project: Project, finish_jobs: Any, filters: dict[str, Any]) -> Counter[str]:
    """How the questions of a snapshot's judgments came to be asked."""
    sent = {"name": "v1", "filters": filters, "splits": {"train": 1.0}, "seed": 1}
    made = member.api.post(f"/api/v1/projects/{project.pk}/snapshots/", sent)
    finish_jobs()
    answer = member.api.get(f"/api/v1/snapshots/{made.json()['id']}/export/?layout=raw&format=jsonl")
    lines = b"".join(answer.streaming_content).splitlines()
    return Counter(json.loads(line)["sampling"] for line in lines)


def test_judgments_say_how_their_question_came_to_be_asked(researcher, annotator, project, model, finish_jobs):
    order(researcher, project, model)
    finish_jobs()
    for _ in range(8):
        offered = annotator.api.post(f"/api/v1/projects/{project.pk}/next/", {}).json()
        annotator.api.post(
            f"/api/v1/assignments/{offered['assignment']}/submit/",
            {"answer": {"preferred": offered["responses"][0]["id"]}, "duration_ms": 900},
        )
    given = Counter(Task.objects.filter(project=project, open_places=0).values_list("sampling", flat=True))
    assert given.total() == 8
    assert min(given["random"], given["chosen"]) >= 1
    assert frozen(researcher, project, finish_jobs, {}) == given
    by_chance = frozen(researcher, project, finish_jobs, {"sampling": ["random"]})
    assert by_chance == {"random": given["random"]}


def test_a_copy_begins_unmarked_and_the_project_can_be_purged(researcher, project, model, finish_jobs):
    order(researcher, project, model, is_automatic=True)
    finish_jobs()
    copy = projects.create(scope=researcher.scope, wish=projects.Wish(name="Copy", kinds=["pairwise"]))
    copy_tasks(project.pk, copy.pk)
    assert set(copy.tasks.values_list("sampling", flat=True)) == {""}
    remove(project)
    assert not Sorting.objects.exists()
    assert not SortingPlan.objects.exists()


REPLAY = "/w/home/projects/{pk}/order/replay/"


@pytest.fixture
def brief(monkeypatch) -> None:
    """One seed: what each rule is worth is tested without a database."""
    monkeypatch.setattr("rewardmodels.choosing.replaying.SEEDS", 1)


def past(count: int) -> list[dict[str, Any]]:
    return [comparison(number, "train", preferred="bad" if number % 5 == 3 else "good") for number in range(count)]


def test_a_replay_says_what_each_rule_would_have_saved(researcher, freeze, backbone, brief, monkeypatch, finish_jobs):
    monkeypatch.setattr("rewardmodels.choosing.replays.BACKBONE", backbone)
    snapshot = freeze(past(260))
    page = REPLAY.format(pk=snapshot.project.pk)
    asked = researcher.browser.post(page, {"snapshot": str(snapshot.pk)})
    assert asked.status_code == 302
    assert "is being computed" in researcher.browser.get(page).content.decode()
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    assert job.result["rules"][0]["rule"] == "random"
    assert {one["rule"] for one in job.result["rules"]} == set(asking.RULES)
    assert job.result["pool"] + job.result["held_out"] == 260
    shown = researcher.browser.get(page).content.decode()
    assert "What it would have saved" in shown
    assert f"{job.result['pool']} judgments to ask" in shown


def test_only_what_was_asked_at_random_judges_a_replay(researcher, freeze, finish_jobs):
    """A rule chose all but a few: they are too few to tell."""
    rows = [{**row, "sampling": "random" if number % 20 == 0 else "chosen"} for number, row in enumerate(past(260))]
    snapshot = freeze(rows)
    sent = {"snapshot": str(snapshot.pk)}
    answer = researcher.api.post(f"/api/v1/projects/{snapshot.project.pk}/order/replays/", sent)
    assert answer.status_code == 202
    (job,) = finish_jobs()
    assert job.state == "failed"
    assert "Too few random judgments to tell" in job.error
    page = researcher.browser.get(REPLAY.format(pk=snapshot.project.pk)).content.decode()
    assert "Too few random judgments to tell" in page


def test_a_snapshot_of_another_project_is_not_replayed(researcher, project, snapshot):
    answer = researcher.api.post(f"{address(project)}replays/", {"snapshot": str(snapshot.pk)})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "snapshot"
