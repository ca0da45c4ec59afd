"""Kept checkpoints: each a folder that transformers or peft opens, with a card and its figures, whole or not there."""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from lm import adapters
from training.learning import processes, sharding
from training.learning.commissions import Commission
from training.learning.policies import Policy

OWN, CARD = "run.json", "README.md"


def folder_of(root: Path, step: int) -> Path:
    return root / "checkpoints" / str(step)


def kept(root: Path) -> list[int]:
    """The steps whose checkpoints are whole."""
    found = root / "checkpoints"
    return sorted(int(one.name) for one in found.iterdir() if one.name.isdigit()) if found.is_dir() else []


def keep(commission: Commission, policy: Policy, step: int, figures: Mapping[str, float]) -> Path:
    """The checkpoint's folder, written now if it is not there."""
    folder = folder_of(commission.folder, step)
    if processes.agreed(folder.is_dir()):
        return folder
    weights = weights_of(policy, commission)
    if not processes.is_first():
        return folder
    draft = folder.with_name(f".{step}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        write(draft, commission, policy, weights, described(commission, step, figures))
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def weights_of(policy: Policy, commission: Commission) -> dict[str, Tensor]:
    """What a checkpoint holds, whole, for the process that writes it: every process takes part."""
    if commission.settings.mode == "lora":
        return sharding.for_the_first(adapters.own(policy.model))
    once = {name for name, _ in (*policy.model.named_parameters(), *policy.model.named_buffers())}  # what is tied, too
    return sharding.for_the_first({name: one for name, one in policy.model.state_dict().items() if name in once})


def write(
    folder: Path, commission: Commission, policy: Policy, weights: dict[str, Tensor], own: Mapping[str, Any]
) -> None:
    if commission.settings.mode == "lora":
        shape = adapters.Shape(commission.settings.rank, commission.settings.alpha)
        adapters.write_causal(folder, weights, commission.policy.name, None, shape)
    else:
        policy.model.save_pretrained(folder, state_dict=weights)
    policy.causal.tokenizer.save_pretrained(folder)
    (folder / OWN).write_text(json.dumps(own, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    (folder / CARD).write_text(card(own))


def described(commission: Commission, step: int, figures: Mapping[str, float]) -> dict[str, Any]:
    """The contents of run.json."""
    return {
        "step": step,
        "policy": {"name": commission.policy.name, "fingerprint": commission.policy.fingerprint},
        **commission.described,
        "figures": dict(figures),
        "lineage": dict(commission.lineage),
    }


def card(own: Mapping[str, Any]) -> str:
    adapter = own["settings"]["mode"] == "lora"
    return "\n".join(
        [
            "---",
            f"library_name: {'peft' if adapter else 'transformers'}",
            f"base_model: {json.dumps(own['policy']['name'])}",
            "license: other",
            "pipeline_tag: text-generation",
            "---",
            "",
            f"# A policy after {own['step']} steps of {own['algorithm']}",
            "",
            f"It began as {own['policy']['name']} (SHA-256 {own['policy']['fingerprint']}), seed {own['seed']}.",
            "",
            *(f"- {line}" for line in aims(own["plan"])),
            *(f"- {line}" for line in looks(own["looking"])),
            *(f"- {name}: {value}" for name, value in own["lineage"].items()),
            "",
            "| figure: mean of the last steps, or of the look after this one | value |",
            "|---|---|",
            *(f"| {name} | {value:.6g} |" for name, value in sorted(own["figures"].items())),
            "",
        ]
    )


def aims(plan: Mapping[str, Any]) -> Iterable[str]:
    """The plan in words."""
    for one in plan["components"]:
        if one["weight"] is not None:
            aim = "" if one.get("target") is None else f", as minus its squared distance from {one['target']:g}"
            yield f"{one['name']} counts {one['weight']:g} in the objective{aim}"
        for bound in one["bounds"]:
            yield f"{one['name']}: {bound['role'].replace('_', ' ')} {bound['threshold']:g}, mean over samples"
    kl = plan["kl"]
    if kl is None:
        yield "The KL to the reference is measured and does not count"
    elif kl["role"] == "at_most":
        yield f"The KL to the reference is at most {kl['target']:g} nats per response"
    elif kl["role"] == "objective":
        yield "The KL to the reference is the objective, as small as the bounds allow"
    else:
        aim = f", adapting to {kl['target']:g} nats" if kl["target"] is not None else ""
        yield f"The KL to the reference costs {0.05 if kl['coefficient'] is None else kl['coefficient']:g} a nat{aim}"


def looks(looking: Mapping[str, Any]) -> Iterable[str]:
    """How it was checked, in words."""
    if looking["checks"]:
        names, fall = ", ".join(looking["checks"]), looking["fall"]
        stop = "" if fall is None else f"; it stops once it has lost {fall:.0%} of the first one's gain"
        yield f"Checked every {looking['every']} steps on prompts held out by {names}{stop}"


def sweep(root: Path) -> None:
    """What an attempt that was killed had begun to write or to take away."""
    for begun in (root / "checkpoints").glob(".*"):
        shutil.rmtree(begun, ignore_errors=True)
    for begun in (root / "state").glob(".*"):
        begun.unlink(missing_ok=True)


def drop(root: Path, steps: Iterable[int]) -> None:
    """Checkpoints that no rule keeps any more: out of sight at once, then gone."""
    for step in steps:
        folder = folder_of(root, step)
        if folder.is_dir():
            gone = folder.with_name(f".{step}.gone.{os.getpid()}")
            folder.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
