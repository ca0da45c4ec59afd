"""The pages of freezing and of taking away."""

import csv
import io
import json
import zipfile

import pytest

from accounts.models import Group
from annotation.models import Judgment, Prompt, QualityReport, Snapshot, TaskFigure
from annotation.snapshots import files, guides, layouts, reading, sheets
from annotation.snapshots.formats import FORMATS
from tests.web import pseudo

GIVEN = {"name": "v1", "train": "80", "validation": "10", "test": "10", "seed": "3"}


@pytest.fixture
def address(project):
    return f"/w/home/projects/{project.pk}/snapshots/"


def page(member, path, **query):
    answer = member.browser.get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_would_go_in_is_counted_before_freezing(researcher, judged, address):
    assert "there is nothing to freeze" in page(researcher, address)
    judged("pairwise", "binary")
    assert "18 judgments would go in" in page(researcher, address)
    counted = page(researcher, f"{address}count/", kind="binary", train="80", validation="10", test="10")
    assert "12 judgments would go in" in counted
    assert "<html" not in counted


def test_freezing_leads_to_the_page_that_shows_it(researcher, judged, address, finish_jobs):
    judged("pairwise")
    made = researcher.browser.post(address, GIVEN)["Location"]
    assert "It waits for a worker." in page(researcher, made)
    assert "HX-Refresh" not in researcher.browser.get(f"{made}status/")
    finish_jobs()
    snapshot = Snapshot.objects.get()
    assert (snapshot.seed, snapshot.splits) == (3, {"train": 0.8, "validation": 0.1, "test": 0.1})
    assert researcher.browser.get(f"{made}status/")["HX-Refresh"] == "true"
    html = page(researcher, made)
    for words in (snapshot.sha256, "Data card", "One annotator: agreement", "Learn a reward model", "Pack an archive"):
        assert words in html
    assert snapshot.sha256[:12] in page(researcher, address)


def test_the_form_and_the_api_freeze_the_same(researcher, judged, address, freeze, finish_jobs):
    judged("pairwise")
    researcher.browser.post(address, GIVEN)
    finish_jobs()
    assert freeze(seed=3).sha256 == Snapshot.objects.earliest("created_at").sha256


@pytest.mark.parametrize(
    ("given", "filters"),
    [
        ({"kind": ["pairwise"]}, {"kind": ["pairwise"]}),
        ({"purpose": ["label", "repeat"]}, {"purpose": ["label", "repeat"]}),
        ({"purpose": ["label"]}, {}),
        ({"purpose": ["label"], "settled": "on"}, {"settled": ["instead"]}),
        ({"origin": ["person"]}, {"origin": ["person"]}),
        ({"group": ["Experts"]}, {"group": ["Experts"]}),
        ({"since": "2020-01-31T12:00"}, {"since": "2020-01-31T12:00:00Z"}),
        ({"agreement_at_most": "0.5"}, {"agreement_at_most": 0.5}),
    ],
)
def test_every_filter_of_the_form_arrives(researcher, judged, workspace, address, given, filters):
    judged("pairwise")
    group = Group.objects.create(workspace=workspace, name="Experts")
    group.annotators.add(Judgment.objects.first().assignment.annotator)
    for judgment in Judgment.objects.select_related("assignment__task"):
        task = judgment.assignment.task
        TaskFigure.objects.create(
            task=task, project=task.project, kind=task.kind, votes=2, place=1, agreement=0.5, consensus={}
        )
    assert researcher.browser.post(address, {**GIVEN, **given}).status_code == 302
    assert Snapshot.objects.get().filters == filters


def test_tasks_on_which_people_agree_are_frozen_alone_by_figures_computed_for_it(
    researcher, project, freeze, finish_jobs
):
    rows = [{"prompt": f"P{n}", "chosen": "A", "rejected": "B", "annotator": "ann"} for n in range(4)]
    rows += [{**row, "annotator": "bob"} for row in rows[:3]]
    rows[4] |= {"chosen": "B", "rejected": "A"}  # of P0: bob differs, and nobody else has judged P3
    body = {"records": rows, "as": "judgments"}
    assert researcher.api.post(f"/api/v1/projects/{project.pk}/imports/", body).status_code == 202
    finish_jobs()
    assert sum(freeze(filters={"agreement_at_least": 0.5}).counts["pairwise"].values()) == 4
    assert sum(freeze(filters={"agreement_at_most": 0.5, "kind": "pairwise"}).counts["pairwise"].values()) == 2
    assert QualityReport.objects.count() == 2


def test_where_no_task_agrees_so_far_the_job_says_that_nothing_is_left(researcher, judged, project, finish_jobs):
    judged("pairwise")
    body = {"name": "x", "filters": {"agreement_at_least": 0.5}}
    assert researcher.api.post(f"/api/v1/projects/{project.pk}/snapshots/", body).status_code == 202
    (job,) = finish_jobs()
    assert (job.state, job.error) == ("failed", "There was no judgment left to freeze.")
    assert not QualityReport.objects.exists()  # all or nothing


@pytest.mark.parametrize("value", ["0.5", True, -0.1, 1.5, [0.5], None])
def test_an_agreement_that_is_no_share_is_refused(researcher, judged, project, value):
    judged("pairwise")
    body = {"name": "x", "filters": {"agreement_at_least": value}}
    answer = researcher.api.post(f"/api/v1/projects/{project.pk}/snapshots/", body)
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": ""}, "required"),
        ({"train": "70"}, "must add up to 100"),
        ({"train": "-10"}, "greater than or equal to 0"),
        ({"kind": ["poetry"]}, "not one of the available choices"),
        ({"since": "yesterday"}, "valid date"),
        ({"annotator": "a-nobody"}, "no judgment to freeze"),
        ({"seed": "1e3"}, "whole number"),
        ({"settled": "on", "purpose": ["label", "repeat"]}, "choose no other purposes"),
        ({"agreement_at_least": "nan"}, "Enter a number"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_at_its_field(researcher, judged, address, given, said):
    judged("pairwise")
    answer = researcher.browser.post(address, {**GIVEN, **given})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Snapshot.objects.exists()


@pytest.mark.parametrize("role", ["reviewer", "annotator"])
def test_freezing_and_taking_away_need_a_researcher(member, judged, freeze, address, role):
    judged("pairwise")
    snapshot, low = freeze(), member(role, "low@home.example")
    for path in ("", f"{snapshot.pk}/", f"{snapshot.pk}/file/"):
        assert low.browser.get(address + path).status_code == 403
    assert low.browser.post(address, GIVEN).status_code == 403


def test_a_stranger_and_another_project_find_nothing(stranger, researcher, judged, freeze, address, project):
    judged("pairwise")
    snapshot = freeze()
    assert stranger.browser.get(f"{address}{snapshot.pk}/file/").status_code == 404
    project.pk = None
    project.save()
    assert researcher.browser.get(f"/w/home/projects/{project.pk}/snapshots/{snapshot.pk}/").status_code == 404


def test_a_file_is_downloaded_by_the_page_as_by_the_api(researcher, judged, freeze, address):
    judged("pairwise")
    snapshot = freeze()
    query = {"layout": "preference", "format": "csv"}
    answer = researcher.browser.get(f"{address}{snapshot.pk}/file/", query)
    by_page = b"".join(answer.streaming_content)
    by_api = b"".join(researcher.api.get(f"/api/v1/snapshots/{snapshot.pk}/export/", query).streaming_content)
    assert by_page == by_api
    assert "attachment" in answer["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(by_page.decode(), newline="")))
    assert all(row["rejected"].startswith("'=Bad") for row in rows)


@pytest.mark.parametrize(
    "query", [{"layout": "poem"}, {"layout": "unpaired"}, {"format": "xls"}, {"split": "x"}, {"part": "half"}]
)
def test_a_file_that_cannot_be_written_is_refused_in_words(researcher, judged, freeze, address, query):
    judged("pairwise")
    path = f"{address}{freeze().pk}/"
    assert researcher.browser.get(f"{path}file/", query).status_code == 422
    assert "Take it away" in page(researcher, path, **query)  # and the page falls back to the whole


def test_the_page_shows_the_first_rows_as_the_file_has_them(researcher, judged, freeze, export_lines, address):
    judged("pairwise")
    snapshot = freeze()
    html = page(researcher, f"{address}{snapshot.pk}/", layout="preference", format="jsonl")
    first = export_lines(snapshot, layout="preference")[0]
    assert first["prompt"] in html
    assert "DPOTrainer" in html
    assert snapshot.sha256[:12] in html


@pytest.fixture
def export_lines(researcher):
    def act(snapshot, **query):
        answer = researcher.api.get(f"/api/v1/snapshots/{snapshot.pk}/export/", query)
        return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]

    return act


def test_an_archive_is_packed_followed_and_downloaded(researcher, judged, freeze, address, finish_jobs):
    judged("pairwise")
    path = f"{address}{freeze().pk}/"
    assert researcher.browser.post(f"{path}pack/", {"layout": "preference", "format": "parquet"}).status_code == 302
    assert "hx-trigger" in researcher.browser.get(f"{path}archives/").content.decode()
    (job,) = finish_jobs()
    html = researcher.browser.get(f"{path}archives/").content.decode()
    assert "hx-trigger" not in html
    content = b"".join(researcher.browser.get(f"{path}archives/{job.pk}/").streaming_content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "data/train.parquet" in archive.namelist()


def test_an_archive_that_cannot_be_says_why(researcher, judged, freeze, address):
    judged("pairwise")
    answer = researcher.browser.post(f"{address}{freeze().pk}/pack/", {"layout": "unpaired"}, follow=True)
    assert "the snapshot holds pairwise" in answer.content.decode()


def test_the_hash_is_verified_by_a_job(researcher, judged, freeze, address, finish_jobs):
    judged("pairwise")
    snapshot = freeze(splits={"train": 1.0})
    path = f"{address}{snapshot.pk}/"
    researcher.browser.post(f"{path}verify/")
    assert "hx-trigger" in researcher.browser.get(f"{path}verification/").content.decode()
    (job,) = finish_jobs()
    assert job.result == {"id": str(snapshot.pk), "sha256": snapshot.sha256, "matches": True, "why": ""}
    assert "The rows still give this hash" in page(researcher, path)

    place = files.place(snapshot.files["train"]["sha256"])
    place.write_bytes(place.read_bytes()[:-1] + b"x")
    researcher.browser.post(f"{path}verify/")
    (job,) = finish_jobs()
    assert job.result["matches"] is False
    html = page(researcher, path)
    assert "they were changed" in html
    assert "restore it from a backup" in html


def test_a_damaged_snapshot_still_has_a_page(researcher, judged, freeze, address):
    judged("pairwise")
    snapshot = freeze()
    for part in snapshot.files.values():
        files.place(part["sha256"]).write_bytes(b"nonsense")
    assert "is missing or was changed" in page(researcher, f"{address}{snapshot.pk}/")
    assert researcher.browser.get(f"{address}{snapshot.pk}/file/").status_code == 503


def test_a_takedown_is_named_on_the_page(researcher, judged, freeze, address, project):
    judged("pairwise")
    snapshot = freeze()
    body = {"prompt": str(Prompt.objects.first().pk), "reason": "Private."}
    researcher.api.post(f"/api/v1/projects/{project.pk}/takedowns/", body)
    html = page(researcher, f"{address}{snapshot.pk}/")
    assert "1 prompt of it was taken down" in html
    assert "Private." in html


def test_agreement_is_told_with_its_interval():
    held = {
        "agreement": {"pairwise": {"measure": "alpha_nominal", "value": 0.5, "low": 0.4, "high": 0.6}, "binary": {}},
    }
    assert sheets.agreement(held) == "Which is better: Krippendorff's α, nominal 0.50 (0.40 – 0.60)"
    assert sheets.agreement({}) == ""


def test_hashing_anew_leaves_nothing_behind(judged, freeze, tmp_path):
    judged("pairwise")
    snapshot, heard, folder = freeze(), [], tmp_path / "work"
    folder.mkdir()
    assert reading.recompute(snapshot, folder, lambda share, phase: heard.append(share)) == snapshot.sha256
    assert heard[0] == 0
    assert not list(folder.iterdir())


def test_every_layout_and_format_says_what_it_is_good_for():
    assert set(guides.LAYOUT_USES) == set(layouts.LAYOUTS)
    assert set(guides.FORMAT_USES) == set(guides.BUILDERS) == set(guides.READERS) == set(FORMATS)


def test_learning_begins_with_this_snapshot_chosen(researcher, judged, freeze):
    judged("pairwise")
    one, two = freeze(), freeze()
    html = page(researcher, "/w/home/reward-models/new/", snapshot=str(one.pk))
    assert f'<option value="{one.pk}" selected>' in html
    assert f'<option value="{two.pk}">' in html


def test_the_pages_speak_the_language_of_the_person(researcher, judged, freeze, address, finish_jobs):
    judged("pairwise", "cardinal")
    snapshot = freeze()
    names = {"Home", "Helpfulness", "Researcher", "researcher@home.example", "datasets", "pandas", "TRL", "curl"}
    formats = {"jsonl.gz", "jsonl", "parquet", "csv", "train", "test", "validation"}
    path = f"{address}{snapshot.pk}/"
    with pseudo.language():
        researcher.browser.post(f"{path}pack/", {"layout": "raw"})
        html = [page(researcher, address), page(researcher, path, layout="preference")]
        finish_jobs()
        html += [page(researcher, path, layout="raw", format="csv")]
        for one in html:
            assert pseudo.untranslated(one, names | formats) == []


def test_a_snapshot_says_which_others_hold_the_very_same(researcher, judged, address, freeze):
    judged("pairwise")
    one, same, other = freeze(name="First", seed=1), freeze(name="Again", seed=1), freeze(name="Other seed", seed=2)
    assert one.sha256 == same.sha256 != other.sha256
    shown = page(researcher, f"{address}{same.pk}/")
    assert "The same judgments in the same splits as:" in shown
    assert f'{address}{one.pk}/" dir="auto">First</a>' in shown
    assert f"{address}{other.pk}/" not in shown
    assert "The same judgments in the same splits" not in page(researcher, f"{address}{other.pk}/")
