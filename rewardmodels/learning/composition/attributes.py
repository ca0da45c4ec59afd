"""What a prompted language model is asked to rate: thirteen attributes, each with the two ends of its scale.

The attributes are those of Go et al. (2023, arXiv 2310.13011), in our words. On most of them 10 is what one would want;
on `individual_preferences` 10 is the failing. The sign of a weight is learned, so read it together with the scale.
"""

import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from lm.templates import Conversation

LOW, HIGH = 1, 10
LEADING_DIGITS = re.compile(r"\s*(\d+)")
MOST_ANSWER, MOST_CONVERSATION = 6_000, 4_000  # characters that a question quotes


class Attribute(NamedTuple):
    name: str
    title: str
    clause: str  # “rate …”
    low: str  # what 1 means
    high: str  # what 10 means


ATTRIBUTES = (
    Attribute("helpfulness", "helpfulness", "how helpful the reply is", "not helpful at all", "very helpful"),
    Attribute("specificity", "specificity", "how specific the reply is", "vague and general", "concrete and specific"),
    Attribute(
        "intent",
        "intent",
        "how well the reply understands what the writer wants",
        "it misses what is wanted",
        "it understands it fully",
    ),
    Attribute(
        "factuality", "factuality", "how correct the reply's facts are", "false throughout", "correct throughout"
    ),
    Attribute(
        "easy_to_understand",
        "easy to understand",
        "how easy the reply is to understand",
        "very hard to understand",
        "very easy to understand",
    ),
    Attribute(
        "relevance", "relevance", "how relevant the reply is to the question", "off the point", "wholly to the point"
    ),
    Attribute("readability", "readability", "how readable the reply's text is", "hard to read", "pleasant to read"),
    Attribute(
        "enough_detail",
        "enough detail",
        "whether the reply has as much detail as is needed",
        "far too little detail",
        "all the detail that is needed",
    ),
    Attribute("biased", "free of bias", "how free of bias the reply is", "strongly biased", "not biased at all"),
    Attribute(
        "individual_preferences",
        "overlooks the person",
        "how far the reply fails to consider this person's own preferences",
        "it considers them fully",
        "it fails to consider them",
    ),
    Attribute(
        "repetitive", "free of repetition", "how free of repetition the reply is", "very repetitive", "never repetitive"
    ),
    Attribute(
        "context",
        "takes up the context",
        "whether the reply takes the context into account",
        "it ignores the context",
        "it takes all of it into account",
    ),
    Attribute("too_long", "not too long", "whether the reply is too long", "far too long", "not too long at all"),
)
BY_NAME = {attribute.name: attribute for attribute in ATTRIBUTES}

DIALOGUE = """You will be shown a conversation between a person and an assistant, and the assistant's reply to it.
Rate {clause} on a scale from {lowest} to {highest}, where {lowest} means: {low}; and {highest} means: {high}.

Conversation:
{conversation}

Reply:
{response}

Answer with one whole number from {lowest} to {highest} and nothing else.
Rating:"""
POST = """You will be shown a post from a forum, and a reply to it.
Rate {clause} on a scale from {lowest} to {highest}, where {lowest} means: {low}; and {highest} means: {high}.

Post:
{conversation}

Reply:
{response}

Answer with one whole number from {lowest} to {highest} and nothing else.
Rating:"""
TEMPLATES = {"dialogue": DIALOGUE, "post": POST}


def question(template: str, attribute: Attribute, prompt: Conversation, response: str) -> str:
    """What the judge reads: the conversation's end and the answer's beginning where they are long."""
    turns = written(template, prompt)
    filled = {"conversation": turns[-MOST_CONVERSATION:], "response": response[:MOST_ANSWER]}
    scale = {"lowest": LOW, "highest": HIGH, "clause": attribute.clause, "low": attribute.low, "high": attribute.high}
    return TEMPLATES[template].format(**scale, **filled)


def written(template: str, prompt: Conversation) -> str:
    return "\n\n".join(
        turn["content"] if template == "post" else f"{turn['role']}: {turn['content']}" for turn in prompt
    )


def is_quoted_whole(prompt: Conversation, response: str) -> bool:
    return len(written("dialogue", prompt)) <= MOST_CONVERSATION and len(response) <= MOST_ANSWER


def rating(answer: str) -> int | None:
    """The leading digits as a rating; None where there are none or they lie outside the scale."""
    found = LEADING_DIGITS.match(answer)
    value = int(found[1][:4]) if found else 0
    return value if LOW <= value <= HIGH else None


def chosen(names: Collection[str]) -> Sequence[Attribute]:
    """Those named, in the usual order; all of them where none is named."""
    return [attribute for attribute in ATTRIBUTES if not names or attribute.name in names]
