"""A run that is over says of each bound whether it was held."""

import pytest
from django.utils.timezone import now

from tests import samples
from training import held
from training.models import Run
from training.templatetags.runs import bound_said


@pytest.fixture
def run(researcher, stranger):
    """Over, with one bound of a component and one of the KL."""
    world = samples.World(researcher.membership.workspace, {"admin": researcher}, stranger)
    found = Run.objects.get(pk=samples.training.run(world, researcher))
    figures = {"reward/Sample": 2.2, "kl": 3.0, "violation/Sample/at_most": 0.2, "violation/kl/at_most": -5.0}
    found.details = {"figures": figures}
    found.kl, found.last_step = {"role": "at_most", "target": 8.0}, 4
    found.ending, found.ending_text, found.ended_at = "completed", "All steps were taken.", now()
    found.sha256 = "f" * 64
    found.save()
    for step in range(1, 5):
        for name, value in (("Sample", 0.2), ("kl", -5.0)):
            found.job.measurements.create(attempt=1, step=step, name=f"violation/{name}/at_most", value=value)
    return found


def test_each_bound_stands_beside_what_its_last_steps_came_to(run):
    told = held.of(run)
    assert told["steps"] == 4
    assert [(row.title, row.bound, row.mean, row.said) for row in told["rows"]] == [
        ("Sample", "at most 2", "2.2", "missed by 0.2"),
        ("KL to the reference", "at most 8", "3", "held"),
    ]


def test_a_bound_below_zero_is_written_with_the_minus_of_what_it_is_beside(run):
    part = run.components.get()
    part.bounds.update(threshold=-0.064)
    assert held.of(run)["rows"][0].bound == "at most −0.064"
    assert bound_said(part.bounds.get()).startswith("at most −0.064")


def test_the_page_of_the_run_says_it(run, researcher):
    page = researcher.browser.get(f"/w/{run.workspace.slug}/runs/{run.pk}/").content.decode()
    assert "Whether it held its bounds" in page
    assert "missed by 0.2" in page


def test_nothing_is_said_before_the_end(run):
    Run.objects.filter(pk=run.pk).update(ending="", ended_at=None, sha256="", last_step=None)
    assert held.of(Run.objects.get(pk=run.pk)) is None


@pytest.mark.parametrize(
    ("values", "is_equal", "said"),
    [
        ([-0.1, -0.3], False, "held"),
        ([0.3, -0.2, 0.25, -0.15], False, "held, within the noise of its steps"),  # mean 0.05 ± 2 · 0.13
        ([0.4] * 4 + [0.0] * 4, False, "held, within the noise of its steps"),  # which hang together: ± 2 · 0.112
        ([0.4, 0.0] * 4, False, "missed by 0.2"),  # the same, and they do not: ± 2 · 0.076
        ([0.5, 0.6, 0.55], False, "missed by 0.55"),
        ([-0.5, -0.6, -0.55], True, "missed by 0.55"),  # of an equality either side is a miss
        ([-0.3, 0.2, -0.25, 0.15], True, "held, within the noise of its steps"),
        ([], False, "–"),
    ],
)
def test_a_miss_that_noise_explains_is_told_from_one_that_it_does_not(values, is_equal, said):
    assert held.verdict(values, is_equal=is_equal)[1] == said
