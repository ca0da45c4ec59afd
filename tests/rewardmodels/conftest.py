"""A frozen snapshot, a small backbone that the operator allows, and a scorer that listens."""

import gzip
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from django.utils.timezone import now

from annotation.models import Project, Snapshot
from annotation.snapshots import files
from rewardmodels.learning import measuring
from rewardmodels.models import RewardModel
from tests.lm.tiny import save_encoder

torch.set_num_threads(1)  # two workers on two cores


def comparison(number: int, split: str, *, preferred: str | None = "good") -> dict[str, Any]:
    """A row of a snapshot in which courtesy is preferred."""
    responses = [
        {"id": "good", "text": f"please thank you {number}", "source": ""},
        {"id": "bad", "text": f"no no no {number}", "source": ""},
    ]
    if number % 2:
        responses.reverse()
    return {
        "judgment": f"j{number}",
        "version": 1,
        "task": f"t{number}",
        "kind": "pairwise",
        "purpose": "label",
        "annotator": f"a-{number % 2}",
        "origin": "person",
        "prompt": [{"role": "user", "content": f"hello {number}"}],
        "responses": responses,
        "shown_order": ["good", "bad"] if number % 3 else ["bad", "good"],
        "answer": {"preferred": preferred},
        "currency": None,
        "guidelines_version": 1,
        "duration_ms": 900,
        "created_at": "2026-01-01T00:00:00+00:00",
        "split": split,
    }


def rows(count: int = 40, **options: Any) -> list[dict[str, Any]]:
    names = ("train", "train", "train", "validation", "test")
    return [comparison(number, names[number % 5], **options) for number in range(count)]


@pytest.fixture(autouse=True)
def folders(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.DATA_DIR = tmp_path
    settings.MODEL_ROOTS = [str(tmp_path / "models")]
    monkeypatch.setattr(measuring, "LEAST_SECONDS", 0.0)  # three passes are enough here


@pytest.fixture
def backbone(tmp_path: Path) -> str:
    """The name of a small encoder."""
    return str(save_encoder(tmp_path / "models" / "tiny"))


@pytest.fixture
def freeze(workspace: Any) -> Callable[[list[dict[str, Any]]], Snapshot]:
    """`freeze(rows)`: a frozen snapshot of these rows."""

    def make(frozen: list[dict[str, Any]]) -> Snapshot:
        project = Project.objects.create(workspace=workspace, name="Courtesy", kinds=["pairwise"])
        kept: dict[str, Any] = {}
        counts: dict[str, dict[str, int]] = {}
        for split in sorted({row["split"] for row in frozen}):
            lines = [json.dumps(row).encode() + b"\n" for row in frozen if row["split"] == split]
            content = gzip.compress(b"".join(lines), mtime=0)
            digest = sha256(content).hexdigest()
            files.place(digest).parent.mkdir(parents=True, exist_ok=True)
            files.place(digest).write_bytes(content)
            kept[split] = {"sha256": digest, "rows": len(lines), "bytes": len(content)}
            for row in frozen:
                if row["split"] == split:
                    counts.setdefault(row["kind"], {}).setdefault(split, 0)
                    counts[row["kind"]][split] += 1
        return Snapshot.objects.create(
            project=project,
            name="v1",
            splits={"train": 0.6, "validation": 0.2, "test": 0.2},
            sha256=sha256(json.dumps(frozen).encode()).hexdigest(),
            counts=counts,
            files=kept,
            frozen_at=now(),
        )

    return make


@pytest.fixture
def snapshot(freeze: Callable[[list[dict[str, Any]]], Snapshot]) -> Snapshot:
    return freeze(rows())


@pytest.fixture
def wish(snapshot: Snapshot, backbone: str) -> dict[str, Any]:
    """What a person sends to have a model learned."""
    return {
        "name": "Courtesy",
        "snapshot": str(snapshot.pk),
        "kind": "bradley_terry",
        "backbone": backbone,
        "settings": {"max_length": 48, "weight_decay": 0.5},
        "seed": 1,
    }


@pytest.fixture
def learned(researcher: Any, wish: dict[str, Any], finish_jobs: Callable[[], Any]) -> RewardModel:
    """A trained reward model."""
    answer = researcher.api.post("/api/v1/reward-models/", wish)
    assert answer.status_code == 202, answer.json()
    (job,) = finish_jobs()
    assert job.state == "succeeded", job.error
    return RewardModel.objects.get(pk=answer.json()["id"])


@pytest.fixture
def scorer(settings: Any) -> Iterator[Any]:
    """A scorer where the web looks for it."""
    from tests.rewardmodels.serving import listening

    with listening(settings.DATA_DIR) as made:
        yield made
