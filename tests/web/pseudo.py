"""A language made up for tests: every translated sentence stands in ⟦brackets⟧; what stands outside was forgotten."""

from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser

from django.test import override_settings
from django.utils.translation import trans_real

CODE = "en-xa"
OPEN, CLOSE = "⟦", "⟧"
SILENT = {"script", "style", "code", "pre", "kbd", "math", "time", "svg"}
EMPTY = {"meta", "link", "input", "img", "br", "hr", "path", "use", "wbr", "col"}
SPOKEN = {"aria-label", "title", "placeholder", "alt", "data-word-empty"}
# The same in every language.
PROPER_NAMES = {"Touchstone", "CSV", "JSON Lines", "Parquet", "PostgreSQL", "Redis", "CUDA"}


class Pseudo(trans_real.DjangoTranslation):
    """Answers any sentence with itself in brackets; catalogues on disk are not asked."""

    def __init__(self) -> None:
        super().__init__("en")

    def to_language(self) -> str:
        return CODE

    def gettext(self, message: str) -> str:
        return f"{OPEN}{message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]}{CLOSE}"

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self.gettext(singular if number == 1 else plural)


@contextmanager
def language() -> Iterator[None]:
    with override_settings(
        LANGUAGE_CODE=CODE, LANGUAGES=[(CODE, f"{OPEN}Pseudo{CLOSE}")]
    ):  # which forgets every catalogue
        trans_real._translations[CODE] = Pseudo()  # type: ignore[attr-defined]
        yield


class Listener(HTMLParser):
    """Collects what a person would read or hear outside the brackets."""

    def __init__(self, names: set[str]) -> None:
        super().__init__()
        self.names = names
        self.depth = 0
        self.silent: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in EMPTY and (self.silent or tag in SILENT or given.get("translate") == "no"):
            self.silent.append(tag)
        if not self.silent:
            for name in SPOKEN & given.keys():
                self.found += outside(given[name] or "", 0, self.names)[0]

    def handle_endtag(self, tag: str) -> None:
        if self.silent and tag not in EMPTY:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        if not self.silent:
            words, self.depth = outside(data, self.depth, self.names)
            self.found += words


def outside(text: str, depth: int, names: set[str]) -> tuple[list[str], int]:
    """The words of a text outside brackets, but for names, and how deep in brackets the text ends."""
    kept = []
    for sign in text:
        depth += sign == OPEN
        kept.append(sign if depth == 0 else " ")
        depth -= sign == CLOSE
    left = "".join(kept)
    for name in sorted(names, key=len, reverse=True):
        left = left.replace(name, " ")
    return [word for word in left.split() if sum(sign.isalpha() for sign in word) > 1], depth


def untranslated(html: str, names: set[str]) -> list[str]:
    listener = Listener(names | PROPER_NAMES)
    listener.feed(html)
    return listener.found
