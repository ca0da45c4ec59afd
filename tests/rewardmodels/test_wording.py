"""What people call the settings: every value that can be chosen has a name, and nothing is left in one language."""

import html
import re
from dataclasses import fields

import pytest

from rewardmodels import wording
from rewardmodels.learning.settings.kinds import KINDS
from tests.web import pseudo

NEW = "/w/home/reward-models/new/"


def chosen():
    every = [one for kind in KINDS.values() for one in fields(kind)]
    return {(one.name, value) for one in every for value in one.metadata.get("enum", ())}


def test_every_value_that_can_be_chosen_has_a_name_and_no_other_has():
    assert set(wording.NAMES) == chosen()


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_settings_of_each_kind_are_in_the_readers_language(researcher, snapshot, backbone, kind):
    asked = {"part": "kind", "kind": kind, "backbone": backbone}
    with pseudo.language():
        answer = researcher.browser.get(NEW, asked, headers={"HX-Request": "true"}).content.decode()
    settings = html.unescape(answer.split('id="settings"')[1])
    for one in fields(KINDS[kind]):
        assert f"⟦{one.metadata['title']}⟧" in settings, one.name
        for value in one.metadata.get("enum", ()):
            assert re.search(rf'value="{value}"[^>]*>\s*⟦', settings), (one.name, value)
    assert "⟦⟦" not in settings
