"""Scores for people and programs: asked of the resident scorer, so that the web never loads a model."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from api.refusals import Conflict, Unready
from rewardmodels import places, queries
from rewardmodels.models import RewardModel, Standing
from rewardmodels.scorer import client

MOST_ITEMS = 256


def score(*, model: RewardModel, items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """One score an item, in order; each item has `prompt` (text or messages) and `response`."""
    if not model.is_trained:
        raise Conflict(_("This reward model is not trained yet. Follow its job, then score."))
    asked = client.Question(str(model.pk), str(places.folder_of(model.pk)), model.sha256, list(items))
    try:
        return client.ask(client.socket_of(settings.DATA_DIR), asked)
    except client.Loading as error:
        message = _("The reward model is being loaded. Ask again shortly.")
        raise Unready(message, retry_after=error.seconds) from None
    except client.Busy as error:
        message = _("The scorer has more work than it can take. Ask again shortly.")
        raise Unready(message, retry_after=error.seconds) from None
    except client.JudgeAway as error:
        raise Unready(error.message, retry_after=error.seconds) from None
    except client.Away:
        message = _("The scorer is not running; “make up” or “manage.py scorer” starts it.")
        raise Unready(message, retry_after=5) from None
    except client.Refused as error:
        raise Conflict(str(error)) from None


def remote(*, model: RewardModel, query: list[str], prompts: list[str]) -> list[float]:
    """What a trainer asks of an approved model: one reward a text."""
    if model.standing != Standing.APPROVED:
        raise Conflict(_("Only an approved reward model serves trainers; approve it first."))
    return [float(score["reward"]) for score in score(model=model, items=queries.items(query, prompts))]
