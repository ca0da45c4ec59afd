"""A run that merges policies. Imported by the worker alone."""

from jobs.work import Failed, Work
from training import keeping, lineage, opened, prompts
from training.learning import mixtures
from training.learning.commissions import Outcome, Unrunnable
from training.learning.merging import Unmergeable
from training.learning.mixtures import Mixture
from training.learning.observing import RunObserver
from training.models import Run


def merge(work: Work, run: Run, observer: RunObserver) -> Outcome:
    """Make the mean at the points of the path; its checkpoints' steps are shares of the last source in percent."""
    from training.learning.settings.mixtures import Soup

    mixture = commission(work, run, Soup(**run.settings))
    try:
        outcome = mixtures.run(mixture, observer)
    except Unmergeable as error:
        raise Failed(str(error)) from error
    keeping.drop_others(work, run, keeping.still_kept(mixture.folder / "checkpoints"))
    return outcome


def commission(work: Work, run: Run, settings: mixtures.Soup) -> Mixture:
    from lm import templates

    listed = list(run.sources.all())
    work.progress(0.0, "Opening the policies")
    asked = []
    if run.prompts_sha256:
        try:
            asked = [templates.conversation(one) for one in prompts.listed(run.prompts_sha256)]
        except FileNotFoundError:
            raise Unrunnable("The frozen prompts of this run are missing; restore them from a backup.") from None
    parts = run.components.select_related("reward_model")
    return Mixture(
        policies=[opened.policy(work, run.workspace, one.policy) for one in listed],
        weights=[one.weight for one in listed if one.weight is not None],
        reference=opened.policy(work, run.workspace, run.policy),
        settings=settings,
        folder=work.folder / "run",
        prompts=asked,
        rewards={part.name: opened.reward(part.reward_model, part.reward_sha256) for part in parts},
        seed=run.seed,
        lineage=lineage.card(run),
    )
