"""Somebody else's sequence classifier with one label becomes a reward like ours: opened, tried against itself, kept.

What it says must not change on the way: the scores of our folder equal the logits of the classifier that came.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from transformers import AutoModelForSequenceClassification

from lm import backbones, batching, hashing, templates
from lm.backbones import Backbone
from lm.families import Family
from lm.names import first_line
from rewardmodels.learning import assessment, cards, duplicates, folder, heads, held_out, scoring
from rewardmodels.learning.assessment import Assessment
from rewardmodels.learning.commissions import Made
from rewardmodels.learning.evidence import Evidence
from rewardmodels.learning.observing import NOBODY, Observer
from rewardmodels.learning.scoring import HeadReward

MOST_TOKENS = 2_048  # where nobody says how much of a text is read
TOGETHER = 256
TOLERANCE = 1e-4  # between the classifier's logits and our scores, relative to their size
LONGEST_CARD = 100_000
SAMPLES = (
    ("How do I boil an egg?", "Put it in boiling water for eight minutes, then cool it."),
    ("How do I boil an egg?", "No."),
    ("Say hello.", "Hello! It is good to see you."),
)


class Unusable(ValueError):
    """A sentence that says why this is no reward model that can be taken in."""


@dataclass(frozen=True)
class Adoption:
    """What is taken in, how it is to be read, and where it goes."""

    folder: Path  # as it came
    name: str  # what it was called
    template: str  # a name in lm.templates.NAMED; empty: its own, or the default of its kind
    max_length: int | None
    target: Path
    shards: Path
    title: str = ""


def adopt(adoption: Adoption, evidence: Evidence | None = None, observer: Observer = NOBODY) -> Made:
    """Write the folder of a reward that scores as the classifier does; with evidence, calibrate and evaluate it."""
    check_config(adoption.folder)
    observer.phase("Opening the model", 0.05)
    backbone = with_template(backbones.open_folder(adoption.folder, adoption.name), adoption.template)
    named = head_tensors(adoption.folder, backbone.family, adoption.name)
    head = heads.from_tensors(named, backbone.family, 0.0)
    own = description(adoption, backbone)
    reward = HeadReward(backbone, head, scoring.renderer_of(backbone, own), own)
    observer.phase("Comparing with the model as it came", 0.2)
    own["tried"] = compare_with_original(adoption.folder, reward)
    assessed = evaluate(reward, evidence, own, observer) if evidence is not None else None
    metrics = assessed.metrics if assessed else {}
    observer.phase("Saving", 0.95)
    folder.write(adoption.target, head, backbone, own, shards=adoption.shards)
    if assessed:
        held_out.write(adoption.target, assessed.held_out)
    (adoption.target / folder.CARD).write_text(card(own, metrics, adoption))
    details = {"cuts": own["link"]["cuts"], "offset": 0.0, "tried": own["tried"], "rendering": own["rendering"]}
    return Made(folder.seal(adoption.target), own["unit"], metrics, dict(own["calibration"]), details)


def check_config(source: Path) -> None:
    """Unusable unless the configuration speaks of a sequence classifier with one label."""
    try:
        config: dict[str, Any] = json.loads((source / "config.json").read_text())
        architecture = str((config.get("architectures") or ["nothing"])[0])
        labels = config.get("num_labels") or len(config.get("id2label") or {"0": "", "1": ""})
    except (OSError, ValueError, TypeError, AttributeError, LookupError) as error:
        raise Unusable(f"config.json cannot be read: {first_line(error)}") from error
    if not architecture.endswith("ForSequenceClassification"):
        raise Unusable(
            f"config.json speaks of {architecture[:100]}, not of a …ForSequenceClassification: "
            "this is no reward model that transformers would open."
        )
    if labels != 1:
        raise Unusable(f"The model has {labels} labels; a reward has one, whose logit is the score.")


def with_template(backbone: Backbone, name: str) -> Backbone:
    if not name:
        return backbone
    text = templates.written_for(backbone.tokenizer, templates.NAMED[name])
    if text == backbone.template:
        return replace(backbone, template_name=name)
    # another fingerprint, or the scorer would lend either to who was read with the other
    fingerprint = hashing.text_sha256(f"{backbone.fingerprint}\n{text}")
    return replace(backbone, template_name=name, template=text, fingerprint=fingerprint)


def head_tensors(source: Path, family: Family, name: str) -> dict[str, Tensor]:
    """The classifier's own tensors, fp32."""
    prefixes = tuple(f"{part}." for part in (family.dense, family.out) if part)
    found = {}
    try:
        for path in backbones.weight_files(source, name):
            with safe_open(path, "pt") as file:
                for key in file.keys():  # noqa: SIM118
                    if key.startswith(prefixes):
                        found[key] = file.get_tensor(key).float()
        heads.from_tensors(found, family, 0.0)
    except (SafetensorError, ValueError, RuntimeError, KeyError) as error:
        raise Unusable(f"The model’s head cannot be read: {first_line(error)}") from error
    if not all(bool(torch.isfinite(tensor).all()) for tensor in found.values()):
        raise Unusable("The model’s head holds numbers that are none; its weights are damaged.")
    return found


def description(adoption: Adoption, backbone: Backbone) -> dict[str, Any]:
    """What reward.json says of it before anything was judged."""
    limit = adoption.max_length or min(backbone.context, int(backbone.tokenizer.model_max_length), MOST_TOKENS)
    if limit > backbone.context:
        raise Unusable(f"{adoption.name} reads at most {backbone.context} tokens, not {limit}.")
    return {
        "format": 1,
        "form": "head",
        "kind": "imported",
        "settings": {},
        "unit": "logit",
        "source": {"name": adoption.title or adoption.name},
        "backbone": {"name": adoption.name, "fingerprint": backbone.fingerprint},
        "rendering": {"template": backbone.template_name, "max_length": limit, "max_prompt": max(4, limit // 2)},
        "link": {"cuts": [0.0]},
        "calibration": {"temperature": 1.0, "n": 0, "is_fitted": False, "reason": "It was not evaluated here."},
    }


@torch.inference_mode()
def compare_with_original(source: Path, reward: HeadReward) -> dict[str, Any]:
    """How far our scores are from the classifier's logits on the same token ids; Unusable where that is far."""
    original: Any = AutoModelForSequenceClassification.from_pretrained(
        source, dtype=torch.float32, use_safetensors=True, local_files_only=True, trust_remote_code=False
    )
    if original.get_input_embeddings().num_embeddings <= reward.backbone.tokenizer.pad_token_id:
        original.resize_token_embeddings(reward.backbone.tokenizer.pad_token_id + 1, mean_resizing=False)
    original.config.pad_token_id = reward.backbone.tokenizer.pad_token_id
    original.eval()
    items = [(templates.conversation(prompt), response) for prompt, response in SAMPLES]
    ours = [score.reward for score in reward.score(items)]
    theirs = []
    for prompt, response in items:
        ids = reward.renderer.render(prompt, response).ids
        batch = batching.pad([ids], reward.backbone.tokenizer.pad_token_id)
        logits = original(input_ids=batch.ids, attention_mask=batch.mask.long()).logits
        theirs.append(float(logits[0, 0]))
    far = max(abs(one - other) / max(1.0, abs(other)) for one, other in zip(ours, theirs, strict=True))
    if not far <= TOLERANCE:  # NaN is far, too
        raise Unusable(f"Our scores differ from the model’s own logits by up to {far:.3g}: it is built in another way.")
    return {"texts": len(items), "largest_difference": far}


def evaluate(reward: HeadReward, evidence: Evidence, own: dict[str, Any], observer: Observer) -> Assessment:
    """Figures of every split, none of which it learned from as far as is known; calibration is noted in `own`."""
    duplicates.join(evidence)
    utilities = torch.tensor(list(scores_of(reward, evidence, observer)), dtype=torch.float32)
    if not bool(torch.isfinite(utilities).all()):
        raise Unusable("Its score of some texts of the snapshot is no number: it overflows on them.")
    assessed = assessment.assess(evidence, utilities, torch.tensor(own["link"]["cuts"], dtype=torch.float64), 0)
    own["calibration"] = {**assessed.calibration._asdict(), "is_fitted": assessed.calibration.is_fitted}
    for found in assessed.metrics.values():  # what is near our training split means nothing to it
        found.pop("seen", None)
        found["slices"] = [part for part in found.get("slices", []) if part["by"] != "prompt"]
    return assessed


def scores_of(reward: HeadReward, evidence: Evidence, observer: Observer) -> Iterable[float]:
    total = len(evidence.candidates)
    for start in range(0, total, TOGETHER):
        observer.phase("Scoring the snapshot", 0.3 + 0.6 * start / total)
        yield from (score.reward for score in reward.score(evidence.candidates[start : start + TOGETHER]))


def card(own: dict[str, Any], metrics: dict[str, Any], adoption: Adoption) -> str:
    """Our facts, then the card that came with it."""
    rendering = own["rendering"]
    lines = [
        "---",
        "library_name: transformers",
        "license: other",
        "tags: [reward-model]",
        "pipeline_tag: text-classification",
        "---",
        "",
        f"# {json.dumps(own['source']['name'], ensure_ascii=False)[1:-1]}",
        "",
        "A reward model that was brought in, not learned here. Higher is better; the unit is logit.",
        "",
        f"- Came as {json.dumps(adoption.name, ensure_ascii=False)}",
        f"- Text: template {rendering['template']}, at most {rendering['max_length']} tokens, of which at most "
        f"{rendering['max_prompt']} of the prompt",
        f"- {cards.calibration_line(own['calibration'])}",
        "",
        *(cards.table(metrics) if metrics else []),
    ]
    theirs = adoption.folder / folder.CARD
    if theirs.is_file():
        lines += ["", "## The card that it came with", "", theirs.read_text(errors="replace")[:LONGEST_CARD]]
    return "\n".join(lines) + "\n"
