"""`manage.py textworld` makes the small policy once, and then its name means something."""

from io import StringIO

import pytest
from django.core.management import call_command

from lm.names import Unavailable, locate
from rewardmodels import places
from rewardmodels.learning.world import corpus, policies
from rewardmodels.learning.world.recipe import Recipe

TINY = Recipe(layers=1, width=32, feed_forward=64, heads=2, vocabulary=400, positions=256, steps=2, batch=2)


def told() -> str:
    out = StringIO()
    call_command("textworld", stdout=out)
    return out.getvalue()


def test_it_is_made_once_and_then_has_its_name(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(corpus, "TOKENIZER_TEXTS", 400)
    monkeypatch.setattr(policies, "STANDARD_RECIPE", TINY)
    with pytest.raises(Unavailable, match=r"manage\.py textworld"):
        locate(policies.NAME, places.sources())
    first = told()
    assert "training 100%" in first
    assert "builtin:textworld is ready" in first
    assert locate(policies.NAME, places.sources()).folder == policies.folder_of(places.made_models(), TINY)
    assert "is here already" in told()
