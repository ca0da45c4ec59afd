"""The text fields of a record: plain text, messages or a transcript, in any mixture, read as prompt and answers."""

from typing import Any

from django.utils.translation import gettext as _

from annotation import transcripts
from annotation.canonical import Messages
from annotation.imports.faults import BadRecord


def split_pair(first: Any, second: Any, names: tuple[str, str]) -> tuple[Messages, bool, list[str]]:
    """The prompt that two whole conversations share, and the answer of each."""
    one, other = conversation(first, names[0]), conversation(second, names[1])
    if one is None or other is None:
        if not (isinstance(first, str) and isinstance(second, str)):
            raise BadRecord(names[1], _("One is a text and the other a list of messages."))
        prompt = transcripts.shared_text(first, second)
        if not prompt:
            raise BadRecord("prompt", _("There is no prompt, and the two texts do not begin alike."))
        return [user(prompt)], True, [first[len(prompt) :].lstrip(), second[len(prompt) :].lstrip()]
    length = transcripts.common(one, other)
    for name, messages in zip(names, (one, other), strict=True):
        if len(messages) != length + 1 or messages[-1]["role"] != "assistant":
            raise BadRecord(name, _("The two conversations differ in more than the last assistant turn."))
    if length == 0:
        raise BadRecord("prompt", _("There is no prompt before the answers."))
    return one[:length], False, [one[-1]["content"], other[-1]["content"]]


def conversation(value: Any, path: str) -> Messages | None:
    """Messages from a list or from a transcript; None for a text without turns."""
    return transcripts.parse(value) if isinstance(value, str) else read_messages(value, path)


def after_prompt(value: Any, prompt: Messages, path: str) -> str:
    """The answer alone, also where the prompt is repeated before it."""
    messages = value if isinstance(value, list) else transcripts.parse(value) if isinstance(value, str) else None
    if isinstance(messages, list) and len(messages) == len(prompt) + 1:
        checked = read_messages(messages, path)
        if [bare(part) for part in checked[:-1]] == [bare(part) for part in prompt] and checked[-1][
            "role"
        ] == "assistant":
            return checked[-1]["content"]
    return answer_text(value, path)


def bare(message: dict[str, Any]) -> tuple[str, str]:
    return message["role"], message["content"].strip()


def answer_text(value: Any, path: str) -> str:
    """An answer as text, or as a list of one assistant message."""
    if isinstance(value, str):
        return value
    messages = read_messages(value, path)
    if len(messages) != 1 or messages[0]["role"] != "assistant":
        raise BadRecord(path, _("Expected one assistant message; put what goes before it into the prompt."))
    return messages[0]["content"]


def read_prompt(value: Any) -> tuple[Messages, bool]:
    if isinstance(value, str):
        return [user(value)], True
    return read_messages(value, "prompt"), False


def read_messages(value: Any, path: str) -> Messages:
    if not isinstance(value, list) or not value:
        raise BadRecord(path, _("Expected text or a list of messages."))
    return [read_message(part, f"{path}.{number}") for number, part in enumerate(value)]


def read_message(part: Any, path: str) -> dict[str, Any]:
    if not isinstance(part, dict) or not isinstance(part.get("role"), str) or not 1 <= len(part["role"]) <= 40:
        raise BadRecord(path, _('Expected {"role", "content"}.'))
    content = part.get("content")
    if isinstance(content, list) and all(
        isinstance(piece, dict) and isinstance(piece.get("text"), str) for piece in content
    ):
        content = "".join(piece["text"] for piece in content)
    if not isinstance(content, str):
        raise BadRecord(f"{path}.content", _("Expected text."))
    return {"role": part["role"], "content": content}


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}
