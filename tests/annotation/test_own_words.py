"""What an erased annotator typed beside verdicts goes from the database; verdicts and frozen files stay as they are."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils.timezone import now

from accounts import annotators, erasure
from accounts.erasure import Actor
from annotation import projects
from annotation.models import Assignment, JudgmentVersion, Pause, Question, Snapshot
from annotation.projects import Wish
from annotation.snapshots import reading

pytestmark = pytest.mark.django_db
TYPED = {"reason": "Lea says so.", "critique": "Ask Lea.", "rewrite": "Lea would write this."}
FLAGS = ["unsafe"]


@pytest.fixture
def project(researcher, finish_jobs):
    """Two pairs whose judgments may carry words, each wanted twice."""
    wish = Wish(name="Words", kinds=["pairwise"], overlap=2, settings={"extras": [*TYPED, "flags"], "flags": FLAGS})
    made = projects.create(scope=researcher.scope, wish=wish)
    records = [{"prompt": f"Q{n}", "chosen": f"A{n}", "rejected": f"B{n}"} for n in range(2)]
    researcher.api.post(f"/api/v1/projects/{made.pk}/imports/", {"records": records})
    finish_jobs()
    return made


def label(member, project):
    """A verdict with words, corrected once, and a task skipped for a reason."""
    offer = member.api.post(f"/api/v1/projects/{project.pk}/next/").json()
    answer = {"preferred": offer["responses"][0]["id"], "flags": FLAGS, **TYPED}
    said = member.api.post(f"/api/v1/assignments/{offer['assignment']}/submit/", {"answer": answer, "duration_ms": 900})
    assert said.status_code == 201, said.json()
    corrected = {"answer": {**answer, "preferred": None}}
    assert member.api.patch(f"/api/v1/judgments/{said.json()['judgment']['id']}/", corrected).status_code == 200
    offer = member.api.post(f"/api/v1/projects/{project.pk}/next/").json()
    address = f"/api/v1/assignments/{offer['assignment']}/skip/"
    assert member.api.post(address, {"reason": "Lea knows the author."}).status_code < 300


def everything_said():
    with connection.cursor() as cursor:
        cursor.execute("SELECT answer::text FROM annotation_judgmentversion")
        said = [row[0] for row in cursor.fetchall()]
    return " ".join([*said, *Assignment.objects.values_list("reason", flat=True)])


def test_words_go_out_of_every_version_and_verdicts_stay(project, annotator):
    label(annotator, project)
    before = list(JudgmentVersion.objects.order_by("version").values_list("preferred", flat=True))
    assert everything_said().count("Lea") == 2 * len(TYPED) + 1
    erasure.erase(person=annotator.person, by=Actor(None))
    assert "Lea" not in everything_said()
    assert list(JudgmentVersion.objects.order_by("version").values_list("preferred", flat=True)) == before
    assert [version.answer["flags"] for version in JudgmentVersion.objects.all()] == [FLAGS, FLAGS]


def test_the_words_of_others_stay(project, annotator, reviewer):
    label(annotator, project)
    label(reviewer, project)
    erasure.erase(person=annotator.person, by=Actor(None))
    assert everything_said().count("Lea") == 2 * len(TYPED) + 1


def test_what_was_frozen_before_keeps_words_and_hash(project, annotator, researcher, finish_jobs):
    label(annotator, project)
    researcher.api.post(f"/api/v1/projects/{project.pk}/snapshots/", {"name": "one"})
    finish_jobs()
    erasure.erase(person=annotator.person, by=Actor(None))
    frozen = Snapshot.objects.get()
    assert reading.recompute(frozen) == frozen.sha256
    assert [row.answer["reason"] for row in reading.read(frozen)] == ["Lea says so."]


def test_versions_can_be_changed_no_more_once_the_words_are_gone(project, annotator):
    label(annotator, project)
    erasure.erase(person=annotator.person, by=Actor(None))
    with pytest.raises(IntegrityError, match="rows never change"), transaction.atomic():
        JudgmentVersion.objects.update(duration_ms=1)


def test_an_objection_to_a_pause_goes_and_that_there_was_one_stays(project, annotator, workspace):
    mine = annotators.of_person(workspace, annotator.person)
    figures = {"right": 1, "seen": 9, "upper": 0.5, "threshold": 0.7}
    Pause.objects.create(project=project, annotator=mine, contest="Lea objects.", contested_at=now(), **figures)
    erasure.erase(person=annotator.person, by=Actor(None))
    assert "Lea" not in Pause.objects.get().contest
    assert Pause.objects.get().contested_at


def test_a_question_goes_and_its_answer_stays(project, annotator):
    label(annotator, project)
    asked = Assignment.objects.filter(annotator__person=annotator.person).first()
    replied = {"answer": "Judge the text alone.", "answered_at": now(), "is_shared": True}
    Question.objects.create(project=project, assignment=asked, text="Is this Lea's?", **replied)
    erasure.erase(person=annotator.person, by=Actor(None))
    question = Question.objects.get()
    assert "Lea" not in question.text
    assert question.answer == "Judge the text alone."


def test_where_only_the_pseudonym_is_cut_the_words_go_too(project, annotator, admin, stranger):
    label(annotator, project)
    stranger.membership.workspace.memberships.create(person=annotator.person, role="annotator")
    assert erasure.erase_member(scope=admin.scope, membership=annotator.membership) is False
    assert "Lea" not in everything_said()
