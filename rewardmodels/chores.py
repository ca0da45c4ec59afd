"""What the sweeper does for reward models."""

from rewardmodels.batches import results
from rewardmodels.choosing import asking

CHORES = {
    "rewardmodels.order_again": (60, asking.again_due),
    "rewardmodels.forget_scores": (3_600, results.forget),
}
