"""Conversations that were written down as one text, and the prompt that two of them share."""

import re
from typing import Any

ROLES = {"human": "user", "user": "user", "assistant": "assistant", "system": "system"}
TURN = re.compile(r"(?:\A\s*|\n\n)(Human|User|Assistant|System|HUMAN|USER|ASSISTANT|SYSTEM): ?")


def parse(text: str) -> list[dict[str, Any]] | None:
    """Messages from `Human: …\\n\\nAssistant: …`; None where the text does not begin with such a turn."""
    first = TURN.match(text)
    if first is None or first.start() != 0:
        return None
    marks = list(TURN.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return [
        {"role": ROLES[mark[1].lower()], "content": text[mark.end() : end].strip()}
        for mark, end in zip(marks, ends, strict=True)
    ]


def write(messages: list[dict[str, Any]]) -> str:
    """The way back, as HH-RLHF and CardinalPrefs spell it."""
    names = {"user": "Human", "assistant": "Assistant"}
    return "".join(f"\n\n{names.get(part['role'], part['role'].title())}: {part['content']}" for part in messages)


def common(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> int:
    """How many messages two conversations begin with in common; their last ones are answers and never shared."""
    bound = min(len(first), len(second)) - 1
    return next((at for at in range(bound) if first[at] != second[at]), max(0, bound))


def shared_text(first: str, second: str) -> str:
    """The words that two texts begin with in common, ending at a space."""
    alike = 0
    while alike < min(len(first), len(second)) and first[alike] == second[alike]:
        alike += 1
    prefix = first[:alike]
    return prefix[: max(prefix.rfind(" "), prefix.rfind("\n")) + 1].rstrip()
