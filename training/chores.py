"""What the sweeper does for runs, and for what goes round with them."""

from training.checks import polls
from training.rounds import automation
from training.rounds.demo import going

CHORES = {
    "training.wake_runs": (10, polls.wake),
    "training.fill_demo": (5, going.go_on),
    "training.go_round": (10, automation.go_on),
}
