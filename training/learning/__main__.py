"""`torchrun --nproc-per-node N -m training.learning BRIEF`: a run that is written down in a file, by N processes.

What is measured goes to standard output as JSON lines. A run that died goes on where it was, with any number of
processes; without torchrun one process does everything.
"""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from lm.names import Unavailable
from rewardmodels.learning.folder import Damaged
from rewardmodels.learning.settings.fields import SettingError
from training.learning import briefs, processes, running
from training.learning.commissions import Unrunnable
from training.learning.observing import RunObserver


def main(arguments: list[str]) -> str | None:
    """A sentence where the run could not be made."""
    parser = argparse.ArgumentParser(prog="python -m training.learning", description=__doc__)
    parser.add_argument("brief", type=Path, help="the JSON file that the run is written down in")
    brief = parser.parse_args(arguments).brief
    if "RANK" in os.environ:  # torchrun says which of the processes this is
        processes.join()
    try:
        outcome = running.run(briefs.read(brief), OBSERVER)
    except (Unrunnable, SettingError, Unavailable, Damaged) as error:
        return str(error)
    if processes.is_first():
        say(ended=outcome.ended, why=outcome.why, best=outcome.best, last=outcome.last, figures=outcome.figures)
    processes.part()
    return None


def say(**values: Any) -> None:
    print(json.dumps(values), flush=True)  # noqa: T201 - what the command is for


OBSERVER = RunObserver(
    report=lambda step, values: say(step=step, **values),
    say=lambda text: say(said=text),
    resumed=lambda step: say(resumed=step),
    samples=lambda step, rows: say(step=step, samples=rows),
    kept=lambda step, folder, figures: say(step=step, kept=str(folder)),
    alarm=lambda name, step, sentence: say(step=step, alarm=name, sentence=sentence),
)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
