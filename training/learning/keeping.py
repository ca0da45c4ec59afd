"""Kept checkpoints: each a folder that transformers or peft opens, with a card and its figures, whole or not there."""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from peft import LoraConfig
from safetensors.torch import save_file

from lm import adapters
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
    if folder.is_dir():
        return folder
    draft = folder.with_name(f".{step}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        write(draft, commission, policy, step, figures)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def write(folder: Path, commission: Commission, policy: Policy, step: int, figures: Mapping[str, float]) -> None:
    if commission.settings.mode == "lora":
        write_adapter(folder, policy, commission)
    else:
        policy.model.save_pretrained(folder)
    policy.causal.tokenizer.save_pretrained(folder)
    own = described(commission, step, figures)
    (folder / OWN).write_text(json.dumps(own, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
    (folder / CARD).write_text(card(own))


def write_adapter(folder: Path, policy: Policy, commission: Commission) -> None:
    tensors = adapters.matrices(policy.model)
    named = {f"base_model.model.{name}": tensor for name, tensor in tensors.items()}
    save_file(named, folder / adapters.WEIGHTS, metadata={"format": "pt"})
    config = LoraConfig(
        task_type="CAUSAL_LM",
        r=commission.settings.rank,
        lora_alpha=commission.settings.alpha,  # type: ignore[arg-type]
        lora_dropout=0.0,
        target_modules=adapters.targets(tensors),
        base_model_name_or_path=commission.policy.name,
        inference_mode=True,
    )
    plain = {key: sorted(value) if isinstance(value, set) else value for key, value in config.to_dict().items()}
    (folder / adapters.CONFIG).write_text(json.dumps(plain, indent=2, sort_keys=True, default=str) + "\n")


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
            yield f"{one['name']} counts {one['weight']:g} in the objective"
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


def drop(root: Path, steps: Iterable[int]) -> None:
    """Checkpoints that no rule keeps any more: out of sight at once, then gone."""
    for step in steps:
        folder = folder_of(root, step)
        if folder.is_dir():
            gone = folder.with_name(f".{step}.gone.{os.getpid()}")
            folder.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
