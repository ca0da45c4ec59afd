"""The one way from a conversation to token ids, for training, scoring, serving and generation alike.

The text is rendered first and tokenized with no special tokens added, so that nothing stands twice. The prompt's ids
depend on the prompt alone and the response's ids follow them: two responses share them exactly and no token spans the
seam. Limits depend on the prompt alone and then on the response: the same (prompt, response) has the same ids
wherever it appears.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from lm.templates import Conversation, Message


class Rendered(NamedTuple):
    """Token ids of one (prompt, response) and what the limits cost."""

    ids: tuple[int, ...]
    prompt_length: int  # ids[:prompt_length] are the prompt; the response has the rest
    turns_dropped: int = 0
    prompt_cut: bool = False
    response_cut: bool = False
    seam_moved: bool = False  # tokenizing the whole text at once would have merged across the seam

    @property
    def is_whole(self) -> bool:
        return not (self.turns_dropped or self.prompt_cut or self.response_cut)


class Unrenderable(ValueError):
    """A sentence that says why this conversation cannot be written in this template."""


@dataclass(frozen=True)
class Renderer:
    """A tokenizer, a chat template and the limits in tokens."""

    tokenizer: Any
    template: str
    max_length: int
    max_prompt: int  # the response may use what the prompt leaves, at least max_length - max_prompt
    specials: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        if not 4 <= self.max_prompt < self.max_length:
            raise ValueError(
                "The prompt's share of the length must be at least 4 tokens and leave room for the answer."
            )
        added = [str(token) for token in self.tokenizer.added_tokens_decoder.values() if token.special]
        words = sorted({*added, *self.tokenizer.all_special_tokens}, key=len, reverse=True)
        pattern = "|".join(re.escape(word) for word in words if len(word) > 1) or r"(?!)"
        object.__setattr__(self, "specials", re.compile(pattern))

    def render(self, prompt: Conversation, response: str) -> Rendered:
        """Token ids of a prompt and its response within the limits."""
        kept, turns_dropped, prompt_cut = self._fit_prompt(tuple(self._plain(turn) for turn in prompt))
        before, prompt_ids = self._prompt(kept)
        room = self.max_length - len(prompt_ids)
        answer = self._plain_text(response)
        rest, rest_ids = self._response(kept, before, answer)
        response_cut = len(rest_ids) > room
        if response_cut:
            kept_characters = longest(
                len(answer), lambda size: len(self._response(kept, before, answer[:size])[1]) <= room
            )
            rest, rest_ids = self._response(kept, before, answer[:kept_characters])
        if len(rest_ids) > room:
            raise Unrenderable("The template alone is longer than the limit of tokens; allow a greater length.")
        whole = self._ids(before + rest)
        seam_moved = whole != prompt_ids + rest_ids
        return Rendered(
            tuple(prompt_ids + rest_ids), len(prompt_ids), turns_dropped, prompt_cut, response_cut, seam_moved
        )

    def prompt_ids(self, prompt: Conversation) -> list[int]:
        """Token ids that a generation starts from."""
        return self._prompt(self._fit_prompt(tuple(self._plain(turn) for turn in prompt))[0])[1]

    def _fit_prompt(self, prompt: Conversation) -> tuple[Conversation, int, bool]:
        """The last turns that fit: oldest turns go first, then the start of the last one; (kept, dropped, cut)."""
        kept = prompt
        while len(self._prompt(kept)[1]) > self.max_prompt and len(kept) > 1:
            kept = without_oldest_turn(kept)
        dropped = len(prompt) - len(kept)
        if len(self._prompt(kept)[1]) <= self.max_prompt:
            return kept, dropped, False
        last = kept[-1]

        def tail(size: int) -> Conversation:
            return (Message(role=last["role"], content=last["content"][len(last["content"]) - size :]),)

        size = longest(len(last["content"]), lambda size: len(self._prompt(tail(size))[1]) <= self.max_prompt)
        return tail(size), dropped, True

    def _prompt(self, prompt: Conversation) -> tuple[str, list[int]]:
        text = self._text(prompt, add_generation_prompt=True)
        return text, self._ids(text)

    def _response(self, prompt: Conversation, before: str, response: str) -> tuple[str, list[int]]:
        whole = self._text((*prompt, Message(role="assistant", content=response)), add_generation_prompt=False)
        if not whole.startswith(before):
            raise Unrenderable(
                "The chat template writes earlier turns differently once an answer follows, so that the answer's own "
                "tokens cannot be told apart. Use a model with another template."
            )
        rest = whole[len(before) :]
        return rest, self._ids(rest)

    def _text(self, messages: Conversation, *, add_generation_prompt: bool) -> str:
        try:
            return str(
                self.tokenizer.apply_chat_template(
                    [dict(message) for message in messages],
                    chat_template=self.template,
                    tokenize=False,
                    add_generation_prompt=add_generation_prompt,
                )
            )
        except Exception as error:  # whatever a template raises: it is code that came with a model
            raise Unrenderable(f"The chat template refuses this conversation: {error}") from error

    def _ids(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    def _plain(self, turn: Message) -> Message:
        return Message(role=turn["role"], content=self._plain_text(turn["content"]))

    def _plain_text(self, text: str) -> str:
        """Text in which nobody speaks with the template's voice: a special token written by a person is taken apart."""
        return self.specials.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)


def without_oldest_turn(prompt: Conversation) -> Conversation:
    """The conversation from its next user turn on; a system message at the head is kept while others remain."""
    head = prompt[:1] if prompt[0]["role"] == "system" and len(prompt) > 2 else ()
    rest = prompt[len(head) + 1 :]
    while len(rest) > 1 and rest[0]["role"] != "user":
        rest = rest[1:]
    return (*head, *rest)


def longest(most: int, fits: Callable[[int], bool]) -> int:
    """The greatest size up to `most` that fits, or 0."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low
