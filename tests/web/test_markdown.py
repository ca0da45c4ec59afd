"""Text of models is shown, and can do nothing else."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web import markdown, mathematics

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "<javascript:alert(1)>",
    '[x](https://a.example/"onmouseover="alert(1))',
    '[x](https://a.example "title\\" onmouseover=alert(1)")',
    '![" onerror=alert(1) x](https://a.example/a.png)',
    "![x](https://a.example/a.png)",
    "[x]: https://a.example/'onload='alert(1)\n\n![x]",
    '```html"onload=alert(1)\n<script>alert(1)</script>\n```',
    "```python\n</code></pre><script>alert(1)</script>\n```",
    r"$\href{javascript:alert(1)}{x}$",
    r"$\text{<img src=x onerror=alert(1)>}$",
    r"$\text{&lt;img src=x onerror=alert(1)&gt;}$",
    r"$\text{&amp;lt;script&amp;gt;alert(1)}$",
    r"$$\mathrm{</math><script>alert(1)</script>}$$",
    r"$\text{<table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table>}$",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=alert(1)&gt;'>",
    "<svg><animate onbegin=alert(1)>",
    "<iframe src=https://a.example>",
    "<style>@import 'https://a.example'</style>",
    "<a href='https://a.example' style='position:fixed'>x</a>",
    "|a|\n|-|\n|<script>alert(1)</script>|",
    "\x00<script>alert(1)</script>",
]
HARMLESS_ATTRIBUTES = {
    "class",
    "translate",
    "dir",
    "href",
    "rel",
    "target",
    "title",
    "tabindex",
    "align",
    "start",
    "xmlns",
    "display",
}


class Reader(HTMLParser):
    """What a browser would read as markup."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_harmless(html: str) -> None:
    for tag, attributes in Reader(html).found:
        assert tag in markdown.TAGS, tag
        if tag not in mathematics.TAGS:
            assert attributes.keys() <= HARMLESS_ATTRIBUTES, attributes
        assert not any(name.startswith("on") or name in {"style", "src", "id"} for name in attributes)
        if "href" in attributes:
            assert str(attributes["href"]).startswith(("http://", "https://", "mailto:"))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_neither_runs_nor_loads(text):
    assert_harmless(markdown.render(text))


@settings(deadline=None)
@given(st.text(alphabet="<>\"'=/ &;#$\\{}[]()!`*_|-\n\tscriptonemghf:jav\x00é٠א", max_size=300))
def test_no_mixture_of_marks_runs_or_loads(text):
    assert_harmless(markdown.render(text))


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_rendered(text):
    assert markdown.render(text).startswith('<div class="prose" dir="auto" translate="no">')


@pytest.mark.parametrize(
    "unit",
    ["[", "![", "*a ", "**a", "_a", "[a](", "[a][", "[[a]", "a\n", "# a\n", "> ", "- ", "* a\n", "<!--", "<![CDATA[",
     "a|b\n-|-\n", "$a", "${", "$\\frac{1}{2}$ ", "$$\na\n$$\n\n", "`a", "``` ", "~~a", "&#", "\\", "\u202e", "é"],
)  # fmt: skip
def test_a_very_long_text_takes_bounded_time(unit):
    for text in (unit * (markdown.LONGEST // len(unit)), unit * 200_000):
        begin = time.process_time()
        markdown.render(text)
        assert time.process_time() - begin < 2.5


@pytest.mark.parametrize(
    "text", ["".join("  " * n + "- a\n" for n in range(240)), "> " * 9_000 + "a", "$" + "{" * 900 + "}" * 900 + "$"]
)
def test_deep_nesting_is_rendered_in_bounded_time(text):
    begin = time.process_time()
    assert "a" in markdown.render(text)
    assert time.process_time() - begin < 2.5


@pytest.mark.parametrize("language", ["python", "html", "cpp", "perl", "ruby", "yaml", "latex", "sql"])
@pytest.mark.parametrize("unit", ["(", '"', "'", "{", "/", "@", "%", "-", "\\", "<", "`"])
def test_hostile_code_is_highlighted_in_bounded_time(language, unit):
    begin = time.process_time()
    markdown.render(f"```{language}\n" + (unit * 1_900 + "\n") * 10 + "```")
    assert time.process_time() - begin < 2.5


def test_a_remote_image_becomes_a_link():
    assert '<a href="https://a.example/b.png" target="_blank" rel="noopener noreferrer nofollow">a cat</a>' in (
        markdown.render("![a cat](https://a.example/b.png)")
    )


def test_links_give_away_nothing_and_earn_nothing():
    assert 'rel="noopener noreferrer nofollow"' in markdown.render("[x](https://a.example)")


@pytest.mark.parametrize("address", ["/w/home/", "//a.example", "#top", "?x=1", "file:///etc/passwd"])
def test_no_text_points_into_the_product(address):
    assert "<a" not in markdown.render(f"[x]({address})")


def test_html_is_shown_as_it_was_typed():
    assert "&lt;b&gt;bold&lt;/b&gt;" in markdown.render("<b>bold</b>")


def test_code_is_highlighted():
    assert '<span class="k">def</span>' in markdown.render("```python\ndef f(): pass\n```")


def test_code_in_an_unknown_language_is_shown_plain():
    assert "<code>a &lt; b\n</code>" in markdown.render("```brainfuck\na < b\n```")


def test_a_table_keeps_its_alignment_without_a_style():
    html = markdown.render("|a|b|\n|-|-:|\n|1|2|")
    assert '<td dir="auto" align="right">2</td>' in html


def test_mathematics_becomes_mathml():
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in markdown.render("Let $x^2$ be.")


def test_a_formula_of_its_own_is_a_block():
    assert 'display="block"' in markdown.render("$$\n\\sum_i x_i\n$$")


def test_money_is_no_formula():
    assert "<math" not in markdown.render("It costs $5 and then $6 more.")


def test_an_escaped_dollar_is_a_dollar():
    assert "<math" not in markdown.render(r"\$x$ and \$y$")


def test_a_formula_that_is_no_latex_is_shown_as_typed():
    assert "<code>$}{$</code>" in markdown.render("$}{$")


def test_formulas_inside_code_stay_code():
    assert "<math" not in markdown.render("`$x^2$`\n\n```\n$x^2$\n```")


def test_every_block_reads_in_its_own_direction():
    html = markdown.render("Hello\n\nשלום\n\n- مرحبا")
    assert html.count('<p dir="auto">') == 2
    assert '<li dir="auto">' in html
