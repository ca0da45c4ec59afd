"""What jobs do is said in English by code that knows no languages, and shown in the reader's."""

import ast
from pathlib import Path

import pytest
from django.utils.translation import override

from jobs import phases

ROOT = Path(__file__).parents[2]
SAYING = {"progress", "phase"}
SOURCES = [
    path for name in ("platform", "annotation", "rewardmodels", "training") for path in (ROOT / name).rglob("*.py")
]


def said() -> set[str]:
    """Every phase that is written where progress is told, numbers and names made up."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and name_of(node.func) in SAYING:
                found |= {text for argument in node.args if (text := text_of(argument))}
    return found


def name_of(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def text_of(argument: ast.expr) -> str:
    if isinstance(argument, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in argument.values)
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else ""


def test_every_phase_that_the_sources_say_is_known():
    found = said()
    assert len(found) > 40
    assert [text for text in sorted(found) if not phases.is_known(text)] == []


@pytest.mark.parametrize(
    ("phase", "wanted"),
    [
        ("Scoring the reference", "打分"),
        ("Member 2 of 5: Learning the backbone", "2"),
        ("Looking for the proxy point: run 3 of 9", "9"),
        ("Proposal 12 is measured again", "12"),
    ],
)
def test_a_phase_is_shown_in_the_readers_language(phase, wanted):
    assert phases.shown(phase) == phase
    with override("zh-hans"):
        shown = phases.shown(phase)
    assert wanted in shown
    assert not any(word in shown for word in ("the", "of", "run", "is"))


def test_a_phase_that_nobody_knows_is_shown_as_it_was_said():
    with override("zh-hans"):
        assert phases.shown("Counting {sheep}") == "Counting {sheep}"


def test_a_part_that_is_put_in_may_look_like_a_sentence_with_values():
    assert phases.shown("Best of n: {number} tasks") == "Best of n: {number} tasks"
