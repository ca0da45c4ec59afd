"""The model card: front matter that hubs read, and the figures with their intervals and baselines."""

import json
from collections.abc import Mapping, Sequence
from typing import Any


def write(own: Mapping[str, Any], metrics: Mapping[str, Mapping[str, Any]], offset: float) -> str:
    """README.md of a reward model's folder."""
    return "\n".join([front_matter(own, metrics), *body(own, metrics, offset)]) + "\n"


def front_matter(own: Mapping[str, Any], metrics: Mapping[str, Mapping[str, Any]]) -> str:
    test = metrics.get("test", {})
    name = own["source"].get("name") or "reward model"
    lines = [
        "---",
        "library_name: transformers",
        f"base_model: {json.dumps(own['backbone']['name'])}",
        f"datasets: [{json.dumps('sha256:' + own['source']['sha256'])}]",
        "license: other",
        "tags: [reward-model]",
        "pipeline_tag: text-classification",
    ]
    if "accuracy" in test:
        lines += [
            "model-index:",
            f"- name: {json.dumps(name)}",
            "  results:",
            "  - task: {type: text-classification}",
            f"    dataset: {{name: {json.dumps(name)}, type: preference, split: test}}",
            "    metrics:",
            f"    - {{type: accuracy, value: {test['accuracy']:.4f}}}",
        ]
    return "\n".join([*lines, "---", ""])


def body(own: Mapping[str, Any], metrics: Mapping[str, Mapping[str, Any]], offset: float) -> list[str]:
    rendering, reference, losses = own["rendering"], own["reference"], own["losses"]
    return [
        f"# A reward model: {own['kind'].replace('_', ' ')}",
        "",
        "It turns a conversation and an answer into a utility. Higher is better; a difference is u(first) − u(second); "
        f"the unit is {own['unit']}. The logits are the uncalibrated utility.",
        "",
        f"- Backbone: {own['backbone']['name']} (SHA-256 {own['backbone']['fingerprint']}), {backbone_line(own)}",
        f"- Snapshot of judgments: SHA-256 {own['source']['sha256']}, by {own['annotators']} annotators",
        f"- Text: template {rendering['template']}, at most {rendering['max_length']} tokens, of which at most "
        f"{rendering['max_prompt']} of the prompt. Render with the chat template, then tokenize without adding special "
        "tokens.",
        f"- Of {losses['candidates']} answers, {losses['turns_dropped']} lost old turns, {losses['prompts_cut']} the "
        f"start of the last turn, {losses['responses_cut']} their end; "
        f"{losses['pairs_dropped']} comparisons were dropped.",
        f"- Weight decay {own['fit']['weight_decay']:g}, seed {own['seed']}",
        f"- On {reference['n']} reference answers the mean utility is {reference['mean']:.6g} and its standard "
        f"deviation {reference['deviation']:.4f} (ddof 0)",
        *(["- 0 is where yes and no are as likely"] if own["settings"].get("zero") == "boundary" else []),
        f"- {calibration_line(own['calibration'])}",
        *(members_lines(own) if "combination" in own else []),
        *([f"- Add {offset:.6g} to the logits: a decoder's head has no bias to hold it."] if offset else []),
        "",
        *table(metrics),
    ]


def members_lines(own: Mapping[str, Any]) -> list[str]:
    """What the members are, what their spread is good for, and how far one head can stand for them."""
    how, members, export = own["combination"], own["members"], own["export"]
    named = {
        "mean": "their mean",
        "worst": "the lowest of them",
        "uncertainty": f"their mean less {how['penalty']:g} times their variance (ddof {how['ddof']})",
    }
    lines = [f"- {members['count']} members in {where(own)}; the reward is {named[how['name']]}"]
    if "spread" in members:
        low, high = members["spread"]["interval"]
        use = "informative" if members["spread"]["is_informative"] else "not informative"
        area = f"{members['spread']['auroc']:.3f} [{low:.3f}, {high:.3f}]"
        lines.append(f"- Their spread is {use}: it points at errors on held-out comparisons with an AUROC of {area}")
    if not export["is_exact"]:
        lines.append(
            f"- One head cannot say this. The logits are of {stand_in(own)} that comes near: on "
            f"{export['n']} answers that it was not made from it differs by {export['rms']:.4f} (root mean square), at "
            f"most by {export['largest']:.4f}; the rank correlation is {export['rank_correlation']:.4f}"
        )
    return lines


def where(own: Mapping[str, Any]) -> str:
    mode = own["settings"].get("mode", "frozen")
    adapters = "the folder `members`, each an adapter that peft opens on the one in `backbone`"
    return {"lora": adapters, "full": "the folder `members`, each a model by itself"}.get(mode, "members.safetensors")


def stand_in(own: Mapping[str, Any]) -> str:
    return "a backbone with the members' mean weights and one head" if own.get("tuning") else "a head"


def backbone_line(own: Mapping[str, Any]) -> str:
    """How much of the backbone was learned, and what the merge of adapters moved."""
    tuning = own.get("tuning")
    if not tuning:
        return "frozen"
    if "members" in tuning:
        return learners_line(own, tuning["members"])
    fell = f"loss on held-out prompts {tuning['first_loss']:.4f} before, {tuning['best_loss']:.4f} after"
    told = f"learned from one with SHA-256 {tuning['base']} in {tuning['steps']} steps ({fell})"
    if tuning["mode"] == "full":
        return f"all weights {told}"
    return (
        f"adapters of rank {own['settings']['rank']} {told}. They were merged in fp32, which moved a score by "
        f"{tuning['merge_difference']:.2g} at most; unmerged they lie in the folder `adapter`"
    )


def learners_line(own: Mapping[str, Any], trails: Sequence[Mapping[str, Any]]) -> str:
    """What several members learned of the backbone."""
    what = f"adapters of rank {own['settings']['rank']}" if own["tuning"]["mode"] == "lora" else "all weights"
    falls = "; ".join(f"{one['first_loss']:.4f} → {one['best_loss']:.4f} in {one['steps']} steps" for one in trails)
    return f"{what} learned by each member from one with SHA-256 {own['tuning']['base']}. Losses held out: {falls}"


def calibration_line(calibration: Mapping[str, Any]) -> str:
    if not calibration["is_fitted"]:
        return f"Not calibrated. {calibration['reason']}"
    line = f"Temperature {calibration['temperature']:.4f}, fitted on {calibration['n']} validation comparisons"
    return f"{line}. {calibration['reason']}".rstrip()


def table(metrics: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Figures by split; in brackets 95 % intervals that resample conversations, and annotators where there are five."""
    rows = [
        "| split | judgments | ties | accuracy | length matched | longer wins | words | ceiling | AUC | log loss "
        "| calibrated | constant | longer wins | words | ECE (band) | slope |",
        f"|{'---|' * 16}",
    ]
    for split, found in metrics.items():
        if "accuracy" not in found:
            rows.append(f"| {split} | {found['n']} | {found['tied_judgments']} |{' |' * 13}")
            continue
        after, rules = found["calibrated"], found["baselines"]
        band = "–".join(f"{edge:.3f}" for edge in after["ece_band"])
        matched, slope = found["length_matched"], found["slope"]
        cells = [
            split,
            str(found["n"]),
            str(found["tied_judgments"]),
            ranged(found["accuracy"], found["intervals"]["accuracy"]),
            ranged(matched["accuracy"], matched["interval"]) if matched else "",
            f"{rules['longer_wins']['accuracy']:.3f}",
            f"{rules['words']['accuracy']:.3f}" if "words" in rules else "",
            f"{found['agreement']['ceiling']:.3f}",
            f"{found['auc']:.3f}",
            f"{found['log_loss']:.4f}",
            ranged(after["log_loss"], after["intervals"]["log_loss"]),
            f"{rules['constant']['log_loss']:.4f}",
            f"{rules['longer_wins']['log_loss']:.4f}",
            f"{rules['words']['log_loss']:.4f}" if "words" in rules else "",
            f"{after['ece']:.3f} ({band})",
            ranged(slope["estimate"], [slope["low"], slope["high"]]) if slope else "",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def ranged(value: float, interval: Sequence[float]) -> str:
    low, high = interval
    return f"{value:.3f} [{low:.3f}, {high:.3f}]"
