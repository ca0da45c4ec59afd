"""The long work of this app. Torch is loaded here, in the worker's child process, and nowhere before."""

from typing import Any

from jobs import kinds
from jobs.work import Work


@kinds.register("rewardmodels.fit", queue="cpu", label="Learn a reward model")
def fit(work: Work) -> dict[str, Any]:
    from rewardmodels import faults, fits

    with faults.said_plainly():
        return fits.run(work)


@kinds.register("rewardmodels.import", queue="cpu", label="Bring in a reward model")
def bring_in(work: Work) -> dict[str, Any]:
    from rewardmodels import faults
    from rewardmodels.importing import running

    with faults.said_plainly():
        return running.run(work)


@kinds.register("rewardmodels.compare", queue="short", label="Compare two reward models")
def compare(work: Work) -> dict[str, Any]:
    from rewardmodels import comparisons, faults

    with faults.said_plainly():
        return comparisons.run(work)


@kinds.register("rewardmodels.score", queue="cpu", label="Score many answers")
def score(work: Work) -> dict[str, Any]:
    from rewardmodels import faults
    from rewardmodels.batches import running

    with faults.said_plainly():
        return running.run(work)


@kinds.register("rewardmodels.curve", queue="cpu", label="Draw a learning curve")
def curve(work: Work) -> dict[str, Any]:
    from rewardmodels import faults
    from rewardmodels.curves import running

    with faults.said_plainly():
        return running.run(work)


@kinds.register("rewardmodels.choose", queue="cpu", label="Put tasks in order")
def choose(work: Work) -> dict[str, Any]:
    from rewardmodels import faults
    from rewardmodels.choosing import running

    with faults.said_plainly():
        return running.run(work)


@kinds.register("rewardmodels.replay", queue="cpu", label="Replay orders of tasks")
def replay(work: Work) -> dict[str, Any]:
    from rewardmodels import faults
    from rewardmodels.choosing import replaying

    with faults.said_plainly():
        return replaying.run(work)


@kinds.register("rewardmodels.track", queue="cpu", label="Hold a reward model against people")
def track(work: Work) -> dict[str, Any]:
    from rewardmodels import faults
    from rewardmodels.tracking import running

    with faults.said_plainly():
        return running.run(work)
