"""What an aligned policy says of prompts held out, beside its reference. Imported by the worker alone."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from annotation.snapshots import reading
from jobs.work import Work
from rewardmodels.learning.rewards import Reward
from training import keeping, opened, policies, prompts
from training.learning import beside, rollouts
from training.learning.beside import Way
from training.learning.commissions import Unrunnable
from training.learning.direct.alignment import Outcome
from training.learning.direct.settings.common import Direct
from training.models import Run

if TYPE_CHECKING:
    from lm.templates import Conversation

PROMPTS, LONGEST = 32, 256  # that are asked, tokens of an answer
HELD_OUT = ("validation", "test")  # the first of these splits that the snapshot has


def tell(work: Work, run: Run, own: Direct, found: Outcome, rewards: Mapping[str, Reward]) -> None:
    """Samples of the last step and how far the policy has gone; a sentence in the log where it cannot be asked."""
    asked = held_out(run)
    if not asked:
        work.log("No prompts were held out, so that no samples are shown.")
        return
    way = Way(1, min(LONGEST, own.max_length - own.prompt_limit), own.prompt_limit, own.pass_tokens, run.seed)
    order = rollouts.order(run.seed, len(asked), 0, min(PROMPTS, len(asked)))
    try:
        look(work, run, found, [asked[place] for place in order], rewards, way)
    except Unrunnable as error:
        work.log(f"No samples are shown: {error}")


def look(
    work: Work,
    run: Run,
    found: Outcome,
    asked: "Sequence[Conversation]",
    rewards: Mapping[str, Reward],
    way: Way,
) -> dict[str, float]:
    """What the learned policy answers, as samples and measurements of its last step; step 0 is the reference."""
    from lm import causal

    work.progress(0.95, "Answering prompts held out")
    learned = causal.open_folder(found.folder, f"{policies.RUN}{run.pk}")
    reference = opened.policy(work, run.workspace, run.policy)
    begun = beside.still(reference, way.max_prompt, way.max_new_tokens, reference)
    work.report(0, beside.figures(beside.look(begun, asked, rewards, way)))
    policy = beside.still(learned, way.max_prompt, way.max_new_tokens, reference)
    seen = beside.look(policy, asked, rewards, way)
    rows, figures = beside.shown(policy, seen, way), beside.figures(seen)
    work.report(found.steps, figures)
    keeping.samples(work, run, found.steps, rows)
    return figures


def held_out(run: Run) -> "list[Conversation]":
    """Each prompt of the judgments held out once."""
    from lm import templates

    assert run.snapshot is not None
    split = next((one for one in HELD_OUT if one in run.snapshot.files), None)
    if split is None:
        return []
    lines = prompts.chosen(row.prompt for row in reading.read(run.snapshot, split))
    return [templates.conversation(one) for one in prompts.read_lines(lines)]
