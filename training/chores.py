"""What the sweeper does for runs."""

from training.checks import polls

CHORES = {"training.wake_runs": (10, polls.wake)}
