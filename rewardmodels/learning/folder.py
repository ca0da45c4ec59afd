"""A reward model's folder: what transformers, TRL, vLLM and RewardBench read, and beside it what only we need.

The shard of a frozen backbone is written once per backbone and linked into each folder; a learned one is the folder's
own. The head has a shard of its own, and adapters lie beside the merged weights in a folder that peft opens.
"""

import copy
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING

from lm import adapters, hashing
from lm.backbones import Backbone
from lm.features import write_whole
from rewardmodels.learning import heads
from rewardmodels.learning.heads import Head

BODY, HEAD = "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"
ADAPTER = "adapter"
INDEX, OWN, CARD, SUMS = "model.safetensors.index.json", "reward.json", "README.md", "SHA256SUMS"


class Damaged(ValueError):
    """A sentence that says what is wrong with a reward model's folder."""


def write(folder: Path, head: Head, backbone: Backbone, own: Mapping[str, Any], *, shards: Path | None) -> float:
    """Write weights, tokenizer and reward.json; the constant that the exported logits lack is returned and noted.

    Without `shards` the backbone's weights are this folder's alone.
    """
    folder.mkdir(parents=True, exist_ok=True)
    classifier: Any = MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING[type(backbone.model.config)]
    if shards is None:
        write_body(folder / BODY, backbone, classifier.base_model_prefix)
    else:
        link(body_shard(backbone, classifier.base_model_prefix, shards), folder / BODY)
    named, offset = heads.tensors(head, backbone.family)
    save_file(named, folder / HEAD, metadata={"format": "pt"})
    write_index(folder, load_file(folder / BODY), named)
    write_config(folder, backbone, classifier.__name__)
    write_tokenizer(folder, backbone, int(own["rendering"]["max_length"]))
    write_own(folder, {**own, "offset": offset})
    return offset


def write_own(folder: Path, own: Mapping[str, Any]) -> None:
    (folder / OWN).write_text(json.dumps(own, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def body_shard(backbone: Backbone, prefix: str, shards: Path) -> Path:
    """The backbone's weights under the classifier's names, written once per backbone."""
    path = shards / f"{backbone.fingerprint}.safetensors"
    if path.is_file():
        return path
    shards.mkdir(parents=True, exist_ok=True)
    write_body(path, backbone, prefix)
    return path


def write_body(path: Path, backbone: Backbone, prefix: str) -> None:
    replaced = f"{backbone.family.dense}." if backbone.family.dense else "\0"
    named = {
        name: tensor.detach().cpu().contiguous().clone()
        for name, tensor in ((f"{prefix}.{key}", value) for key, value in backbone.model.state_dict().items())
        if not name.startswith(replaced)
    }
    write_whole(path, lambda draft: save_file(named, draft, metadata={"format": "pt"}))


def write_base(folder: Path, backbone: Backbone, shards: Path, max_length: int) -> None:
    """The frozen backbone alone, as transformers reads base models; its weights are shared with other folders."""
    folder.mkdir()
    classifier: Any = MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING[type(backbone.model.config)]
    link(body_shard(backbone, classifier.base_model_prefix, shards), folder / "model.safetensors")
    backbone.model.config.save_pretrained(folder)
    write_tokenizer(folder, backbone, max_length)


def base_of(backbone: Backbone) -> adapters.Base:
    """What adapters on the backbone say they stand on."""
    name, _, revision = backbone.name.partition("@")
    classifier: Any = MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING[type(backbone.model.config)]
    return adapters.Base(name, revision or None, classifier.base_model_prefix, backbone.family)


def write_adapter(
    folder: Path, matrices: dict[str, Tensor], head: Head, backbone: Backbone, own: Mapping[str, Any]
) -> None:
    """The adapters and the head, for who has the base already."""
    shape = adapters.Shape(own["settings"]["rank"], own["settings"]["alpha"])
    adapters.write(folder / ADAPTER, matrices, heads.tensors(head, backbone.family)[0], base_of(backbone), shape)


def link(source: Path, target: Path) -> None:
    """The same bytes under another name; copied where the file system cannot link."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def write_index(folder: Path, body: Mapping[str, Tensor], head: Mapping[str, Tensor]) -> None:
    sizes = [tensor.numel() * tensor.element_size() for tensor in (*body.values(), *head.values())]
    where = {**dict.fromkeys(sorted(body), BODY), **dict.fromkeys(sorted(head), HEAD)}
    text = json.dumps({"metadata": {"total_size": sum(sizes)}, "weight_map": where}, indent=2)
    (folder / INDEX).write_text(text + "\n")


def write_config(folder: Path, backbone: Backbone, architecture: str) -> None:
    config = copy.deepcopy(backbone.model.config)
    config.architectures = [architecture]
    config.id2label, config.label2id = {0: "reward"}, {"reward": 0}
    config.problem_type = "regression"  # without it vLLM squashes a single label through a sigmoid
    config.pad_token_id = backbone.tokenizer.pad_token_id
    config.save_pretrained(folder)


def write_tokenizer(folder: Path, backbone: Backbone, max_length: int) -> None:
    """With our template and length; a reader that cuts on the left keeps the answer and the last turns."""
    tokenizer = copy.deepcopy(backbone.tokenizer)
    tokenizer.chat_template = backbone.template
    tokenizer.model_max_length = max_length
    tokenizer.save_pretrained(folder)
    path = folder / "tokenizer_config.json"
    written = json.loads(path.read_text())  # the sides are not among what save_pretrained writes
    written |= {"truncation_side": "left", "padding_side": "right", "model_max_length": max_length}
    path.write_text(json.dumps(written, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def seal(folder: Path) -> str:
    """Write the checksums of every file, those of inner folders too; their own hash names the model."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / SUMS)
    lines = "".join(f"{hashing.file_sha256(path)}  {path.relative_to(folder).as_posix()}\n" for path in files)
    (folder / SUMS).write_text(lines)
    return hashing.file_sha256(folder / SUMS)


def verify(folder: Path, sha256: str) -> None:
    """Damaged unless every file is as it was sealed; the backbone's shard is checked by size and index when loaded."""
    if not (folder / SUMS).is_file() or hashing.file_sha256(folder / SUMS) != sha256:
        raise Damaged("The model's folder is not the one that was saved: its list of checksums differs.")
    for line in (folder / SUMS).read_text().splitlines():
        expected, name = line.split("  ", 1)
        if not (folder / name).is_file() or hashing.file_sha256(folder / name) != expected:
            raise Damaged(f"The model's file {name} is missing or damaged.")


def read_own(folder: Path) -> dict[str, Any]:
    try:
        own: dict[str, Any] = json.loads((folder / OWN).read_text())
    except (OSError, ValueError) as error:
        raise Damaged(f"The model's {OWN} cannot be read.") from error
    return own


def read_head(folder: Path, backbone: Backbone, offset: float) -> Head:
    return heads.from_tensors(load_file(folder / HEAD), backbone.family, offset)
