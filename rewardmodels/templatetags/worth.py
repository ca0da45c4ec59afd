"""`{% load worth %}`: a reward model's worth in the row of a list."""

from django.template import Library

from rewardmodels import kinds
from rewardmodels.models import RewardModel

register = Library()


@register.filter
def headline(model: RewardModel) -> str:
    """Accuracy on the test split; of a model that no comparison can be held against, another figure with its name."""
    accuracy = model.metrics.get("test", {}).get("accuracy")
    return f"{accuracy:.3f}" if accuracy is not None else kinds.headline(model) or "–"
