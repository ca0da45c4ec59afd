"""When memory runs out: passes of half the size, once, from a state that every later run can begin at again."""

from pathlib import Path

import torch

from training.learning import checkpoints, processes
from training.learning.commissions import Unrunnable


def ran_out(error: BaseException) -> bool:
    """Of the device or of the machine."""
    words = str(error)
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(
        one in words for one in ("out of memory", "can't allocate memory")
    )


def halve(folder: Path, step: int, tokens: int, error: BaseException) -> None:
    """From this step on; it is stored, so that a run that dies later chooses it again. Twice is too much.

    The others of several processes wait for what this one no longer sends: all of them begin again.
    """
    before = checkpoints.smaller_passes(folder)
    if before is not None and tokens <= before[1]:
        raise Unrunnable(
            f"There is not enough memory for passes of {tokens} tokens. Choose fewer, compute layers again on the way "
            "back, or learn adapters instead of all weights."
        ) from error
    checkpoints.choose_smaller_passes(folder, step, tokens // 2)
    if processes.count() > 1:
        raise Unrunnable(
            f"Memory ran out in one of {processes.count()} processes. Start the run again: it goes on behind step "
            f"{step} with passes of {tokens // 2} tokens."
        ) from error
