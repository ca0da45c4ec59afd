"""Code in colours, made on the server; bounded, because a lexer is a set of regular expressions."""

from functools import cache

from django.utils.html import escape
from pygments import highlight as pygmentize
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name

LONGEST = 20_000  # characters of one block
LONGEST_LINE = 2_000

# What models write. A name outside this list is shown without colours: the rarer a lexer, the less it was attacked.
NAMES = """
    python py python3 pycon bash sh shell console json yaml yml toml ini html xml css javascript js typescript ts jsx
    tsx java c cpp c++ csharp cs go rust rs kotlin swift ruby rb php sql r diff dockerfile make makefile latex tex
    haskell scala lua perl powershell
"""
LANGUAGES = set(NAMES.split())
formatter = HtmlFormatter(nowrap=True)


def highlight(text: str, language: str) -> str:
    """The inside of <code>: escaped, with spans where the language is known."""
    name = language.lower()
    if name not in LANGUAGES or len(text) > LONGEST or any(len(line) > LONGEST_LINE for line in text.splitlines()):
        return escape(text)
    return pygmentize(text, lexer(name), formatter)


@cache
def lexer(name: str) -> Lexer:
    return get_lexer_by_name(name, stripnl=False, ensurenl=False)
