"""What a snapshot holds, and that it never moves."""

import json
import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Group
from annotation import takedowns
from annotation.feedback.rows import Candidate, Row
from annotation.models import Judgment, Prompt, SnapshotJudgment
from annotation.snapshots import content, files, reading, sorting, splits
from annotation.snapshots.hashing import Hash
from api.refusals import Invalid, Unready

ROW = Row(
    judgment="j", version=1, task="t", kind="pairwise", purpose="label", annotator="a-1", origin="person",
    prompt=[{"role": "user", "content": "Hi?"}], responses=[Candidate("x", "Go."), Candidate("y", "Hello.", "m")],
    shown_order=["y", "x"], answer={"preferred": "y", "aspects": {"tone": "x"}}, currency="", guidelines_version=1,
    duration_ms=9, created_at="2026-01-01T00:00:00Z", split="train",
)  # fmt: skip


def test_content_knows_no_ids_and_no_clock():
    other = replace(
        ROW,
        judgment="k",
        task="u",
        responses=[Candidate("p", "Hello.", "m"), Candidate("q", "Go.")],
        shown_order=["p", "q"],
        answer={"aspects": {"tone": "q"}, "preferred": "p"},
        created_at="2030-01-01T00:00:00Z",
        duration_ms=1,
    )
    assert content.line(ROW) == content.line(other)
    assert content.line(ROW) != content.line(replace(ROW, answer={"preferred": "x"}))
    assert content.line(ROW) != content.line(replace(ROW, annotator="a-2"))


def test_a_row_survives_its_file():
    assert Row.from_json(json.loads(json.dumps(ROW.as_json()))) == ROW


def test_the_hash_is_the_one_that_this_content_has_always_had():
    """Changing what is hashed, or how, breaks every hash that was published: it needs a new format line."""
    found = Hash()
    found.add(content.line(ROW))
    assert found.hexdigest() == "4340fbc07ac4022ea2bea480383ecbf2035f616b6b2655d76aec1e079ff664f8"


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(max_size=5), min_size=1, max_size=30), st.integers(0, 2**63))
def test_a_split_follows_from_the_first_user_turn_alone(texts, seed):
    shares = {"train": 0.5, "test": 0.5}
    for text in texts:
        first = {"role": "user", "content": text}
        longer = [{"role": "system", "content": "s"}, first, {"role": "assistant", "content": "a"}]
        assert splits.of([first], shares, seed) == splits.of(longer, shares, seed)


def test_splits_have_their_shares():
    shares = {"train": 0.8, "validation": 0.1, "test": 0.1}
    found = [splits.of([{"role": "user", "content": str(n)}], shares, 3) for n in range(5_000)]
    for name, share in shares.items():  # four standard deviations
        assert abs(found.count(name) / 5_000 - share) < 4 * (share * (1 - share) / 5_000) ** 0.5


@pytest.mark.parametrize(
    "wrong",
    [{}, [], {"train": 0.5}, {"train": 1.2, "test": -0.2}, {"Train!": 1.0}, {"train": True}, {"a": float("nan")}],
)
def test_shares_that_are_no_whole_are_refused(wrong):
    with pytest.raises(Invalid):
        splits.check(wrong)


def test_more_lines_than_fit_are_sorted_on_disk(tmp_path):
    lines = [f"{random.Random(n).random()}\n".encode() for n in range(3_000)]
    found = list(sorting.sorted_lines(iter(lines), tmp_path, run_bytes=1_000))
    assert found == sorted(lines)
    assert not list(tmp_path.glob("run-*"))


def test_what_does_not_count_is_left_out(judged, freeze):
    judged("pairwise")
    late, aside, withdrawn, *kept = Judgment.objects.order_by("pk")
    Judgment.objects.filter(pk=late.pk).update(is_late=True)
    Judgment.objects.filter(pk=aside.pk).update(set_aside_at="2026-01-01T00:00:00Z")
    Judgment.objects.filter(pk=withdrawn.pk).update(withdrawn_at="2026-01-01T00:00:00Z")
    snapshot = freeze()
    assert {row.judgment for row in reading.read(snapshot)} == {str(judgment.pk) for judgment in kept}
    assert SnapshotJudgment.objects.filter(snapshot=snapshot).count() == len(kept)


def test_groups_of_the_annotator_are_frozen_and_no_part_of_the_content(judged, freeze, annotator):
    project = judged("pairwise")
    before = freeze()
    who = Judgment.objects.first().assignment.annotator
    paid, nurses = (Group.objects.create(workspace=project.workspace, name=name) for name in ("paid", "nurses"))
    who.groups.add(paid, nurses)
    after = freeze()
    who.groups.remove(paid)
    assert {tuple(row.groups) for row in reading.read(before)} == {()}
    assert {tuple(row.groups) for row in reading.read(after)} == {("nurses", "paid")}
    assert before.sha256 == after.sha256


def test_a_takedown_reaches_the_next_snapshot_and_is_named_by_the_last(judged, freeze, researcher, project):
    judged("pairwise")
    before = freeze()
    prompt = Prompt.objects.first()
    takedowns.make(scope=researcher.scope, project=project, prompt=prompt.pk, reason="Private.")
    assert sum(freeze().counts["pairwise"].values()) == 5
    card = researcher.api.get(f"/api/v1/snapshots/{before.pk}/").json()["card"]
    assert [(part["prompt"], part["reason"]) for part in card["taken_down_since"]] == [(str(prompt.pk), "Private.")]
    assert reading.recompute(before) == before.sha256


def test_filters_choose_and_are_kept(judged, freeze, annotator):
    judged("pairwise", "binary")
    snapshot = freeze(filters={"kind": "binary"})
    assert set(snapshot.counts) == {"binary"}
    assert snapshot.filters == {"kind": ["binary"]}


@pytest.mark.parametrize(
    ("filters", "field"),
    [
        ({"kind": "poetry"}, "filters.kind"),
        ({"colour": "red"}, "filters.colour"),
        ({"since": "yesterday"}, "filters.since"),
        ({"annotator": "a-nobody"}, "filters"),
    ],
)
def test_filters_that_make_no_sense_are_refused(judged, researcher, project, filters, field):
    judged("pairwise")
    answer = researcher.api.post(f"/api/v1/projects/{project.pk}/snapshots/", {"name": "x", "filters": filters})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_a_file_that_was_changed_is_noticed(judged, freeze):
    judged("pairwise")
    snapshot = freeze(splits={"train": 1.0})
    path = files.place(snapshot.files["train"]["sha256"])
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Unready, match="changed"):
        list(reading.read(snapshot))


def test_the_card_tells_what_the_data_cannot_say(judged, freeze):
    judged("pairwise")
    card = freeze().card
    assert (card["judgments"], card["annotators"], card["largest_share_of_one_annotator"]) == (6, 1, 1.0)
    assert card["known_limits"][0].startswith("One annotator")
