"""The model card of a composition: its formula, what it needs, and the figures with their intervals."""

import json
from collections.abc import Mapping
from typing import Any

from rewardmodels.learning.cards import calibration_line, table


def write(own: Mapping[str, Any], metrics: Mapping[str, Mapping[str, Any]]) -> str:
    """README.md of a composition's folder."""
    return "\n".join([*front_matter(own), *body(own, metrics)]) + "\n"


def front_matter(own: Mapping[str, Any]) -> list[str]:
    return [
        "---",
        f"datasets: [{json.dumps('sha256:' + own['source']['sha256'])}]",
        "license: other",
        "tags: [reward-model]",
        "---",
        "",
    ]


def body(own: Mapping[str, Any], metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    reference = own["reference"]
    return [
        "# A reward model: compositional",
        "",
        "It turns a conversation and an answer into a utility: the sum over named features of weight · (feature − "
        "mean) / deviation. Higher is better; a difference is u(first) − u(second); the unit is "
        f"{own['unit']}.",
        "",
        "**This is no sequence classifier.** No single model computes it, so transformers, TRL, vLLM and RewardBench "
        "cannot open this folder. `reward.json` holds the formula; Touchstone opens the folder as it is.",
        "",
        f"- Snapshot of judgments: SHA-256 {own['source']['sha256']}, by {own['annotators']} annotators",
        *needs(own),
        f"- Ties: {ties(own['fit']['ties'])}; comparisons left out because a feature was missing: "
        f"{sum(own['pairs_missing'].values())}",
        f"- Logistic regression without intercept, penalty {own['fit']['penalty']}, C = {own['fit']['strength']:.4g}, "
        f"seed {own['seed']}",
        f"- On {reference['n']} reference answers the mean utility is 0 and its standard deviation "
        f"{reference['deviation']:.4f} (ddof 0)",
        f"- {calibration_line(own['calibration'])}",
        "",
        *formula(own),
        "",
        *table(metrics),
    ]


def ties(policy: str) -> str:
    return "left out" if policy == "drop" else "half a preference for either side"


def needs(own: Mapping[str, Any]) -> list[str]:
    """What the features are computed with."""
    lines = []
    if own["backbone"]:
        rendering = own["rendering"]
        lines.append(
            f"- Heads for rated aspects on {own['backbone']['name']} (SHA-256 {own['backbone']['fingerprint']}), "
            f"frozen, template {rendering['template']}, at most {rendering['max_length']} tokens, of which at most "
            f"{rendering['max_prompt']} of the prompt; it lies in `backbone/`"
        )
    if own["judge"]:
        asked = own["judge"]
        model = f" ({asked['model']})" if asked["model"] else ""
        lines.append(f"- A language model that rates, **not in this folder**: {asked['name']}{model}")
    lines += [f"- Another reward model, in `models/{one['name']}/`: {one['title']}" for one in own["models"]]
    return lines


def formula(own: Mapping[str, Any]) -> list[str]:
    """Weights of standardised features, in brackets 95 % intervals that resample prompts; then what is not there."""
    rows = ["| feature | weight | mean | deviation |", "|---|---|---|---|"]
    for one in own["features"]:
        if one["computed"]:
            interval = f"{one['weight']:+.3f} [{one['low']:+.3f}, {one['high']:+.3f}]"
            rows.append(f"| `{one['name']}` | {interval} | {one['mean']:.4g} | {one['deviation']:.4g} |")
    absent = [f"- `{one['name']}` was not computed: {one['reason']}" for one in own["features"] if not one["computed"]]
    return [*rows, *([""] if absent else []), *absent]
