"""What can be foreseen to go wrong in long work, as sentences. Imported by the worker alone."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from annotation.snapshots import files as frozen
from api.refusals import Refusal
from jobs.work import Failed

NO_MEMORY = "There is not enough memory for this; try a smaller backbone or shorter texts."
FULL = {errno.ENOSPC, errno.EDQUOT}


def foreseen() -> tuple[type[Exception], ...]:
    """Exceptions whose own sentence is what a person shall read."""
    from lm.names import Unavailable
    from lm.rendering import Unrenderable
    from rewardmodels.learning.adopting import Unusable
    from rewardmodels.learning.comparing import Incomparable
    from rewardmodels.learning.composition.judges import Unanswered
    from rewardmodels.learning.evidence import Unlearnable
    from rewardmodels.learning.folder import Damaged
    from rewardmodels.learning.settings.fields import SettingError

    own = (Unlearnable, Unusable, Incomparable, Unanswered, Unavailable, Unrenderable, SettingError, Damaged)
    return (*own, frozen.Damaged, Refusal)


@contextmanager
def said_plainly() -> Iterator[None]:
    """What could be foreseen ends the job with a sentence; the rest is for the supervisor to judge."""
    try:
        yield
    except foreseen() as error:
        raise Failed(str(error)) from error
    except MemoryError as error:
        raise Failed(NO_MEMORY) from error
    except RuntimeError as error:
        if "not enough memory" in str(error) or "out of memory" in str(error):
            raise Failed(NO_MEMORY) from error
        raise
    except OSError as error:
        if error.errno in FULL:
            raise Failed("The disk is full; nothing was kept. Make room and try again.") from error
        raise
