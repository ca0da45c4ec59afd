"""The losses of direct alignment as their papers write them: pure functions, one value a judgment.

A log-ratio is log π(y|x) − log π_ref(y|x), summed over the answer's tokens; a margin is that of the chosen answer less
that of the rejected one. No function takes a mean: a batch is the mean of its judgments, however it is parted.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import huber_loss, logsigmoid

GROWTHS: dict[str, Callable[[Tensor], Tensor]] = {"log": torch.log, "log1p": torch.log1p, "linear": torch.clone}


def dpo(margin: Tensor, beta: float, smoothing: float | Tensor = 0.0) -> Tensor:  # (pairs,) → (pairs,)
    """−log σ(βh), Rafailov et al. (2023), equation 7; `smoothing` is the chance that a preference is the wrong way."""
    return -(1 - smoothing) * logsigmoid(beta * margin) - smoothing * logsigmoid(-beta * margin)


def ipo(margin: Tensor, beta: float) -> Tensor:  # (pairs,) → (pairs,)
    """(h − 1/2β)², Azar et al. (2023), equation 17: least where the margin is 1/2β, and no further."""
    return (margin - 1 / (2 * beta)) ** 2


def kto(ratio: Tensor, is_desirable: Tensor, z0: float, beta: float, weights: tuple[float, float]) -> Tensor:
    """λ (1 − σ(±β (r − z₀))), Ethayarajh et al. (2024), equation 7; ratio and is_desirable (answers,).

    `weights` are λ of desirable and of undesirable answers; z₀ is a number, so that no gradient goes through it.
    """
    side = 2 * is_desirable.to(ratio.dtype) - 1
    good, bad = ratio.new_tensor(weights)
    weight = torch.where(is_desirable, good, bad)
    return weight * torch.sigmoid(-side * beta * (ratio - z0))


def divergence(mismatched: Tensor) -> float:  # (answers,) log-ratios of answers to other prompts
    """KTO's z₀: the mean, and 0 where the mean is below 0."""
    return max(0.0, float(mismatched.mean()))


def odpo(margin: Tensor, offset: Tensor, beta: float) -> Tensor:  # (pairs,), (pairs,) → (pairs,)
    """−log σ(βh − Δ), Amini et al. (2024), equation 8: the better an answer, the further it must be ahead."""
    return -logsigmoid(beta * margin - offset)


def offset(gap: Tensor, alpha: float, growth: str) -> Tensor:  # (pairs,) > 0 → (pairs,)
    """Δ = α f(gap). The paper's f is log, below 0 for gaps below 1; log1p and linear are ours and never are."""
    return alpha * GROWTHS[growth](gap)


def regression(margin: Tensor, size: Tensor, beta: float, huber: float | None = None) -> Tensor:
    """(βh − d)²: the one target that agrees with π ∝ π_ref exp(u/β) where d is a difference of u; (pairs,) each.

    Errors beyond `huber` count in proportion rather than squared, so that a few great amounts do not decide all.
    """
    if huber is None:
        return (beta * margin - size) ** 2
    return 2 * huber_loss(beta * margin, size, reduction="none", delta=huber)


def weighted(margin: Tensor, size: Tensor, beta: float, power: float) -> Tensor:  # (pairs,), (pairs,) → (pairs,)
    """dᵃ · −log σ(βh): what is worth more counts for more; a = 0 is DPO."""
    return size**power * dpo(margin, beta)


def soft_label(margin: Tensor, size: Tensor, beta: float, temperature: float) -> Tensor:
    """Cross entropy of σ(βh) against σ(d/T), the chance that somebody with noise T prefers it; (pairs,) each."""
    return dpo(margin, beta, torch.sigmoid(-size / temperature))


def simpo(mean_margin: Tensor, beta: float, gamma: float) -> Tensor:  # (pairs,) → (pairs,)
    """−log σ(β h − γ), Meng et al. (2024), equation 6; h is of mean log-probabilities a token, with no reference."""
    return -logsigmoid(beta * mean_margin - gamma)


def aot(first: Tensor, second: Tensor, beta: float, smoothing: float = 0.0) -> Tensor:  # (judgments,), (judgments,)
    """DPO on the sorted values of both sides, Melnyk et al. (2024): the first is to dominate the second.

    Unpaired, the sides are log-ratios of chosen and rejected answers; paired, margins of policy and reference.
    """
    return dpo(first.sort().values - second.sort().values, beta, smoothing)


def lipo(score: Tensor, worth: Tensor, counts: Tensor) -> Tensor:  # (lists, most) each → (lists,)
    """LiPO-λ, Liu et al. (2024), equation 8: every pair in order, by the gain in DCG that putting it right would bring.

    Scores are β times log-ratios; worth is what people said, higher is better; counts says where there is an answer.
    """
    rank = 1 + (score.detach().masked_fill(~counts, -torch.inf)).argsort(dim=1, descending=True).argsort(dim=1)
    gain = (2 ** worth[:, :, None] - 2 ** worth[:, None, :]).abs()
    discount = 1 / torch.log(1 + rank.to(score.dtype))
    moved = (discount[:, :, None] - discount[:, None, :]).abs()
    in_order = (worth[:, :, None] > worth[:, None, :]) & counts[:, :, None] & counts[:, None, :]
    loss = gain * moved * -logsigmoid(score[:, :, None] - score[:, None, :])
    return torch.where(in_order, loss, 0.0).sum(dim=(1, 2))


def modpo(margin: Tensor, others: Tensor, beta: float, weight: float) -> Tensor:  # (pairs,), (pairs,) → (pairs,)
    """−log σ((βh − Σ wⱼ Δmⱼ) / w₀), Zhou et al. (2023), equation 9: the preference is of one objective among several.

    `others` is Σ wⱼ Δmⱼ, what the other objectives' rewards say of chosen less rejected; `weight` is w₀.
    """
    return -logsigmoid((beta * margin - others) / weight)


def sft(log_probability: Tensor, tokens: float) -> Tensor:  # (answers,) → (answers,)
    """−log π(y|x) over the mean number of tokens of the batch's answers: a mean over them is one over all tokens."""
    return -log_probability / tokens
