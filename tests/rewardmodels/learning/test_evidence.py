"""What may be claimed of a mixture, on worlds whose truth is known; `benchmarks.joint_evidence` has the intervals."""

import pytest
import torch
from torch.func import jacfwd

from benchmarks import joint_evidence, known_world
from benchmarks.known_events import EVENTS, judged
from benchmarks.known_world import KINDS, RECIPE, WIDTH, World
from lm.families import DECODER
from rewardmodels.learning import fitting, heads, joint
from rewardmodels.learning.columns import Bag
from rewardmodels.learning.joint import Fitted
from rewardmodels.learning.likelihoods import mixing

torch.set_num_threads(1)
THREE = ("pairs", "amounts", "verdicts")


def test_a_joint_fit_is_better_than_each_kind_alone_and_than_their_combination_and_near_the_bound():
    worlds = [joint_evidence.one_bag(seed, 100, THREE) for seed in (1, 2)]
    found = {name: sum(world[name] for world in worlds) for name in worlds[0]}  # squared errors
    assert all(found["joint"] < found[kind] for kind in THREE)
    assert found["joint"] < found["combined"]
    assert found["joint"] < 1.2**2 * found["bound"]


def test_pairs_beside_amounts_tell_what_two_fifths_of_the_amounts_would():
    """By their information; `benchmarks.joint_evidence` has it of fits."""
    few, whole, mixed, alone = 60, 100, 0.0, 0.0
    for seed in range(10):
        world = World(whole + 400, seed)
        amounts = world.information("amounts", slice(0, few))
        pairs = world.information("pairs", slice(whole, None), is_scale_known=False)
        mixed += float(torch.linalg.inv(amounts + pairs).trace())
        alone += float(torch.linalg.inv(world.information("amounts", slice(0, whole))).trace())
    assert mixed < alone


def test_what_is_foretold_of_every_kind_is_calibrated():
    """At the true utility, with the likelihoods as they are fitted to it; the benchmark has it of whole fits."""
    world = World(1_500, 1)
    said = world.judgments()
    fitted = at_the_truth(world, Bag({kind: rows.at(slice(0, 1_000)) for kind, rows in said.items()}))
    found = {kind: judged(world, fitted, kind, said[kind].at(slice(1_000, None)), 1) for kind in EVENTS}
    slopes = {kind: slope for kind, (slope, _, _) in found.items()}
    assert slopes == pytest.approx(dict.fromkeys(EVENTS, 1.0), abs=0.3)
    assert sum(holds for _, holds, _ in found.values()) >= 4
    assert sum(inside for _, _, inside in found.values()) >= 4


def at_the_truth(world, bag):
    """The likelihoods' own parameters, fitted to the true utility; they count in usual amounts."""
    likelihood = mixing.build(bag, RECIPE)
    given = joint.Given(likelihood, len(bag))
    fitting.lbfgs(given, world.u, bag, gain=1e-7)
    head = heads.standardising(world.states, DECODER)
    with torch.no_grad():
        head.dense.weight.copy_(torch.eye(WIDTH))
        head.dense.bias.zero_()
        head.out.weight.copy_(world.weights[None] * given.log_stretch.exp())
        head.out.bias.zero_()
    return Fitted(head, likelihood, 0.0, {}, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_information_is_the_variance_of_the_score(kind):
    """Over many draws of one world's judgments, with the scales that the world has."""
    world = World(4_000, 3)
    world.said = getattr(world, kind)()
    score = jacfwd(lambda at: LIKELIHOODS[kind](world, at))(world.weights)  # (n, WIDTH)
    ratio = torch.linalg.solve(world.information(kind, slice(None)), score.T @ score)
    assert float(ratio.trace()) / WIDTH == pytest.approx(1.0, abs=0.08)


def test_three_answers_that_are_alike_tell_of_a_choice_among_three_and_one_among_two():
    world = World(50, 0)
    world.weights = torch.zeros(WIDTH, dtype=torch.float64)
    world.u = torch.zeros(len(world.states), dtype=torch.float64)
    x = world.states.double()[world.group]
    three = sum(torch.cov(row.T, correction=0) for row in x)
    two = sum(torch.cov(row[kept].T, correction=0) for row in x for kept in ([0, 1], [0, 2], [1, 2])) / 3
    assert torch.allclose(world.information("rankings", slice(None)), three + two)


def test_a_slope_that_is_not_known_takes_all_that_was_known_along_the_weights():
    world = World(300, 2)
    told = world.information("pairs", slice(None))
    untold = world.information("pairs", slice(None), is_scale_known=False)
    assert float(world.weights @ untold @ world.weights) == pytest.approx(0, abs=1e-6)
    across = torch.linalg.eigvalsh(told - untold)
    assert across.min() > -1e-8
    assert torch.equal(world.information("amounts", slice(None), is_scale_known=False),
                       world.information("amounts", slice(None)))  # fmt: skip


def test_seconds_of_a_judgment_are_medians_of_what_was_measured(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [("pairwise", 4_000), ("pairwise", 9_000), ("pairwise", 5_000), ("rating", 2_000), ("free", 1)]
    lines = [f'{{"kind": "{kind}", "duration_ms": {taken}}}\n' for kind, taken in rows]
    path.write_text("".join([*lines, '{"kind": "binary", "duration_ms": null}\n']))
    assert joint_evidence.measured(path) == {"pairs": 5.0, "ratings": 2.0}


def log_pairs(world, at):
    return torch.nn.functional.logsigmoid(gap(world, at) * world.said.outcome)


def log_amounts(world, at):
    said, half, d = world.said.low * world.said.outcome, known_world.STEP / 2, gap(world, at)
    upper, lower = ((said + side - d) / known_world.NOISE for side in (half, -half))
    return torch.log(torch.sigmoid(upper) - torch.sigmoid(lower))


def log_verdicts(world, at):
    odds = world.states.double()[world.first] @ at - known_world.THRESHOLD
    return torch.nn.functional.logsigmoid(odds * (2 * world.said.desirable - 1))


def log_rankings(world, at):
    u = (world.states.double() @ at)[world.group].gather(1, world.said.rank.argsort(1))
    return (u - u.flip(1).logcumsumexp(1).flip(1)).sum(1)


def log_ratings(world, at):
    u = world.states.double()[world.first] @ at
    ends = torch.tensor([-60.0], dtype=torch.float64), torch.tensor([60.0], dtype=torch.float64)
    cuts = torch.cat([ends[0], known_world.CUTS, ends[1]])
    return torch.log(torch.sigmoid(u - cuts[world.said.mark - 1]) - torch.sigmoid(u - cuts[world.said.mark]))


def gap(world, at):
    return (world.states.double()[world.first] - world.states.double()[world.second]) @ at


LIKELIHOODS = {"pairs": log_pairs, "amounts": log_amounts, "verdicts": log_verdicts, "rankings": log_rankings,
               "ratings": log_ratings}  # fmt: skip
