"""What the sweeper does for reward models."""

from rewardmodels.batches import results

CHORES = {"rewardmodels.forget_scores": (3_600, results.forget)}
