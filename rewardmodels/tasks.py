"""The long work of this app. Torch is loaded here, in the worker's child process, and nowhere before."""

from typing import Any

from jobs import kinds
from jobs.work import Work


@kinds.register("rewardmodels.fit", queue="cpu", label="Learn a reward model")
def fit(work: Work) -> dict[str, Any]:
    from rewardmodels import fits

    return fits.run(work)
