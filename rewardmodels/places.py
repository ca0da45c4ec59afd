"""Where reward models, shared weights and cached features lie, and where backbones may come from."""

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

if TYPE_CHECKING:
    from lm.names import Sources

MOST_CACHED_BYTES = 4 * 1024**3


def root() -> Path:
    return Path(settings.MEDIA_ROOT) / "reward-models"


def folder_of(reward_model: UUID) -> Path:
    return root() / str(reward_model)


def shards() -> Path:
    """Backbones' weights, each once; every folder links to them, so they stand on the same file system."""
    return Path(settings.MEDIA_ROOT) / "backbones"


def feature_cache() -> Path:
    """Not among the files that are backed up: it can be computed again."""
    return Path(settings.DATA_DIR) / "cache" / "features"


def ratings() -> Path:
    """What language models said of answers; a judge is asked each question once."""
    return Path(settings.DATA_DIR) / "cache" / "ratings.sqlite"


def made_models() -> Path:
    """Small policies that this machine trains for itself: not backed up, they can be made again."""
    return Path(settings.DATA_DIR) / "cache" / "models"


def sources() -> "Sources":
    from lm.names import Sources
    from rewardmodels.learning.world import policies

    return Sources(roots=tuple(settings.MODEL_ROOTS), allow_hub=settings.ALLOW_HUB, built=policies.built(made_models()))
