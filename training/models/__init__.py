"""What the product keeps of runs, and of what goes round with them."""

from training.models.campaigns import Campaign, Round, RoundStep
from training.models.checks import RunGold
from training.models.demo import DemoStep
from training.models.kept import Checkpoint, RunAlarm, RunSample
from training.models.parts import Role, RunBound, RunComponent
from training.models.polls import Poll, PollQuestion
from training.models.runs import KlRole, Run
from training.models.sources import RunSource
from training.models.studies import Study

__all__ = [
    "Campaign",
    "Checkpoint",
    "DemoStep",
    "KlRole",
    "Poll",
    "PollQuestion",
    "Role",
    "Round",
    "RoundStep",
    "Run",
    "RunAlarm",
    "RunBound",
    "RunComponent",
    "RunGold",
    "RunSample",
    "RunSource",
    "Study",
]
