"""Chat templates by name for models that bring none, and the messages that they render."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict


class Message(TypedDict):
    role: str
    content: str


Conversation = tuple[Message, ...]

# {cls}, {sep} stand for the tokenizer's own tokens, written literally so that every reader of the folder renders alike.
ENCODER = (
    "{{ '<CLS>' }}"
    "{% for message in messages %}{{ ' ' + message['role'] + ': ' + message['content'] + ' <SEP>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ ' assistant:' }}{% endif %}"
)
# A causal model reads an end of sequence after each assistant turn; the BOS stands once, in the text (trap T3).
PLAIN = (
    "{{ '<BOS>' }}"
    "{% for message in messages %}"
    "{% if not loop.first %}{{ '\\n\\n' }}{% endif %}"
    "{{ message['role'] | capitalize + ': ' + message['content'] }}"
    "{% if message['role'] == 'assistant' %}{{ '<EOS>' }}{% endif %}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{% if messages %}{{ '\\n\\n' }}{% endif %}{{ 'Assistant:' }}{% endif %}"
)
NAMED = {"touchstone-encoder": ENCODER, "touchstone-plain": PLAIN}
OWN = "own"  # the template that the tokenizer brings


def choose(tokenizer: Any, *, is_causal: bool) -> tuple[str, str]:
    """The name and text of the template that a model is read with: its own, or a named default."""
    if tokenizer.chat_template:
        return OWN, str(tokenizer.chat_template)
    name = "touchstone-plain" if is_causal else "touchstone-encoder"
    return name, written_for(tokenizer, NAMED[name])


def written_for(tokenizer: Any, template: str) -> str:
    """The named template with this tokenizer's tokens in it; a token that it lacks is left out."""
    tokens: dict[str, str | None] = {
        "<CLS>": tokenizer.cls_token or tokenizer.bos_token,
        "<SEP>": tokenizer.sep_token or tokenizer.eos_token,
        "<BOS>": tokenizer.bos_token,
        "<EOS>": tokenizer.eos_token,
    }
    for place, token in tokens.items():
        literal = str(token or "").replace("\\", "\\\\").replace("'", "\\'")
        template = template.replace(place, literal)
    return template


def conversation(prompt: str | Sequence[Mapping[str, Any]]) -> Conversation:
    """A prompt as messages: a plain string is one turn of the user."""
    if isinstance(prompt, str):
        return (Message(role="user", content=prompt),)
    return tuple(Message(role=str(turn["role"]), content=str(turn["content"])) for turn in list(prompt))
