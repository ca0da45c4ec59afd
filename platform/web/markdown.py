"""Markdown of people and models as HTML that can run nothing and load nothing."""

from collections.abc import Sequence
from typing import Any

import nh3
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from web import highlighting, mathematics

LONGEST = 60_000  # characters; a longer text is shown as it was typed
MOST_MARKS = 3_000  # of one kind, such as * or [: some patterns of them cost quadratic time
SCHEMES = ("http://", "https://", "mailto:")
DIRECTED = {"paragraph_open", "heading_open", "list_item_open", "blockquote_open", "td_open", "th_open"}

HTML_TAGS = """
    p br hr h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong s a div span table thead tbody tr th td
"""
TAGS = {*HTML_TAGS.split(), *mathematics.TAGS}
ATTRIBUTES = {
    "*": {"dir"},
    "a": {"href", "title", "target"},
    "ol": {"start"},
    "th": {"align", "scope"},
    "td": {"align"},
    "div": {"class", "tabindex"},
    "span": {"class"},
    "code": {"class"},
    "pre": {"class", "tabindex"},
    **mathematics.ATTRIBUTES,
}


def render(text: str) -> SafeString:
    """HTML in a block of its own, in the direction that its text reads; no browser may translate what is judged."""
    text = text.replace("\x00", "\ufffd")
    if len(text) > LONGEST or is_overfull(text):
        return as_typed(text)
    try:
        html = parser.render(text)
    except RecursionError:
        return as_typed(text)
    return format_html('<div class="prose" dir="auto" translate="no">{}</div>', mark_safe(clean(html)))  # noqa: S308 (cleaned)


def as_typed(text: str) -> SafeString:
    return format_html('<div class="prose" dir="auto" translate="no"><p class="as-typed" dir="auto">{}</p></div>', text)


def code_block(text: str, language: str = "") -> SafeString:
    inner = mark_safe(highlighting.highlight(text, language))  # noqa: S308 (Pygments escapes)
    return format_html('<pre class="code highlight" tabindex="0" dir="ltr"><code>{}</code></pre>', inner)


def clean(html: str) -> str:
    """The last word: whatever came out of the steps before, only this passes."""
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )


def is_overfull(text: str) -> bool:
    """Whether one mark of Markdown stands there more often than in any text that is meant to be read."""
    return any(text.count(mark) > MOST_MARKS for mark in "*_[](<>!`~$|&#\\")


def is_link_allowed(url: str) -> bool:
    """Absolute addresses of the web and of mail: nothing relative, so that no text points into the product."""
    return url.strip().lower().startswith(SCHEMES)


def set_attributes(state: StateCore) -> None:
    """Each block reads in its own direction; columns are aligned without the style attribute, which CSP forbids."""
    for token in state.tokens:
        if token.type in DIRECTED:
            token.attrSet("dir", "auto")
        if style := token.attrs.pop("style", None):
            token.attrSet("align", str(style).removeprefix("text-align:"))


# Rendering rules of markdown-it: (renderer, tokens, index, options, env) → HTML.
def render_image(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    """A remote image would tell its server who reads: it becomes a link."""
    url = str(tokens[index].attrGet("src") or "")
    alt = self.renderInlineAsText(tokens[index].children or [], options, env)
    return f'<a href="{escape(url)}" target="_blank">{escape(alt or url)}</a>'


def render_link_open(
    self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    tokens[index].attrSet("target", "_blank")
    return self.renderToken(tokens, index, options, env)


def render_fence(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    token = tokens[index]
    language = token.info.strip().split(maxsplit=1)[0] if token.info.strip() else ""
    return str(code_block(token.content, language))


def render_table_open(*_: Any) -> str:
    return '<div class="table-box" tabindex="0"><table>'


def render_table_close(*_: Any) -> str:
    return "</table></div>"


def build() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])
    made.validateLink = is_link_allowed  # type: ignore[method-assign]
    made.core.ruler.push("attributes", set_attributes)
    mathematics.add_to(made)
    made.add_render_rule("image", render_image)
    made.add_render_rule("link_open", render_link_open)
    made.add_render_rule("fence", render_fence)
    made.add_render_rule("code_block", render_fence)
    made.add_render_rule("table_open", render_table_open)
    made.add_render_rule("table_close", render_table_close)
    return made


parser = build()
