"""Policies averaged weight by weight: rewarded soups (Ramé et al., 2023), and the merge of P-SACPO.

It rests on policies that began as one: between them the loss has no barrier. Adapters are merged through the weights
that they were merged into, for a mean of products is no product of means.
"""

import json
import math
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lm import templates
from lm.causal import Causal

OWN, CARD = "merged.json", "README.md"


class Unmergeable(ValueError):
    """A sentence that says why these policies have no mean."""


def soup(
    policies: Sequence[Causal],
    weights: Sequence[float],
    folder: Path,
    *,
    lineage: Mapping[str, Any] | None = None,
) -> Path:
    """The weighted mean as a folder that transformers opens, whole or not there; the first policy given becomes it."""
    check(policies, weights)
    with torch.no_grad():
        mean = averaged([policy.model.state_dict() for policy in policies], weights)
        policies[0].model.float().load_state_dict(mean)
    return keep(folder, policies[0], policies, weights, lineage or {})


def keep(
    folder: Path, mean: Causal, policies: Sequence[Causal], weights: Sequence[float], lineage: Mapping[str, Any]
) -> Path:
    """The mean's folder with what it was made of; one that was there is replaced when the new one is whole."""
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        write(draft, mean, policies, weights, lineage)
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def between(one: Causal, other: Causal, share: float, folder: Path) -> Path:
    """(1 − q) one + q other, as P-SACPO goes from an aligned policy to one that is made too safe."""
    return soup([one, other], [1 - share, share], folder)


def averaged(states: Sequence[Mapping[str, Tensor]], weights: Sequence[float]) -> dict[str, Tensor]:
    """The weighted mean by name, in fp32; a state of weight 0 takes no part, one of weight 1 stays to the bit."""
    parts = [(state, weight) for state, weight in zip(states, weights, strict=True) if weight]
    found = {}
    for name, first in parts[0][0].items():
        if not first.is_floating_point() or len(parts) == 1:
            found[name] = first.float() if first.is_floating_point() else first
            continue
        found[name] = torch.stack([weight * state[name].float() for state, weight in parts]).sum(dim=0)
    return found


def check(policies: Sequence[Causal], weights: Sequence[float]) -> None:
    """Unmergeable unless these are policies of one shape and one vocabulary, and the weights make a mean of them."""
    if len(policies) != len(weights) or len(policies) < 2:
        raise Unmergeable("A merge takes two policies or more, and a weight of each.")
    if not all(map(math.isfinite, weights)) or abs(sum(weights) - 1) > 1e-9:
        raise Unmergeable(f"The weights must add up to 1, and these add up to {sum(weights):g}.")
    shapes = [{name: tensor.shape for name, tensor in one.model.state_dict().items()} for one in policies]
    words = [one.tokenizer.get_vocab() for one in policies]
    for policy, shape, vocabulary in zip(policies[1:], shapes[1:], words[1:], strict=True):
        if shape != shapes[0] or policy.model.config.model_type != policies[0].model.config.model_type:
            raise Unmergeable(f"“{policy.name}” and “{policies[0].name}” are not of one shape.")
        if vocabulary != words[0]:
            raise Unmergeable(f"“{policy.name}” and “{policies[0].name}” do not write with the same tokens.")


def write(
    folder: Path, mean: Causal, policies: Sequence[Causal], weights: Sequence[float], lineage: Mapping[str, Any]
) -> None:
    mean.model.requires_grad_(False)
    mean.model.save_pretrained(folder)
    _, mean.tokenizer.chat_template = templates.choose(mean.tokenizer, is_causal=True)
    mean.tokenizer.save_pretrained(folder)
    parts = [
        {"name": policy.name, "fingerprint": policy.fingerprint, "weight": weight}
        for policy, weight in zip(policies, weights, strict=True)
    ]
    own = {"kind": "soup", "parts": parts, "lineage": dict(lineage)}
    (folder / OWN).write_text(json.dumps(own, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    (folder / CARD).write_text(card(parts, lineage))


def card(parts: Sequence[Mapping[str, Any]], lineage: Mapping[str, Any]) -> str:
    rows = [f"| {one['name']} | {one['fingerprint']} | {one['weight']:g} |" for one in parts]
    return "\n".join(
        [
            "---",
            "library_name: transformers",
            "pipeline_tag: text-generation",
            f"base_model: {json.dumps([one['name'] for one in parts])}",
            "base_model_relation: merge",
            "tags: [merge, alignment]",
            "license: other",
            "---",
            "",
            "# A mean of policies, weight by weight",
            "",
            *(f"- {name}: {value}" for name, value in sorted(lineage.items())),
            "",
            "| policy | SHA-256 | weight |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )
