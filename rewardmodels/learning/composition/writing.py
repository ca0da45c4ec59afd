"""How an answer is written, as numbers that need no model: each a small function of the conversation and the answer.

Words and phrases that are counted by name are English; elsewhere those features stay near 0 and earn no weight.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from lm.templates import Conversation

WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
SENTENCE_END = re.compile(r"[.!?。！？]+(?=\s|$)")
LIST_ITEM = re.compile(r"^[ \t]{0,8}(?:[-*•+]|\d{1,3}[.)])[ \t]+\S", re.MULTILINE)
HEADING = re.compile(r"^#{1,6}[ \t]+\S", re.MULTILINE)
FENCE = re.compile(r"^[ \t]{0,3}(?:```|~~~)", re.MULTILINE)
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
LINK = re.compile(r"https?://\S+|\]\(\S+\)")
HEDGE = re.compile(
    r"\b(?:maybe|perhaps|possibly|probably|might|could|seems?|likely|unlikely|somewhat|generally|usually|often"
    r"|i think|i believe|i guess|not sure|it depends|in some cases)\b",
    re.IGNORECASE,
)
REFUSAL = re.compile(
    r"\b(?:i (?:can['’]?t|cannot|won['’]?t|am not able to|am unable to)|i['’]m (?:sorry|not able|unable)"
    r"|i am sorry|sorry, (?:but )?i|as an ai)\b",
    re.IGNORECASE,
)
SECOND_PERSON = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
FIRST_PERSON = re.compile(r"\b(?:i|i['’]m|i['’]ve|i['’]ll|i['’]d|me|my|mine)\b", re.IGNORECASE)
LEAST_READABLE, MOST_READABLE = -20.0, 60.0
SHORT_WORD = 3  # letters: words up to here are left out of what is shared with the prompt


class Feature(NamedTuple):
    """A number of an answer, with the words that explain it to a person."""

    name: str
    title: str
    description: str
    measure: Callable[[Conversation, str], float]


def words_of(text: str) -> list[str]:
    return [word.casefold() for word in WORD.findall(text)]


def length(prompt: Conversation, response: str) -> float:
    return len(response) / 100


def words(prompt: Conversation, response: str) -> float:
    return float(len(words_of(response)))


def sentences(prompt: Conversation, response: str) -> float:
    """Ends of sentences; text without any is one sentence."""
    found = len(SENTENCE_END.findall(response))
    return float(max(found, 1)) if response.strip() else 0.0


def sentence_length(prompt: Conversation, response: str) -> float:
    return words(prompt, response) / max(sentences(prompt, response), 1.0)


def readability(prompt: Conversation, response: str) -> float:
    """The automated readability index (Smith and Senter 1967), within bounds that prose never leaves."""
    found = words_of(response)
    if not found:
        return 0.0
    letters = sum(map(len, found))
    index = 4.71 * letters / len(found) + 0.5 * sentence_length(prompt, response) - 21.43
    return min(max(index, LEAST_READABLE), MOST_READABLE)


def vocabulary(prompt: Conversation, response: str) -> float:
    found = words_of(response)
    return len(set(found)) / len(found) if found else 0.0


def repetition(prompt: Conversation, response: str) -> float:
    """The share of three words in a row that stood in the answer before."""
    found = words_of(response)
    triples = list(zip(found, found[1:], found[2:], strict=False))
    return 1 - len(set(triples)) / len(triples) if triples else 0.0


def overlap(prompt: Conversation, response: str) -> float:
    """The share of the last user turn's longer words that the answer takes up."""
    asked = next((turn["content"] for turn in reversed(prompt) if turn["role"] == "user"), "")
    wanted = {word for word in words_of(asked) if len(word) > SHORT_WORD}
    return len(wanted & set(words_of(response))) / len(wanted) if wanted else 0.0


def list_items(prompt: Conversation, response: str) -> float:
    return float(len(LIST_ITEM.findall(response)))


def headings(prompt: Conversation, response: str) -> float:
    return float(len(HEADING.findall(response)))


def code_blocks(prompt: Conversation, response: str) -> float:
    """Fenced blocks; one that was never closed counts."""
    return float((len(FENCE.findall(response)) + 1) // 2)


def paragraphs(prompt: Conversation, response: str) -> float:
    return float(sum(1 for part in re.split(r"\n\s*\n", response) if part.strip()))


def questions(prompt: Conversation, response: str) -> float:
    return float(response.count("?") + response.count("？"))


def exclamations(prompt: Conversation, response: str) -> float:
    return float(response.count("!") + response.count("！"))


def numbers(prompt: Conversation, response: str) -> float:
    return float(len(NUMBER.findall(response)))


def links(prompt: Conversation, response: str) -> float:
    return float(len(LINK.findall(response)))


def per_word(pattern: re.Pattern[str], response: str) -> float:
    """Finds in a hundred words."""
    found = len(words_of(response))
    return 100 * len(pattern.findall(response)) / found if found else 0.0


def hedges(prompt: Conversation, response: str) -> float:
    return per_word(HEDGE, response)


def refusals(prompt: Conversation, response: str) -> float:
    return float(len(REFUSAL.findall(response)))


def second_person(prompt: Conversation, response: str) -> float:
    return per_word(SECOND_PERSON, response)


def first_person(prompt: Conversation, response: str) -> float:
    return per_word(FIRST_PERSON, response)


def finished(prompt: Conversation, response: str) -> float:
    """Whether the answer ends as sentences, lists of code and quotations end."""
    return float(response.rstrip().endswith((".", "!", "?", "。", "！", "？", '"', "”", ")", "```", ":", "*")))


FEATURES = (
    Feature("length", "length", "Characters, in hundreds.", length),
    Feature("words", "words", "Words.", words),
    Feature("sentences", "sentences", "Sentences.", sentences),
    Feature("sentence_length", "words a sentence", "Words in a sentence, on average.", sentence_length),
    Feature("paragraphs", "paragraphs", "Paragraphs, set apart by an empty line.", paragraphs),
    Feature("list_items", "list items", "Lines that begin as an item of a list.", list_items),
    Feature("headings", "headings", "Lines that are a heading in Markdown.", headings),
    Feature("code_blocks", "code blocks", "Fenced blocks of code.", code_blocks),
    Feature("numbers", "numbers", "Numbers in digits.", numbers),
    Feature("links", "links", "Addresses of the web.", links),
    Feature("questions", "questions", "Question marks.", questions),
    Feature("exclamations", "exclamations", "Exclamation marks.", exclamations),
    Feature("hedges", "hedges", "Maybe, might, it depends and the like, in a hundred words.", hedges),
    Feature("refusals", "refusals", "“I cannot”, “I’m sorry”, “as an AI” and the like.", refusals),
    Feature("second_person", "says “you”", "You and your, in a hundred words.", second_person),
    Feature("first_person", "says “I”", "I, me and my, in a hundred words.", first_person),
    Feature("vocabulary", "vocabulary", "The share of words that are different ones.", vocabulary),
    Feature("repetition", "repetition", "The share of three words in a row that stood there before.", repetition),
    Feature("readability", "readability index", "Automated readability index: higher is harder to read.", readability),
    Feature("overlap", "takes up the prompt", "The share of the question’s longer words that it uses.", overlap),
    Feature("finished", "comes to an end", "1 where the text ends as a sentence or a block does.", finished),
)
