"""From a policy to every judgment under it: a small chain by hand, told alike by graph, picture, list and API."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now

from annotation.imports import direct
from annotation.models import JudgmentVersion, Snapshot, SnapshotJudgment
from jobs.models import Job
from training.ancestry import pictures, walking
from training.models import Campaign, Checkpoint, Run, RunComponent
from training.rounds import making

BUILTIN = "builtin:textworld"


@pytest.fixture
def campaign(workspace, researcher):
    project = researcher.api.post("/api/v1/projects/", {"name": "Answers", "kinds": ["pairwise"], "status": "open"})
    made = Campaign.objects.create(
        workspace=workspace, name="Kinder", project_id=project.json()["id"], prompts={"records": 4},
        learned_sha256="a" * 64, held_out_sha256="b" * 64,
    )  # fmt: skip
    made.rounds.create(number=1, policy=BUILTIN)
    return made


def judged(member, project):
    """Everything that is open."""
    count = 0
    while (answer := member.api.post(f"/api/v1/projects/{project.pk}/next/", {})).status_code == 200:
        offer = answer.json()
        body = {"answer": {"preferred": offer["responses"][0]["id"]}, "duration_ms": 900}
        assert member.api.post(f"/api/v1/assignments/{offer['assignment']}/submit/", body).status_code == 201
        count += 1
    return count


def ask(campaign, one, prompts):
    source = making.source_of(one, making.OLD)
    records = [
        {
            "prompt": text,
            "responses": [{"text": f"{text} {letter}", "source": f"{source}, {letter}"} for letter in "ab"],
        }
        for text in prompts
    ]
    direct.store(campaign.project, "pairwise", records)


def sampled(campaign, one, seed):
    asked = {"seed": seed, "prompts_sha256": "a" * 64, "count": 2, "max_new_tokens": 6, "max_prompt": 24, "voices": []}
    job = Job.objects.create(workspace=campaign.workspace, kind="training.samples", queue="gpu", arguments=asked)
    one.steps.create(name="samples", subject_id=job.pk, job=job)


def frozen(project, name):
    made = Snapshot.objects.create(
        project=project, name=name, splits={"train": 1.0}, seed=5, sha256="5" * 64, frozen_at=now()
    )
    versions = JudgmentVersion.objects.filter(judgment__project=project)
    SnapshotJudgment.objects.bulk_create(SnapshotJudgment(snapshot=made, version=one) for one in versions)
    return made


def pushed(workspace, name, policy, model):
    """A run that is over, with one checkpoint."""
    run = Run.objects.create(
        workspace=workspace, name=name, policy=policy, algorithm="rloo", steps=10, seed=7, prompts={"records": 2},
        prompts_sha256="c" * 64, prompts_count=2, ended_at=now(), ending="budget", last_step=2, best_step=2,
        sha256="e" * 64,
    )  # fmt: skip
    RunComponent.objects.create(
        run=run, reward_model=model, name="kind", place=0, weight=1.0, reward_sha256="d" * 64, unit="logit"
    )
    Checkpoint.objects.create(run=run, step=2, sha256="e" * 64, bytes=1_024, is_best=True)
    return run


def go_round(annotator, campaign, reward, number, prompts, before=None):
    """A round whose policy's answers were judged; its snapshot holds the judgments of those before too."""
    policy = f"run:{before.pk}@2" if before else BUILTIN
    one, _is_new = campaign.rounds.get_or_create(number=number, defaults={"policy": policy})
    ask(campaign, one, prompts)
    sampled(campaign, one, 40 + number)
    assert judged(annotator, campaign.project) == len(prompts)
    snapshot = frozen(campaign.project, f"Round {number}")
    model = reward(f"Reward {number}", snapshot=snapshot, seed=3)
    return pushed(campaign.workspace, f"Push {number}", policy, model)


@pytest.fixture
def chain(annotator, campaign, reward):
    """Two rounds."""
    first = go_round(annotator, campaign, reward, 1, ["one", "two"])
    return [first, go_round(annotator, campaign, reward, 2, ["three"], first)]


def test_a_chain_of_two_rounds_is_told_whole(chain):
    first, second = chain
    graph = walking.of_run(second)
    of = {key: [parent.key for parent in graph.parents(node)] for key, node in graph.nodes.items()}
    models = [run.components.get().reward_model for run in chain]
    one, two = (model.snapshot_id for model in models)
    before = f"policy:run:{first.pk}@2"
    assert of == {
        f"policy:run:{second.pk}@2": [f"run:{second.pk}"],
        f"run:{second.pk}": [f"reward_model:{models[1].pk}", before],
        f"reward_model:{models[1].pk}": [f"snapshot:{two}"],
        f"snapshot:{two}": [f"judgments:{two}"],
        f"judgments:{two}": [f"tasks:{two}"],
        f"tasks:{two}": [f"answers:{two}:{BUILTIN}", f"answers:{two}:run:{first.pk}@2"],
        f"answers:{two}:{BUILTIN}": [f"policy:{BUILTIN}"],
        f"answers:{two}:run:{first.pk}@2": [before],
        before: [f"run:{first.pk}"],
        f"run:{first.pk}": [f"reward_model:{models[0].pk}", f"policy:{BUILTIN}"],
        f"reward_model:{models[0].pk}": [f"snapshot:{one}"],
        f"snapshot:{one}": [f"judgments:{one}"],
        f"judgments:{one}": [f"tasks:{one}"],
        f"tasks:{one}": [f"answers:{one}:{BUILTIN}"],
        f"answers:{one}:{BUILTIN}": [f"policy:{BUILTIN}"],
        f"policy:{BUILTIN}": [],
    }
    assert next(iter(graph.nodes)) == f"policy:run:{second.pk}@2"
    assert graph.nodes[f"judgments:{two}"].facts == {"judgments": 3, "annotators": 1}
    assert graph.nodes[f"tasks:{two}"].facts["tasks"] == 3
    assert graph.nodes[f"answers:{two}:{BUILTIN}"].facts["answers"] == 4
    assert graph.nodes[f"answers:{two}:run:{first.pk}@2"].facts["answers"] == 2


def test_what_makes_it_again_stands_beside_each_thing(chain):
    graph = walking.of_run(chain[1])
    seeds = {node.kind: node.facts["seed"] for node in graph.nodes.values() if "seed" in node.facts}
    assert seeds == {"run": 7, "reward_model": 3, "snapshot": 5}
    told = [each for node in graph.nodes.values() for each in node.facts.get("sampled", [])]
    assert {(each["round"], each["step"], each["seed"]) for each in told} == {(1, "samples", 41), (2, "samples", 42)}
    run = graph.nodes[f"run:{chain[1].pk}"].facts
    assert (run["prompts_sha256"], run["components"][0]["reward_sha256"]) == ("c" * 64, "d" * 64)
    assert graph.nodes[f"policy:run:{chain[1].pk}@2"].facts["sha256"] == "e" * 64


def test_the_new_side_of_a_comparison_comes_from_the_rounds_run(workspace, annotator, campaign, reward, chain):
    one = campaign.rounds.get(number=1)
    one.steps.create(name="run", subject_id=chain[0].pk)
    sides = [{"text": side, "source": making.source_of(one, side)} for side in (making.NEW, making.OLD)]
    direct.store(campaign.project, "pairwise", [{"prompt": "held out", "responses": sides}])
    assert judged(annotator, campaign.project) == 1
    snapshot = frozen(campaign.project, "Verdicts")
    graph = walking.of_run(pushed(workspace, "Push 3", BUILTIN, reward("Reward 3", snapshot=snapshot)))
    (tasks,) = (node for node in graph.nodes.values() if node.key == f"tasks:{snapshot.pk}")
    counts = {node.key.partition(":")[2].partition(":")[2]: node.facts["answers"] for node in graph.parents(tasks)}
    assert counts == {BUILTIN: 5, f"run:{chain[0].pk}@2": 3}


def test_answers_of_no_campaign_end_the_line(workspace, annotator, campaign, reward):
    other = "campaign 00000000-0000-0000-0000-000000000000 round 1 old"
    sides = [{"text": "a", "source": "somebody"}, {"text": "b", "source": other}]
    direct.store(campaign.project, "pairwise", [{"prompt": "one", "responses": sides}])
    judged(annotator, campaign.project)
    model = reward("Reward", snapshot=frozen(campaign.project, "v1"))
    graph = walking.of_run(pushed(workspace, "Push", "gpt", model))
    (answers,) = (node for node in graph.nodes.values() if node.kind == "answers")
    assert (answers.facts["answers"], answers.made_from) == (2, [])


def test_more_judgments_take_no_more_queries(annotator, campaign, chain):
    with CaptureQueriesContext(connection) as few:
        walking.of_run(chain[1])
    ask(campaign, campaign.rounds.get(number=2), [f"more {number}" for number in range(12)])
    assert judged(annotator, campaign.project) == 12
    snapshot = chain[1].components.get().reward_model.snapshot
    known = snapshot.judgments.values("version")
    for version in JudgmentVersion.objects.filter(judgment__project=campaign.project).exclude(pk__in=known):
        SnapshotJudgment.objects.create(snapshot=snapshot, version=version)
    with CaptureQueriesContext(connection) as many:
        graph = walking.of_run(chain[1])
    assert graph.nodes[f"judgments:{snapshot.pk}"].facts["judgments"] == 15
    assert len(many) == len(few)


def test_more_rounds_take_no_more_queries(annotator, campaign, reward, chain):
    for number, run in enumerate(chain, start=1):
        campaign.rounds.get(number=number).steps.create(name="run", subject_id=run.pk)
    with CaptureQueriesContext(connection) as few:
        walking.of_run(chain[1])
    for number in (3, 4, 5):
        run = go_round(annotator, campaign, reward, number, [f"prompt {number}"], chain[-1])
        campaign.rounds.get(number=number).steps.create(name="run", subject_id=run.pk)
        chain.append(run)
    with CaptureQueriesContext(connection) as many:
        graph = walking.of_run(chain[-1])
    assert sum(node.kind == "run" for node in graph.nodes.values()) == 5
    assert len(many) == len(few)


def test_a_checkpoint_is_linked_while_it_is_kept_and_long_names_can_be_read_whole(researcher, chain):
    first, second = chain
    Run.objects.filter(pk=first.pk).update(name="A name that is longer than any picture has room for")
    policy = f"policy:run:{first.pk}@2"
    assert walking.of_run(second).nodes[policy].url == f"/w/home/runs/{first.pk}/#checkpoint-2"
    assert 'id="checkpoint-2"' in researcher.browser.get(f"/w/home/runs/{first.pk}/").content.decode()
    page = researcher.browser.get(f"/w/home/runs/{first.pk}/lineage/").content.decode()
    picture = page.split('<svg class="lineage"')[1].split("</svg>")[0]
    assert "<title>A name that is longer than any picture has room for, step 2</title>" in picture
    Checkpoint.objects.filter(run=first).delete()
    assert walking.of_run(second).nodes[policy].url == ""


def test_a_graph_that_is_too_long_says_so(chain, monkeypatch):
    monkeypatch.setattr(walking, "MOST", 4)
    told = walking.of_run(chain[1]).as_dict()
    assert told["is_cut"] and len(told["nodes"]) == 4
    keys = {node["key"] for node in told["nodes"]}
    assert all({edge["made"], edge["of"]} <= keys for edge in told["edges"])


def test_the_picture_and_the_lists_say_the_same_things(researcher, chain):
    page = researcher.browser.get(f"/w/home/runs/{chain[1].pk}/lineage/")
    drawn, listed = page.content.decode().split('id="listed"')
    picture = drawn.split('<svg class="lineage"')[1]
    nodes = list(walking.of_run(chain[1]).nodes)
    found = [re.findall(r'data-node="([^"]+)"', part) for part in (drawn, listed)]
    assert found[0] == nodes
    assert sorted(found[1]) == sorted(nodes)
    links = [set(re.findall(r'href="(/w/home/[a-z-]+/[0-9a-f-]{36}/[^"]*)"', part)) for part in (picture, listed)]
    assert links[0] == links[1] and len(links[0]) == 11


def test_no_annotator_is_named(researcher, annotator, chain):
    for address in (f"/w/home/runs/{chain[1].pk}/lineage/", f"/w/home/runs/{chain[1].pk}/lineage/?format=json"):
        told = researcher.browser.get(address).content.decode()
        for judgment in JudgmentVersion.objects.select_related("judgment__assignment__annotator"):
            assert judgment.judgment.assignment.annotator.pseudonym not in told
        assert annotator.person.email not in told


def test_page_file_and_api_of_run_and_campaign_agree(researcher, campaign, chain):
    run = chain[0]
    told = researcher.api.get(f"/api/v1/runs/{run.pk}/lineage/").json()
    assert told == walking.of_run(run).as_dict()
    file = researcher.browser.get(f"/w/home/runs/{run.pk}/lineage/?checkpoint=2&format=json")
    assert "attachment" in file["Content-Disposition"] and json.loads(file.content) == told
    assert researcher.api.get(f"/api/v1/campaigns/{campaign.pk}/lineage/").json() == told  # with which round 2 began
    before = researcher.api.get(f"/api/v1/campaigns/{campaign.pk}/lineage/", {"round": 1}).json()
    assert [node["key"] for node in before["nodes"]] == [f"policy:{BUILTIN}"]
    page = researcher.browser.get(f"/w/home/campaigns/{campaign.pk}/lineage/")
    assert [row.node.key for row in page.context["picture"].rows] == [node["key"] for node in told["nodes"]]
    assert f"/w/home/runs/{run.pk}/lineage/" in researcher.browser.get(f"/w/home/runs/{run.pk}/").content.decode()
    there = f"/w/home/campaigns/{campaign.pk}/lineage/"
    assert f'"{there}"' in researcher.browser.get(f"/w/home/campaigns/{campaign.pk}/").content.decode()


def test_what_is_not_there_is_said(researcher, campaign, chain):
    run = chain[0]
    assert researcher.api.get(f"/api/v1/runs/{run.pk}/lineage/", {"checkpoint": 9}).status_code == 422
    assert researcher.browser.get(f"/w/home/runs/{run.pk}/lineage/?checkpoint=9").status_code == 302
    assert researcher.api.get(f"/api/v1/campaigns/{campaign.pk}/lineage/", {"round": 9}).status_code == 404
    Checkpoint.objects.all().delete()
    assert next(iter(walking.of_run(run).nodes)) == f"run:{run.pk}"


def test_a_lower_role_and_a_stranger_see_none_of_it(reviewer, stranger, campaign, chain):
    for place in (f"runs/{chain[0].pk}", f"campaigns/{campaign.pk}"):
        assert reviewer.browser.get(f"/w/home/{place}/lineage/").status_code == 403
        assert reviewer.api.get(f"/api/v1/{place}/lineage/").status_code == 403
        assert stranger.browser.get(f"/w/home/{place}/lineage/").status_code == 404
        assert stranger.api.get(f"/api/v1/{place}/lineage/").status_code == 404


def test_words_are_cut_to_the_room_that_they_take():
    assert pictures.shortened("a" * 40) == "a" * 40
    assert pictures.shortened("a" * 41) == "a" * 39 + "…"
    assert pictures.shortened("策" * 20) == "策" * 20
    assert pictures.shortened("策" * 21) == "策" * 19 + "…"
