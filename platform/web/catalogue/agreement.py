"""What a translation must share with its sentence: the values that are filled in and the marks of HTML."""

import re
from collections import Counter

from web.catalogue.finding import Message

VALUE = re.compile(r"%\(\w+\)[sdf]|%[sd]|(?<!\{)\{\w*(?::[^{}]*)?\}(?!\})|</?[a-z]\w*[^<>]*>|&\w+;")


def differences(message: Message, translation: str) -> list[str]:
    """Values and marks that stand on one side only. Of a plural sentence the translation follows the plural."""
    said = set(VALUE.findall(message.plural or message.text))
    if message.plural:
        said |= set(VALUE.findall(message.text))
    written = Counter(VALUE.findall(translation))
    lost = [f"{value} is missing" for value in sorted(said - set(written))]
    return lost + [f"{value} is not in the sentence" for value in sorted(set(written) - said)]
