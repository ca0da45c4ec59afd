"""The card of an aligned policy: what it was, what it learned from, and what came of it."""

import json
from collections.abc import Mapping
from typing import Any

from training.learning.direct.settings.common import Direct


def write(own: Direct, about: Mapping[str, Any]) -> str:
    """README.md of a policy's folder."""
    return "\n".join([*front_matter(about), *body(own, about)]) + "\n"


def front_matter(about: Mapping[str, Any]) -> list[str]:
    sha256 = about["lineage"].get("sha256")
    return [
        "---",
        "library_name: transformers",
        "pipeline_tag: text-generation",
        f"base_model: {json.dumps(about['policy']['name'])}",
        *([f"datasets: [{json.dumps('sha256:' + str(sha256))}]"] if sha256 else []),
        f"tags: [{about['kind']}, alignment]",
        "license: other",
        "---",
        "",
    ]


def body(own: Direct, about: Mapping[str, Any]) -> list[str]:
    lost, unused = about["losses"], about["unused"]
    learned = f"adapters of rank {own.rank}, merged here in fp32 and unmerged in the folder `adapter`"
    return [
        f"# A policy aligned by {own.title}",
        "",
        (own.__doc__ or "").strip(),
        "",
        f"- Policy and reference: {about['policy']['name']} (SHA-256 {about['policy']['fingerprint']})",
        *(f"- {name}: {value}" for name, value in sorted(about["lineage"].items())),
        f"- Learned: {'all weights' if own.mode == 'full' else learned}",
        f"- {about['judgments']} judgments in {about['steps']} steps, seed {about['seed']}; "
        f"{about['held_out_judgments']} were held out",
        f"- Of {lost['candidates']} answers, {lost['turns_dropped']} lost old turns, {lost['prompts_cut']} the start "
        f"of the last turn, {lost['responses_cut']} their end; {lost['judgments_dropped']} judgments were dropped",
        *(f"- Not learned from: {count} of {name}" for name, count in sorted(unused.items())),
        "",
        *table(about["first"], about["figures"]),
        "",
        "All settings stand in `direct.json`.",
    ]


def table(first: Mapping[str, float], last: Mapping[str, float]) -> list[str]:
    """Figures of judgments held out, before and after."""
    if not last:
        return ["No judgments were held out."]
    rows = [
        f"| {name.removeprefix('held_out/')} | {first.get(name, float('nan')):.4f} | {value:.4f} |"
        for name, value in last.items()
    ]
    return ["| held out | before | after |", "|---|---|---|", *rows]
