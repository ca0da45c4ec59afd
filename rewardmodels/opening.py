"""A saved reward with all that it needs to score: of a composition, the language model that it asks."""

from pathlib import Path

from rewardmodels import judging, places
from rewardmodels.learning import scoring
from rewardmodels.learning.composition.composed import Composed
from rewardmodels.learning.composition.memory import Memory
from rewardmodels.learning.rewards import Find, Reward, nothing_in_memory


def open_reward(folder: Path, find: Find = nothing_in_memory) -> Reward:
    """The reward in a folder, ready to score."""
    reward = scoring.open_folder(folder, find)
    if isinstance(reward, Composed) and (asked := reward.asks):
        judge = judging.open_judge(name=asked["name"], model=asked["model"], reading=asked["reading"])
        return reward.with_judge(judge, Memory(places.ratings()))
    return reward
