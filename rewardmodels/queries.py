"""A text that a trainer made of a conversation, taken apart again: prompt and answer, as messages."""

import re
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from annotation import transcripts
from api.refusals import Invalid

ROLES = {"human": "user", "user": "user", "assistant": "assistant", "system": "system", "tool": "tool"}
# How chat models in wide use write one turn. What stands between turns is theirs too.
MARKED = (
    re.compile(r"<\|im_start\|>(\w+)\n(.*?)(?:<\|im_end\|>|\Z)", re.DOTALL),
    re.compile(r"<\|start_header_id\|>(\w+)<\|end_header_id\|>\n\n(.*?)(?:<\|eot_id\|>|\Z)", re.DOTALL),
    re.compile(r"<\|(user|assistant|system)\|>\n?(.*?)(?=<\|(?:user|assistant|system)\|>|\Z)", re.DOTALL),
)
BEGINNING = re.compile(r"\A\s*(?:<s>|<bos>|<\|begin_of_text\|>|\[CLS\])\s*")
ENDS = ("</s>", "<eos>", "<|endoftext|>", "<|end_of_text|>", "<|im_end|>", "<|eot_id|>", "[SEP]")


class Item(NamedTuple):
    prompt: Any  # text or messages, as the scorer takes it
    response: str


def items(query: list[str], prompts: list[str]) -> list[dict[str, Any]]:
    """One item a query; Invalid names the first that cannot be taken apart."""
    if prompts and len(prompts) != len(query):
        message = _("There are {n} prompts for {m} queries.").format(n=len(prompts), m=len(query))
        raise Invalid(message, field="prompts")
    beside: list[str | None] = [*prompts] if prompts else [None] * len(query)
    found = [item(text, prompt, number) for number, (text, prompt) in enumerate(zip(query, beside, strict=True))]
    return [one._asdict() for one in found]


def item(text: str, prompt: str | None, number: int) -> Item:
    if prompt and text.startswith(prompt):
        return Item(conversation(prompt) or prompt, without_end(text[len(prompt) :]).strip())
    turns = conversation(text)
    if turns is None or len(turns) < 2 or turns[-1]["role"] != "assistant":
        raise Invalid(
            _("This text does not say where the answer begins: send prompts beside query, or write turns as "
              "“Human: …” and “Assistant: …” or in a chat template in wide use."),
            field=f"query.{number}",
        )  # fmt: skip
    return Item(turns[:-1], turns[-1]["content"])


def conversation(text: str) -> list[dict[str, str]] | None:
    """The messages in a text; an empty assistant's turn at the end of a prompt only asks for the answer."""
    text = without_end(BEGINNING.sub("", text))
    for pattern in MARKED:
        if found := pattern.findall(text):
            return asked([{"role": ROLES.get(role.lower(), "user"), "content": said.strip()} for role, said in found])
    turns = transcripts.parse(text)
    return None if turns is None else asked(turns)


def without_end(text: str) -> str:
    """Without the token that ends it. An expression for this would look at a long run of spaces from each of them."""
    bare = text.rstrip()
    mark = next((mark for mark in ENDS if bare.endswith(mark)), "")
    return bare.removesuffix(mark).rstrip() if mark else text


def asked(turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return turns[:-1] if len(turns) > 1 and turns[-1] == {"role": "assistant", "content": ""} else turns
