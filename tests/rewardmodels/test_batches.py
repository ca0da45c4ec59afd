"""Many scores by one job: of files in every format, of a snapshot, of a project; bad lines; the file that comes out."""

import csv
import gzip
import io
import json
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from annotation.models import Project, Prompt, Response
from jobs.models import Job
from jobs.work import Failed
from rewardmodels import places
from rewardmodels.batches import results, running
from rewardmodels.batches.journal import Journal, Said
from rewardmodels.batches.questions import Question
from rewardmodels.learning import scoring
from tests.rewardmodels.conftest import rows

API = "/api/v1/reward-models"


def at(model, tail=""):
    return f"{API}/{model.pk}/batches/{tail}"


def finished(member, model, finish_jobs, body, **options):
    """The job, after its work."""
    answer = member.api.post(at(model), body, **options)
    assert answer.status_code == 202, answer.json()
    (job,) = finish_jobs()
    assert str(job.pk) == answer.json()["id"]
    return job


def lines(member, model, job):
    answer = member.api.get(at(model, f"{job.pk}/"))
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def parsed(content):
    return [json.loads(line) for line in content.splitlines()]


RECORDS = [
    {"prompt": "hello", "responses": ["please thank you", "no no no"], "id": "a"},
    {"prompt": [{"role": "user", "content": "hello"}], "response": "please"},
    {"prompt": "hello", "chosen": "thank you", "rejected": "thank you"},
]


def test_every_answer_gets_its_score_with_unit_and_hash(researcher, learned, finish_jobs):
    job = finished(researcher, learned, finish_jobs, {"records": RECORDS})
    assert job.state == Job.State.SUCCEEDED, job.error
    found = parsed(lines(researcher, learned, job))
    assert [(row["line"], row["id"], row["answer"]) for row in found] == [
        (1, "a", 0), (1, "a", 1), (2, "", 0), (3, "", 0), (3, "", 1)
    ]  # fmt: skip
    assert {(row["unit"], row["model_sha256"]) for row in found} == {("logit", learned.sha256)}
    reward = scoring.open_folder(places.folder_of(learned.pk))
    ours = reward.score([(({"role": "user", "content": "hello"},), "please thank you")])[0]
    assert found[0]["reward"] == pytest.approx(ours.reward, abs=1e-5)
    assert found[0]["calibrated"] == pytest.approx(ours.calibrated, abs=1e-5)
    assert found[0]["reward"] > found[1]["reward"]
    assert (job.result["scored"], job.result["rejected"]) == (5, [])
    assert job.result["url"] == at(learned, f"{job.pk}/")


def in_csv():
    return b"prompt,response\nhello,please thank you\nhello,no no no\n"


def in_parquet():
    import pyarrow
    from pyarrow import parquet

    target = io.BytesIO()
    table = pyarrow.Table.from_pylist([{"prompt": "hello", "responses": ["please thank you", "no no no"]}])
    parquet.write_table(table, target)
    return target.getvalue()


def in_lines():
    return b'{"prompt": "hello", "response": "please thank you"}\n{"prompt": "hello", "response": "no no no"}\n'


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("some.csv", in_csv),
        ("some.parquet", in_parquet),
        ("some.jsonl", in_lines),
        ("some.jsonl.gz", lambda: gzip.compress(in_lines())),
    ],
)
def test_files_of_every_kind_are_read(researcher, learned, finish_jobs, name, content):
    file = SimpleUploadedFile(name, content())
    job = finished(researcher, learned, finish_jobs, {"file": file}, format="multipart")
    assert job.state == Job.State.SUCCEEDED, job.error
    first, second = parsed(lines(researcher, learned, job))
    assert first["reward"] > second["reward"]


def test_bad_lines_are_named_and_the_others_scored(researcher, learned, finish_jobs):
    content = b'{"prompt": "hello", "response": "please"}\n{nonsense\n{"prompt": "hello"}\n{"response": "x"}\n[]\n'
    file = SimpleUploadedFile("some.jsonl", content)
    job = finished(researcher, learned, finish_jobs, {"file": file}, format="multipart")
    assert job.result["scored"] == 1
    assert [(fault["line"], fault["field"]) for fault in job.result["rejected"]] == [
        (2, ""), (3, "response"), (4, "prompt"), (5, "")
    ]  # fmt: skip
    page = researcher.browser.get(f"/w/home/reward-models/{learned.pk}/batches/{job.pk}/").content.decode()
    assert "not JSON" in page
    assert "Download the scores" in page


def test_a_score_that_is_no_number_is_named_and_not_written(researcher, learned, finish_jobs, monkeypatch):
    def score_items(self, items, **options):
        return [scoring.Score(float("inf") if "bad" in text else 1.0, 1.0, 3, True) for _prompt, text in items]

    monkeypatch.setattr(scoring.HeadReward, "score", score_items)
    content = b'{"prompt": "hello", "response": "good"}\n{"prompt": "hello", "response": "bad"}\n'
    body = {"file": SimpleUploadedFile("some.jsonl", content)}
    job = finished(researcher, learned, finish_jobs, body, format="multipart")
    assert [(fault["line"], fault["field"]) for fault in job.result["rejected"]] == [(2, "response")]
    assert len(parsed(lines(researcher, learned, job))) == 1


def test_a_file_without_one_good_line_ends_with_a_sentence_and_no_file(researcher, learned, finish_jobs):
    file = SimpleUploadedFile("some.jsonl", b"{nonsense\n")
    job = finished(researcher, learned, finish_jobs, {"file": file}, format="multipart")
    assert job.state == Job.State.FAILED
    assert "nothing that could be scored. Line 1: The line is not JSON" in job.error
    assert not list(results.root().glob("*/*"))


def test_each_answer_of_a_snapshot_is_scored_once(researcher, learned, snapshot, finish_jobs):
    body = {"snapshot": str(snapshot.pk), "split": "test"}
    found = parsed(lines(researcher, learned, finished(researcher, learned, finish_jobs, body)))
    held = [row for row in rows() if row["split"] == "test"]
    assert len(found) == 2 * len(held)
    assert {row["response"] for row in found} == {"good", "bad"}


def test_the_answers_of_a_project_are_scored_but_not_of_what_was_taken_down(
    researcher, learned, finish_jobs, workspace
):
    project = Project.objects.create(workspace=workspace, name="Answers", kinds=["pairwise"])
    for number, down in enumerate((None, "2026-01-01T00:00:00Z")):
        prompt = Prompt.objects.create(
            project=project, messages=[{"role": "user", "content": f"hello {number}"}], sha256=bytes([number] * 32),
            root=b"r" * 32, taken_down_at=down,
        )  # fmt: skip
        for place in range(2):
            Response.objects.create(prompt=prompt, text=f"please {place}", sha256=bytes([place] * 32))
    job = finished(researcher, learned, finish_jobs, {"project": str(project.pk), "format": "csv"})
    found = list(csv.DictReader(io.StringIO(lines(researcher, learned, job).decode())))
    kept = Response.objects.filter(prompt__taken_down_at=None)
    assert {row["response"] for row in found} == {str(pk) for pk in kept.values_list("pk", flat=True)}
    assert all(float(row["reward"]) for row in found)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "file"),
        ({"records": []}, 400, "records"),
        ({"records": [{"prompt": "a", "response": "b"}], "project": str(uuid4())}, 422, "project"),
        ({"snapshot": str(uuid4())}, 422, "snapshot"),
        ({"project": str(uuid4())}, 422, "project"),
        ({"records": [{"prompt": "a", "response": "b"}], "format": "xls"}, 400, "format"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused_at_its_field(researcher, learned, body, status, field):
    answer = researcher.api.post(at(learned), body)
    assert answer.status_code == status, answer.json()
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert not Job.objects.filter(kind="rewardmodels.score").exists()


def test_a_split_that_is_none_and_a_file_that_is_none_are_refused(researcher, learned, snapshot):
    answer = researcher.api.post(at(learned), {"snapshot": str(snapshot.pk), "split": "holdout"})
    assert answer.json()["errors"][0]["field"] == "split"
    file = SimpleUploadedFile("some.xls", b"x")
    assert researcher.api.post(at(learned), {"file": file}, format="multipart").status_code == 422


def test_an_untrained_model_scores_nothing(researcher, wish):
    made = researcher.api.post(f"{API}/", wish).json()["id"]
    assert researcher.api.post(f"{API}/{made}/batches/", {"records": RECORDS}).status_code == 409


def test_the_page_takes_a_file_and_leads_to_its_scores(researcher, learned, finish_jobs):
    page = f"/w/home/reward-models/{learned.pk}/batches/"
    file = SimpleUploadedFile("some.jsonl", in_lines())
    answer = researcher.browser.post(page, {"file": file, "format": "jsonl.gz"})
    assert answer.status_code == 302, answer.content.decode()
    finish_jobs()
    told = researcher.browser.get(answer["Location"]).content.decode()
    assert "2 answers were scored" in told
    fetched = b"".join(researcher.browser.get(f"{answer['Location']}download/").streaming_content)
    assert len(parsed(gzip.decompress(fetched))) == 2
    assert "some.jsonl" in researcher.browser.get(page).content.decode()


def test_the_page_wants_one_thing_to_score(researcher, learned, snapshot):
    page = f"/w/home/reward-models/{learned.pk}/batches/"
    answer = researcher.browser.post(page, {"format": "jsonl"})
    assert answer.status_code == 422
    assert "Choose one" in answer.content.decode()


def test_a_file_that_another_sweeper_took_first_is_not_counted(settings, monkeypatch):
    monkeypatch.setattr(results, "KEPT_SECONDS", -1)
    kept, gone = results.root() / "ab" / "kept", results.root() / "ab" / "gone"
    kept.parent.mkdir(parents=True)
    kept.touch()
    gone.symlink_to(gone.with_name("nowhere"))
    assert results.forget() == 1
    assert not kept.exists()


def test_old_files_are_forgotten_and_the_page_says_so(researcher, learned, finish_jobs, monkeypatch):
    job = finished(researcher, learned, finish_jobs, {"records": RECORDS})
    monkeypatch.setattr(results, "KEPT_SECONDS", -1)
    assert results.forget() == 1
    assert researcher.api.get(at(learned, f"{job.pk}/")).status_code == 404
    page = researcher.browser.get(f"/w/home/reward-models/{learned.pk}/batches/{job.pk}/").content.decode()
    assert "cleared away" in page


def test_a_batch_that_failed_goes_on_where_it_stood_and_writes_the_same_file(
    researcher, learned, finish_jobs, monkeypatch
):
    lines_sent = b"".join(
        b'{"prompt": "hello", "response": "please %d"}\n' % number if number != 2 else b"{nonsense\n"
        for number in range(7)
    )
    body = {"file": SimpleUploadedFile("some.jsonl", lines_sent)}
    monkeypatch.setattr(running, "TOGETHER", 2)
    whole = finished(researcher, learned, finish_jobs, body, format="multipart")
    score, seen = scoring.HeadReward.score, []

    def stumble(self, items, **options):
        seen.extend(text for _, text in items)
        if len(seen) == 4:
            raise Failed("the machine went away")
        return score(self, items, **options)

    monkeypatch.setattr(scoring.HeadReward, "score", stumble)
    body["file"].seek(0)
    job = finished(researcher, learned, finish_jobs, body, format="multipart")
    assert job.state == Job.State.FAILED
    assert seen == ["please 0", "please 1", "please 3", "please 4"]
    assert researcher.api.post(f"/api/v1/jobs/{job.pk}/retry/").status_code == 200
    (job,) = finish_jobs()
    assert job.state == Job.State.SUCCEEDED, job.error
    assert seen[4:] == ["please 3", "please 4", "please 5", "please 6"]
    assert job.result["sha256"] == whole.result["sha256"]
    assert job.result["rejected"] == whole.result["rejected"]


def question(number, text="please"):
    return Question(number, "", 0, "", "", [{"role": "user", "content": "hello"}], text)


def test_a_journal_is_believed_up_to_the_first_question_that_is_another(tmp_path):
    asked = [question(number) for number in range(4)]
    said = [Said({"reward": float(number)}) for number in range(3)]
    first = Journal(tmp_path / "journal", "a")
    assert first.take(asked[0]) is None
    first.keep(asked[:3], said)
    first.close()
    again = Journal(tmp_path / "journal", "a")
    assert again.take(asked[0]) == said[0]
    assert again.take(question(1, "changed")) is None
    assert again.take(asked[1]) is None  # what came after it may be about other answers
    again.keep([asked[3]], [Said(None, "prompt", "unreadable")])
    again.close()
    third = Journal(tmp_path / "journal", "a")
    assert [third.take(asked[0]), third.take(asked[3])] == [said[0], Said(None, "prompt", "unreadable")]


@pytest.mark.parametrize("damage", [b'["half a li', b"5\n", b"\xff\n"])
def test_half_a_line_ends_the_journal_and_is_written_over(tmp_path, damage):
    path = tmp_path / "journal"
    first = Journal(path, "a")
    first.take(question(0))
    first.keep([question(0)], [Said({"reward": 0.0})])
    first.close()
    path.write_bytes(path.read_bytes() + damage)
    again = Journal(path, "a")
    assert again.take(question(0)) == Said({"reward": 0.0})
    assert again.take(question(1)) is None
    again.keep([question(1)], [Said({"reward": 1.0})])
    again.close()
    assert len(path.read_bytes().splitlines()) == 2


def test_scores_of_other_weights_are_not_believed(tmp_path):
    first = Journal(tmp_path / "journal", "a")
    first.take(question(0))
    first.keep([question(0)], [Said({"reward": 0.0})])
    first.close()
    assert Journal(tmp_path / "journal", "b").take(question(0)) is None


def test_memory_holds_a_few_hundred_answers_however_many_there_are(learned, monkeypatch, tmp_path):
    from annotation.imports.files import Meter

    alive, most = 0, 0

    def endless():
        nonlocal alive, most
        for number in range(1_000):
            alive += 1
            most = max(most, alive)
            yield Question(number, "", 0, "", "", [{"role": "user", "content": "hello"}], "please")

    class Idle:
        def progress(self, share, phase):
            """Nobody watches."""

    class Quick:
        def score(self, items):
            return [scoring.Score(1.0, 1.0, 3, True) for _ in items]

    monkeypatch.setattr(running, "open_reward", lambda model: Quick())
    batch = running.Batch(Idle(), learned, endless(), Meter(), Journal(tmp_path / "journal", learned.sha256))
    for _line in batch.lines():
        alive = max(0, alive - 1)
    assert batch.scored == 1_000
    assert most <= running.TOGETHER
