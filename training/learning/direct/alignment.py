"""The whole way from frozen judgments to a policy's folder."""

import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lm import adapters, hashing, likelihood, recomputing, templates
from lm.adapters import Shape
from lm.causal import Causal
from lm.rendering import Rendered, Renderer
from rewardmodels.learning import keys, reading
from rewardmodels.learning import texts as rendering
from rewardmodels.learning.columns import Rows
from rewardmodels.learning.evidence import Evidence, Unlearnable
from rewardmodels.learning.observing import NOBODY, Observer, part
from rewardmodels.learning.rewards import Reward
from rewardmodels.learning.settings.fields import SettingError
from training.learning.direct import amounts, exporting, lessons, loop, objectives, reference
from training.learning.direct.lessons import Source, Verdicts
from training.learning.direct.loop import Lesson
from training.learning.direct.passes import Reader
from training.learning.direct.settings.amounts import CardinalDpo, Odpo
from training.learning.direct.settings.common import Direct

POLICY, STATE, CACHE = "policy", "state", "cache"
FIGURES = ("steps", "judgments", "figures", "first", "losses")


@dataclass(frozen=True)
class Outcome:
    """What came of it."""

    folder: Path  # the policy as transformers reads it; adapters in `adapter`, as peft reads them
    steps: int
    judgments: int
    figures: dict[str, float]  # of rows held out, at the end
    first: dict[str, float]  # the same before the first step
    losses: dict[str, int]  # what the limits of length cost


@dataclass
class Material:
    """What a run learns from, as it is made ready."""

    texts: list[Rendered]
    train: Rows
    held_out: Rows
    losses: rendering.Losses
    unused: dict[str, int]


def train(
    rows: Iterable[Mapping[str, Any]],
    policy: Causal,
    own: Direct,
    *,
    folder: Path,
    seed: int = 0,
    rewards: Mapping[str, Reward] | None = None,
    lineage: Mapping[str, Any] | None = None,
    cache: Path | None = None,
    observer: Observer = NOBODY,
) -> Outcome:
    """Learn from rows of the layout `raw`; the policy given is the reference, and its model is learned in place.

    What the folder holds of an interrupted run is gone on from, and a run that ended is not made again. `rewards` are
    those that the settings name.
    """
    check(own, policy, rewards or {})
    material = prepare(rows, policy, own, rewards or {}, part(observer, 0.0, 0.05))
    steps = schedule(own, material, seed)
    name = name_of(own, policy, material, seed)
    if (ended := exporting.read(folder / POLICY)).get("run") == name:
        return Outcome(folder / POLICY, **{key: ended[key] for key in FIGURES})
    model = policy.model.float().eval().requires_grad_(False)
    said = ask_reference(own, policy, material, cache or folder / CACHE, part(observer, 0.05, 0.15))
    ready(model, own, seed)
    reader = Reader(
        model,
        material.texts,
        said,
        objectives.weights(own, material.train),
        own.pass_tokens,
        own.precision == "bf16",
    )
    watched = replace(part(observer, 0.15, 0.95), checkpoint=folder / STATE / "direct.safetensors")
    looks = loop.Loop(own, reader, Lesson(name, steps, material.held_out), watched).run()
    recomputing.end(model)
    outcome = Outcome(
        folder / POLICY,
        len(steps),
        len(material.train),
        looks.get(str(len(steps)), {}),
        looks.get("0", {}),
        material.losses.as_dict(),
    )
    about = {"run": name, "seed": seed, **described(outcome, material, lineage or {})}
    exporting.write(outcome.folder, policy, own, about)
    shutil.rmtree(folder / STATE)
    return outcome


def check(own: Direct, policy: Causal, rewards: Mapping[str, Reward]) -> None:
    """A sentence at the setting that does not go with this policy or these rewards."""
    if own.max_length > policy.context:
        raise SettingError("max_length", f"The policy reads {policy.context} tokens at most.")
    if own.precision == "bf16" and policy.model.device.type != "cuda":
        raise SettingError("precision", "bf16 needs a CUDA device, and this worker has none; choose fp32.")
    missing = sorted(set(own.rewards) - set(rewards))
    if missing:
        raise SettingError("others" if own.kind == "modpo" else "reward", f"There is no reward model “{missing[0]}”.")
    if not likelihood.is_readable(policy.model):
        raise Unlearnable(f"“{policy.name}” does something to its logits that is not known here: it cannot be aligned.")


def prepare(
    rows: Iterable[Mapping[str, Any]], policy: Causal, own: Direct, rewards: Mapping[str, Reward], observer: Observer
) -> Material:
    """Judgments as rows that point at rendered answers."""
    evidence = reading.read(rows, own.evidence)
    _, template = templates.choose(policy.tokenizer, is_causal=True)
    renderer = Renderer(policy.tokenizer, template, own.max_length, own.prompt_limit)
    texts, lost = rendering.render(renderer, evidence.candidates, lambda share: observer.phase("Rendering", share))
    if own.too_long == "drop":
        rendering.drop_cut(evidence, texts, lost)
    source = Source(evidence, scores(own, evidence, rewards, observer))
    if isinstance(own, CardinalDpo) or (isinstance(own, Odpo) and own.gap == "amount"):
        said = evidence.amount_columns("train")
        source = replace(source, usual=amounts.usual(said.at(~said.is_alone)))
    found = lessons.of(own, source, "train")
    lessons.check(own, found)
    unused = evidence.unused_by(own.evidence) | lessons.left_out(own, evidence)
    return Material(texts, found, lessons.of(own, source, "validation"), lost, unused)


def scores(
    own: Direct, evidence: Evidence, rewards: Mapping[str, Reward], observer: Observer
) -> dict[str, Tensor]:  # → (candidates,) fp32 by name
    """What each reward model that the settings name says of every answer."""
    found = {}
    for name in own.rewards:
        observer.phase("Scoring", 0.5)
        given = rewards[name].score([(each.prompt, each.response) for each in evidence.candidates])
        if not all(score.is_number for score in given):
            raise Unlearnable(f"The reward model {name} gives an answer a score that is not a number.")
        found[name] = torch.tensor([score.reward for score in given], dtype=torch.float32)
    return found


def schedule(own: Direct, material: Material, seed: int) -> list[Rows]:
    """Every step's rows. KTO's batches get their mismatched answers, which join the texts."""
    join = joiner(material.texts)
    if isinstance(material.held_out, Verdicts) and len(material.held_out):
        material.held_out = mismatched(material.held_out, material.texts, join)
    epochs = loop.orders(len(material.train), own, seed, least=2 if isinstance(material.train, Verdicts) else 1)
    found = [material.train.at(places) for batches in epochs for places in batches]
    return [mismatched(rows, material.texts, join) if isinstance(rows, Verdicts) else rows for rows in found]


def joiner(texts: list[Rendered]) -> Callable[[Rendered], int]:
    """The place of a text among the texts, to which it is added if it is new."""
    places = {(text.ids, text.prompt_length): place for place, text in enumerate(texts)}

    def join(text: Rendered) -> int:
        place = places.setdefault((text.ids, text.prompt_length), len(texts))
        if place == len(texts):
            texts.append(text)
        return place

    return join


def mismatched(rows: Verdicts, texts: list[Rendered], join: Callable[[Rendered], int]) -> Verdicts:
    """Each prompt with the answer of the next row of the batch, cut to the longest text there is."""
    longest = max(len(text.ids) for text in texts)
    given = [texts[place] for place in rows.answer.tolist()]
    found = []
    for one, other in zip(given, [*given[1:], given[0]], strict=True):
        ids = one.ids[: one.prompt_length] + other.ids[other.prompt_length :]
        found.append(join(Rendered(ids[:longest], one.prompt_length)))
    return replace(rows, mismatched=torch.tensor(found))


def ask_reference(own: Direct, policy: Causal, material: Material, cache: Path, observer: Observer) -> Tensor:
    """(texts,) fp32 log-probabilities of the answers that rows point at, before anything is learned."""
    if not own.has_reference:
        return torch.zeros(len(material.texts))
    return reference.log_probabilities(
        policy.model, material.texts, fingerprint=policy.fingerprint, cache=cache, observer=observer
    )


def ready(model: Any, own: Direct, seed: int) -> None:
    """Say what is learned, and whether layers are computed again on the way back."""
    if own.mode == "lora":
        adapters.put_in(model, Shape(own.rank, own.alpha), seed=keys.number(seed, "adapters"))
    else:
        model.requires_grad_(True)
    if own.recompute:
        recomputing.begin(model)


def name_of(own: Direct, policy: Causal, material: Material, seed: int) -> str:
    """A hash of all that decides what comes of it."""
    columns = {
        f"{split}.{one.name}": getattr(rows, one.name)
        for split, rows in (("train", material.train), ("held_out", material.held_out))
        for one in fields(rows)  # type: ignore[arg-type]
    }
    texts = [hashing.tokens_key([text.prompt_length, *text.ids]).hex() for text in material.texts]
    told = [own, seed, policy.fingerprint, hashing.tensors_sha256(columns), *texts]
    return hashing.text_sha256("\n".join(map(str, told)))


def described(outcome: Outcome, material: Material, lineage: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: value for key, value in asdict(outcome).items() if key != "folder"}
    return {**told, "held_out_judgments": len(material.held_out), "unused": material.unused, "lineage": dict(lineage)}
