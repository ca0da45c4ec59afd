"""The long work of this app. Torch is loaded here, in the worker's child process, and nowhere before."""

from typing import Any

from jobs import kinds
from jobs.work import Work


@kinds.register("training.run", queue="gpu", label="Push a policy")
def run(work: Work) -> dict[str, Any]:
    from training import faults, running

    with faults.said_plainly():
        return running.run(work)


@kinds.register("training.reference", queue="gpu", label="Look at a reference")
def reference(work: Work) -> dict[str, Any]:
    from training import faults
    from training.references import running

    with faults.said_plainly():
        return running.run(work)


@kinds.register("training.estimate", queue="gpu", label="Estimate a run")
def estimate(work: Work) -> dict[str, Any]:
    from training import faults
    from training.estimates import running

    with faults.said_plainly():
        return running.run(work)


@kinds.register("training.proxy_point", queue="cpu", label="Find a proxy point")
def proxy_point(work: Work) -> dict[str, Any]:
    from training import faults
    from training.thresholds import running

    with faults.said_plainly():
        return running.run(work)


@kinds.register("training.threshold_search", queue="gpu", label="Search for thresholds")
def threshold_search(work: Work) -> dict[str, Any]:
    from training import faults
    from training.searches import running

    with faults.said_plainly():
        return running.run(work)


@kinds.register("training.study", queue="cpu", label="Study the text world")
def study(work: Work) -> dict[str, Any]:
    from training import faults
    from training.studies import running

    with faults.said_plainly():
        return running.run(work)


@kinds.register("training.samples", queue="gpu", label="Sample answers")
def samples(work: Work) -> dict[str, Any]:
    from training import faults
    from training.rounds import sampling

    with faults.said_plainly():
        return sampling.run(work)
