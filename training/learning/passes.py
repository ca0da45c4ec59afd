"""What a model says of answers that are there: log-probability, entropy and KL of each token.

A prompt is read once for its answers where the model allows it. Logits are made in pieces and never all at once, and
are computed again on the way back, so that a large vocabulary costs no memory.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from lm import foretelling, likelihood, sharing
from lm.sharing import Row
from training.learning import processes, sharding
from training.learning.policies import Policy
from training.learning.rollouts import Rollout

LOGITS = 1 << 24  # at once


class Part(NamedTuple):
    """Rows of one pass; tokens are the answers' own, in the order of the rows."""

    rows: list[Row]
    targets: Tensor  # (tokens,): the token
    places: Tensor  # (tokens,): where it stands among all tokens of the rollout
    counts: float = 1.0  # 0 of a pass that is only there because another process has one more


class Said(NamedTuple):
    """By token."""

    log_probs: Tensor
    entropy: Tensor
    reference: Tensor  # log-probabilities
    kl: Tensor  # of the next token's whole distribution to the reference's: its sum has the KL's expectation


def rows(rollout: Rollout, budget: int, *, is_shared: bool) -> list[Row]:
    """A prompt with as many of its answers as a pass may hold."""
    found: list[Row] = []
    for group, prompt in enumerate(rollout.prompts):
        begun: Row | None = None
        for place in range(group * rollout.samples, (group + 1) * rollout.samples):
            ids = rollout.answers[place].ids
            if begun is None or not is_shared or begun.length + len(ids) > budget:
                begun = Row(prompt, [], [])
                found.append(begun)
            begun.answers.append(ids)
            begun.places.append(place)
    return found


def parts(policy: Policy, rollout: Rollout, budget: int) -> Iterator[Part]:
    """The rollout in passes of at most `budget` tokens, the longest rows first."""
    is_shared = sharing.is_sharable(policy.model)
    listed = rows(rollout, budget, is_shared=is_shared)
    starts = [0, *rollout.lengths.cumsum(0).tolist()]
    for group in foretelling.groups(listed, budget, is_shared=is_shared):
        chosen = [listed[one] for one in group]
        places = torch.cat([torch.arange(starts[one], starts[one + 1]) for row in chosen for one in row.places])
        yield Part(chosen, foretelling.tokens(chosen, policy.device), places.to(policy.device))


def states(model: Any, part: Part) -> Tensor:
    """(tokens, width): the hidden states that predict the answers' tokens."""
    return foretelling.states(model, part.rows)


def log_softmax(model: Any, hidden: Tensor) -> Tensor:  # (tokens, width) → (tokens, vocabulary) fp32
    return torch.log_softmax(likelihood.logits(model, hidden), -1)


def pieces(model: Any, tokens: int) -> list[slice]:
    size = max(1, LOGITS // int(model.config.vocab_size))
    return [slice(begin, begin + size) for begin in range(0, tokens, size)]


def evened(policy: Policy, listed: list[Part], rollout: Rollout, budget: int) -> list[Part]:
    """As many passes in every process: weights that lie in shares come together in all of them at the same time."""
    missing = processes.most(len(listed)) - len(listed)
    if not missing:
        return listed
    spare = (listed or list(parts(policy, rollout.at([0]), budget)))[-1]._replace(counts=0.0)
    return listed + [spare] * missing


def log_probs(model: Any, part: Part) -> Tensor:
    """(tokens,) with gradient."""
    hidden = states(model, part)

    def of_piece(hidden: Tensor, targets: Tensor) -> Tensor:
        return log_softmax(model, hidden).gather(1, targets.unsqueeze(1)).squeeze(1)

    cut = pieces(model, len(hidden))
    if len(cut) == 1:
        return torch.cat([of_piece(hidden, part.targets)])  # no view, which weights in shares cannot hang on
    return torch.cat([checkpoint(of_piece, hidden[one], part.targets[one], use_reentrant=False) for one in cut])


def said(policy: Policy, part: Part, *, with_graph: bool = False) -> tuple[Said, Tensor]:
    """All that is known of the answers' tokens, and their states; log-probabilities may keep their graph."""
    with torch.no_grad(), policy.as_reference() as reference:
        others = reference(lambda model: states(model, part))

    def beside_the_others(model: Any) -> tuple[Said, Tensor]:
        own, found = states(model, part), []
        head = model if policy.reference is None else policy.reference.model
        for one in pieces(model, len(own)):
            found.append(compared(model, head, own[one], others[one], part.targets[one].unsqueeze(1)))
        return Said(*(torch.cat(each) for each in zip(*found, strict=True))), own

    with sharding.together(policy.reference, outer_alone=True), torch.set_grad_enabled(with_graph):
        told: tuple[Said, Tensor] = policy.whole(beside_the_others)
    return told


def compared(model: Any, head: Any, own: Tensor, others: Tensor, target: Tensor) -> Said:
    """`own` and `others` (tokens, width) are states of the policy and the reference; `head` is what the latter says."""
    log = log_softmax(model, own)
    with torch.no_grad():
        log_reference = log_softmax(head, others)
        chance = log.exp()
        entropy, kl = -(chance * log).sum(1), (chance * (log - log_reference)).sum(1)
        reference = log_reference.gather(1, target)[:, 0]
    return Said(log.gather(1, target)[:, 0], entropy, reference, kl)


class Read(NamedTuple):
    """A rollout as it was read; the process's own share of it, and its graph where one pass was enough."""

    said: Said  # (tokens,) each, of all processes, on the CPU
    graph: Tensor | None  # (own tokens,) log-probabilities in the rollout's order, on the policy's device
    states: Tensor | None = None  # (own tokens, width) fp32 that predict them, where a critic asks for them


def read(policy: Policy, rollout: Rollout, budget: int, *, with_states: bool = False, with_graph: bool = True) -> Read:
    """Everything that is known before anything is learned; what fits into one pass need not be computed twice.

    Who computes it again all the same takes no graph: it would lie in memory beside the other one.
    """
    own_part = rollout.at(rollout.own)
    listed = evened(policy, list(parts(policy, own_part, budget)), own_part, budget)
    most = processes.most(max(len(pieces(policy.model, len(one.targets))) for one in listed))
    is_one = with_graph and most == 1 == len(listed)
    whole = Said(*(torch.zeros(int(own_part.lengths.sum())) for _ in Said._fields))
    graph, kept = None, None
    for part in listed:
        found, own = said(policy, part, with_graph=is_one)
        if with_states:
            kept = own.new_zeros(len(whole.log_probs), own.shape[1], dtype=torch.float32) if kept is None else kept
            kept[part.places] = own.detach().float()
        for target, each in zip(whole, found, strict=True):
            target[part.places.cpu()] = each.detach().cpu()
        if is_one:
            graph = found.log_probs[torch.argsort(part.places)]
    return Read(of_all(whole), graph, kept)


def of_all(own: Said) -> Said:
    """Every process's tokens, in the order of the rollout."""
    shares = processes.together([own])
    return own if len(shares) == 1 else Said(*(torch.cat(each) for each in zip(*shares, strict=True)))


def by_answer(tokens: Tensor, lengths: Tensor) -> Tensor:  # (tokens,), (answers,) → (answers,)
    """Sums over each answer's tokens."""
    owner = torch.repeat_interleave(torch.arange(len(lengths)), lengths)
    return torch.zeros(len(lengths), dtype=tokens.dtype).index_add(0, owner, tokens)
