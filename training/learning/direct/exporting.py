"""The learned policy as transformers opens it, its adapters as peft reads them, and its card: whole or not there."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lm import adapters, templates
from lm.adapters import Shape
from lm.causal import Causal
from training.learning.direct import cards
from training.learning.direct.settings.common import Direct

ADAPTER, OWN, CARD = "adapter", "direct.json", "README.md"


def read(folder: Path) -> dict[str, Any]:
    """What a policy's folder says of itself; nothing where there is none."""
    path = folder / OWN
    found: dict[str, Any] = json.loads(path.read_text()) if path.is_file() else {}
    return found


def write(folder: Path, policy: Causal, own: Direct, told: Mapping[str, Any]) -> None:
    """Merge adapters in fp32 and write all; a folder that was there is replaced when the new one is whole."""
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    for left in folder.parent.glob(f".{folder.name}.*"):  # by a process that was killed
        shutil.rmtree(left)
    draft.mkdir(parents=True)
    try:
        if own.mode == "lora":
            name, _, revision = policy.name.partition("@")
            matrices = adapters.matrices(policy.model)
            adapters.write_causal(draft / ADAPTER, matrices, name, revision or None, Shape(own.rank, own.alpha))
            adapters.merge(policy.model)
        write_policy(draft, policy)
        about = {
            "kind": own.kind,
            "settings": asdict(own),
            "policy": {"name": policy.name, "fingerprint": policy.fingerprint},
            **told,
        }
        (draft / OWN).write_text(json.dumps(about, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
        (draft / CARD).write_text(cards.write(own, about))
        shutil.rmtree(folder, ignore_errors=True)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write_policy(folder: Path, policy: Causal) -> None:
    """Weights in fp32, as they were learned, and the tokenizer with the template that was read with."""
    policy.model.requires_grad_(False)
    policy.model.save_pretrained(folder)
    _, policy.tokenizer.chat_template = templates.choose(policy.tokenizer, is_causal=True)
    policy.tokenizer.save_pretrained(folder)
