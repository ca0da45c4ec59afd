"""The registry of losses: from what policy and reference say of a batch's answers to a loss a judgment, and figures."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

from rewardmodels.learning.columns import Rows
from training.learning.direct import losses
from training.learning.direct.lessons import Answers, Lists, Pairs, Verdicts
from training.learning.direct.settings.amounts import CardinalDpo, Odpo
from training.learning.direct.settings.common import Direct
from training.learning.direct.settings.pairs import Aot, Dpo, Ipo, Lipo, Modpo, Simpo
from training.learning.direct.settings.singles import Kto, Sft


class Said(NamedTuple):
    """What is known of all answers; 0 where an answer was not asked for. Each is (answers,) fp32."""

    policy: Tensor  # log π(y|x), with a gradient
    reference: Tensor  # log π_ref(y|x)
    lengths: Tensor  # tokens, at least 1

    @property
    def ratio(self) -> Tensor:
        return self.policy - self.reference

    def margin(self, rows: Pairs) -> Tensor:  # → (pairs,)
        return self.ratio[rows.chosen] - self.ratio[rows.rejected]


class Whole(NamedTuple):
    """What couples the judgments of a global batch, known before its parts are gone through."""

    z0: float = 0.0  # of KTO
    tokens: float = 1.0  # of the answers that are to become likelier, on average
    weights: tuple[float, float] = (1.0, 1.0)  # of desirable and undesirable answers


def dpo(own: Dpo, said: Said, rows: Pairs, whole: Whole) -> Tensor:
    found = losses.dpo(said.margin(rows), own.beta, own.label_smoothing)
    if own.sft:
        found = found + own.sft * losses.sft(said.policy[rows.chosen], whole.tokens)
    return found


def ipo(own: Ipo, said: Said, rows: Pairs, whole: Whole) -> Tensor:
    ratio = said.ratio / said.lengths if own.per_token else said.ratio
    return losses.ipo(ratio[rows.chosen] - ratio[rows.rejected], own.beta)


def kto(own: Kto, said: Said, rows: Verdicts, whole: Whole) -> Tensor:
    return losses.kto(said.ratio[rows.answer], rows.is_desirable, whole.z0, own.beta, whole.weights)


def odpo(own: Odpo, said: Said, rows: Pairs, whole: Whole) -> Tensor:
    return losses.odpo(said.margin(rows), losses.offset(rows.size, own.offset, own.growth), own.beta)


def cardinal_dpo(own: CardinalDpo, said: Said, rows: Pairs, whole: Whole) -> Tensor:
    """The form that was chosen; where only the sign is known, DPO."""
    margin, size = said.margin(rows), torch.where(rows.is_sign_only, 1.0, rows.size)
    if own.form == "regression":
        found = losses.regression(margin, size, own.beta, own.huber)
    elif own.form == "weighted":
        found = losses.weighted(margin, size, own.beta, own.power)
    elif own.form == "offset":
        found = losses.odpo(margin, losses.offset(size, 1.0, own.growth), own.beta)
    else:
        found = losses.soft_label(margin, size, own.beta, own.temperature)
    return torch.where(rows.is_sign_only, losses.dpo(margin, own.beta), found)


def simpo(own: Simpo, said: Said, rows: Pairs, whole: Whole) -> Tensor:
    mean = said.policy / said.lengths
    return losses.simpo(mean[rows.chosen] - mean[rows.rejected], own.beta, own.gamma)


def aot(own: Aot, said: Said, rows: Pairs, whole: Whole) -> Tensor:
    if own.paired:
        reference = said.reference[rows.chosen] - said.reference[rows.rejected]
        sides = said.policy[rows.chosen] - said.policy[rows.rejected], reference
    else:
        sides = said.ratio[rows.chosen], said.ratio[rows.rejected]
    return losses.aot(*sides, own.beta, own.label_smoothing)


def lipo(own: Lipo, said: Said, rows: Lists, whole: Whole) -> Tensor:
    return losses.lipo(own.beta * said.ratio[rows.answer], rows.worth, rows.counts)


def modpo(own: Modpo, said: Said, rows: Pairs, whole: Whole) -> Tensor:
    return losses.modpo(said.margin(rows), rows.others, own.beta, own.weight)


def sft(own: Sft, said: Said, rows: Answers, whole: Whole) -> Tensor:
    return losses.sft(said.policy[rows.answer], whole.tokens)


Loss = Callable[[Any, Said, Any, Whole], Tensor]  # settings, what was said, rows, the whole batch → (rows,)
LOSSES: dict[str, Loss] = {
    "dpo": dpo,
    "ipo": ipo,
    "kto": kto,
    "odpo": odpo,
    "cardinal_dpo": cardinal_dpo,
    "simpo": simpo,
    "aot": aot,
    "lipo": lipo,
    "modpo": modpo,
    "sft": sft,
}


def of(own: Direct, said: Said, rows: Rows, whole: Whole) -> Tensor:
    """(rows,) fp32: the loss of each judgment."""
    return LOSSES[own.kind](own, said, rows, whole)


def whole_of(own: Direct, rows: Rows, lengths: Tensor, weights: tuple[float, float], z0: float = 0.0) -> Whole:
    """What couples the rows of a batch; lengths (answers,)."""
    liked = rows.answer if isinstance(rows, Answers) else rows.chosen if isinstance(rows, Pairs) else None
    return Whole(z0, 1.0 if liked is None else float(lengths[liked].mean()), weights)


def weights(own: Direct, train: Rows) -> tuple[float, float]:
    """KTO's weights of desirable and undesirable answers: as chosen, or so that both kinds weigh the same in all."""
    if not isinstance(own, Kto) or not isinstance(train, Verdicts):
        return 1.0, 1.0
    good = max(int(train.is_desirable.sum()), 1)
    bad = max(len(train) - int(train.is_desirable.sum()), 1)
    for_good, for_bad = own.desirable_weight, own.undesirable_weight
    if for_good is None and for_bad is None:
        return max(1.0, bad / good), max(1.0, good / bad)
    if for_good is None:
        for_good = (for_bad or 1.0) * bad / good
    return for_good, for_good * good / bad if for_bad is None else for_bad


def rewards(own: Any, said: Said) -> Tensor:  # → (answers,)
    """The implicit reward of each answer: what the loss takes the policy to say of its worth."""
    if isinstance(own, Sft):
        return said.policy / said.lengths
    if isinstance(own, Simpo):
        return own.beta * said.policy / said.lengths
    if isinstance(own, Ipo) and own.per_token:
        return own.beta * said.ratio / said.lengths
    return own.beta * said.ratio


def figures(own: Direct, said: Said, rows: Rows) -> dict[str, float]:
    """Margins, accuracy of the implicit reward and log-probabilities, as exact means over the rows."""
    reward = rewards(own, said)
    if isinstance(rows, Pairs):
        decided = rows.at((rows.size > 0) | rows.is_sign_only) if isinstance(own, CardinalDpo) else rows
        margin = reward[decided.chosen] - reward[decided.rejected]
        return {
            **compared(margin),
            "log_probability/chosen": mean(said.policy[rows.chosen]),
            "log_probability/rejected": mean(said.policy[rows.rejected]),
        }
    if isinstance(rows, Verdicts):
        good, bad = rows.answer[rows.is_desirable], rows.answer[~rows.is_desirable]
        found = {"desirable": good, "undesirable": bad}
        told = {f"reward/{name}": mean(reward[each]) for name, each in found.items() if len(each)}
        return told | {f"log_probability/{name}": mean(said.policy[each]) for name, each in found.items() if len(each)}
    if isinstance(rows, Lists):
        above = (rows.worth[:, :, None] > rows.worth[:, None, :]) & rows.counts[:, :, None] & rows.counts[:, None, :]
        score = reward[rows.answer]
        return compared((score[:, :, None] - score[:, None, :])[above])
    assert isinstance(rows, Answers)
    return {"log_probability": mean(said.policy[rows.answer]), "nats_per_token": -mean(reward[rows.answer])}


def compared(margin: Tensor) -> dict[str, float]:  # (comparisons,)
    """How far chosen answers are ahead, and how often; a tie is half (T11)."""
    right = (margin > 0).double() + 0.5 * (margin == 0).double()
    return {"margin": mean(margin), "accuracy": mean(right)}


def mean(values: Tensor) -> float:
    return float(values.double().mean()) if len(values) else float("nan")
