"""A composition's folder: weights by name in reward.json, and beside it all that its features need.

It is no sequence classifier and has no config.json on top, so that a tool which reads those refuses it instead of
scoring with something else. A language model that rates stays where it is; the folder names it.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from lm.backbones import Backbone
from rewardmodels.learning import folder as folders
from rewardmodels.learning import held_out
from rewardmodels.learning.assessment import Assessment
from rewardmodels.learning.commissions import Commission, Made
from rewardmodels.learning.composition import attributes, cards
from rewardmodels.learning.composition.composed import ASPECTS, BACKBONE, MODELS
from rewardmodels.learning.composition.gathering import Gathered
from rewardmodels.learning.composition.rated import Learned
from rewardmodels.learning.settings.compositional import Compositional

FORM = "composition"


def save(
    gathered: Gathered, backbone: Backbone, commission: Commission, result: Assessment, details: dict[str, Any]
) -> Made:
    """The sealed folder; nothing in it depends on the clock or on an id of a database."""
    folder = commission.folder
    folder.mkdir(parents=True, exist_ok=True)
    own = description(gathered, backbone, commission, result, details)
    if gathered.aspects:
        write_aspects(folder, gathered.aspects)
        folders.write_base(folder / BACKBONE, backbone, commission.shards, commission.settings.max_length)
    for part in commission.parts:
        copy_linked(part.folder, folder / MODELS / part.part.name)
    folders.write_own(folder, own)
    held_out.write(folder, result.held_out)
    (folder / folders.CARD).write_text(cards.write(own, result.metrics))
    sha256 = folders.seal(folder)
    kept = {**details, "cuts": own["link"]["cuts"], "judge": own["judge"], "models": own["models"]}
    return Made(sha256, "logit", result.metrics, dict(own["calibration"]), kept)


def description(
    gathered: Gathered, backbone: Backbone, commission: Commission, result: Assessment, details: dict[str, Any]
) -> dict[str, Any]:
    settings = commission.settings
    assert isinstance(settings, Compositional)
    has_backbone = bool(gathered.aspects)
    return {
        "format": 1,
        "form": FORM,
        "kind": settings.kind,
        "settings": asdict(settings),
        "seed": commission.seed,
        "unit": "logit",
        "source": commission.source,
        "backbone": {"name": backbone.name, "fingerprint": backbone.fingerprint} if has_backbone else None,
        "rendering": {
            "template": backbone.template_name,
            "max_length": settings.max_length,
            "max_prompt": settings.prompt_limit,
        }
        if has_backbone
        else None,
        "judge": asked(commission),
        "models": [
            {
                "name": one.part.name,
                "title": one.part.title,
                "sha256": one.sha256,
                "unit": one.part.reward.unit,
                "saw_the_training_split": is_of(one.part.reward.own, commission),
            }
            for one in commission.parts
        ],
        "link": {"cuts": [0.0]},
        "calibration": {**result.calibration._asdict(), "is_fitted": result.calibration.is_fitted},
        **details,
    }


def is_of(own: dict[str, Any], commission: Commission) -> bool:
    """Whether a reward learned from the same judgments, on which it looks better than it is and earns too much."""
    return bool(own.get("source", {}).get("sha256") == commission.source["sha256"])


def asked(commission: Commission) -> dict[str, Any] | None:
    """The language model that has to be given to the reward again."""
    settings = commission.settings
    assert isinstance(settings, Compositional)
    if commission.judge is None:
        return None
    return {
        "name": settings.judge,
        "model": settings.judge_model,
        "reading": settings.judge_reading,
        "template": settings.judge_template,
        "attributes": [attribute.name for attribute in attributes.chosen(settings.attributes)],
        "key": commission.judge.judge.key,
    }


def write_aspects(folder: Path, aspects: dict[str, Learned]) -> None:
    tensors = {f"{name}.weight": learned.head.weight for name, learned in aspects.items()}
    tensors |= {f"{name}.bias": np.array([learned.head.bias]) for name, learned in aspects.items()}
    save_file(tensors, folder / ASPECTS)


def copy_linked(source: Path, target: Path) -> None:
    """The whole of a reward model's folder, its files linked."""
    for path in sorted(source.rglob("*")):
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            folders.link(path, place)
