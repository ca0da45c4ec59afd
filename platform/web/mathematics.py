"""`$…$` and `$$…$$` in Markdown, turned into MathML on the server: no script, no font, readable by screen readers."""

from typing import Any

from django.utils.html import escape
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

LONGEST = 1_000  # characters of one formula
DEEPEST = 40  # braces within braces
MOST = 300  # formulas in one text: those after them are shown as typed

MATHML_TAGS = """
    math semantics mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot munder mover munderover
    mtable mtr mtd mmultiscripts mprescripts none mpadded mphantom menclose mstyle
"""
TAGS = set(MATHML_TAGS.split())
COMMON = {"mathvariant", "displaystyle", "scriptlevel", "dir"}
ATTRIBUTES = {tag: set(COMMON) for tag in TAGS} | {
    "math": COMMON | {"display", "xmlns"},
    "mo": COMMON
    | {"stretchy", "fence", "separator", "form", "lspace", "rspace", "minsize", "maxsize", "movablelimits"},
    "mspace": COMMON | {"width", "linebreak"},
    "mfrac": COMMON | {"linethickness"},
    "mtable": COMMON | {"columnalign", "rowspacing", "columnspacing", "columnlines", "rowlines"},
    "mtd": COMMON | {"columnalign"},
    "mover": COMMON | {"accent"},
    "munder": COMMON | {"accentunder"},
    "munderover": COMMON | {"accent", "accentunder"},
    "menclose": COMMON | {"notation"},
    "mpadded": COMMON | {"width", "height", "depth"},
}


def add_to(parser: MarkdownIt) -> None:
    parser.inline.ruler.before("escape", "math_inline", inline_rule)
    parser.block.ruler.before(
        "fence", "math_block", block_rule, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )
    parser.add_render_rule("math_inline", lambda self, tokens, index, *_: to_mathml(tokens[index].content, False))
    parser.add_render_rule(
        "math_block",
        lambda self, tokens, index, *_: (
            f'<div class="math-block" tabindex="0">{to_mathml(tokens[index].content, True)}</div>'
        ),
    )


def to_mathml(latex: str, is_block: bool) -> str:
    """MathML, or the source as code where it is too long, too deep or no LaTeX at all."""
    if len(latex) <= LONGEST and depth(latex) <= DEEPEST:
        try:
            return convert(latex.replace("<", r"\lt ").replace(">", r"\gt "), display="block" if is_block else "inline")
        except (Exception, RecursionError):  # noqa: S110 (the library raises whatever it trips over; the source is shown)
            pass
    mark = "$$" if is_block else "$"
    return f"<code>{escape(mark + latex + mark)}</code>"


def depth(latex: str) -> int:
    deepest = level = 0
    for sign in latex:
        level += (sign == "{") - (sign == "}")
        deepest = max(deepest, level)
    return max(deepest, latex.count(r"\left"), latex.count(r"\begin"))


def has_room(env: Any) -> bool:
    """Counts the formulas of a text; those that are too many stay text."""
    env["formulas"] = env.get("formulas", 0) + 1
    return env["formulas"] <= MOST


def inline_rule(state: StateInline, silent: bool) -> bool:
    """`$x$`: no space inside the marks and no digit after them, so that "$5 and $6" stays money."""
    source, start = state.src, state.pos
    if source[start] != "$":
        return False
    mark = "$$" if source.startswith("$$", start) else "$"
    begin = start + len(mark)
    end = closing(source, mark, begin, min(state.posMax, begin + LONGEST))
    if end < 0 or not source[begin:end].strip():
        return False
    if mark == "$" and (source[begin].isspace() or source[end - 1].isspace() or source[end + 1 : end + 2].isdigit()):
        return False
    if not silent:
        if not has_room(state.env):
            return False
        token = state.push("math_inline", "math", 0)
        token.content = source[begin:end]
    state.pos = end + len(mark)
    return True


def closing(source: str, mark: str, begin: int, limit: int) -> int:
    """Where the mark stands again, not behind a backslash; -1 where it does not."""
    at = source.find(mark, begin, limit)
    while at > 0 and source[at - 1] == "\\":
        at = source.find(mark, at + 1, limit)
    return at


def block_rule(state: StateBlock, first: int, last: int, silent: bool) -> bool:
    """Lines between `$$` at the beginning of a line and `$$` at the end of one."""
    begin = state.bMarks[first] + state.tShift[first]
    if state.is_code_block(first) or not state.src.startswith("$$", begin):
        return False
    lines = [state.src[begin + 2 : state.eMarks[first]]]
    line = first
    while not (lines[-1].rstrip().endswith("$$") and (line > first or len(lines[0].strip()) > 2)):
        line += 1
        if line >= last or line - first > 100 or state.isEmpty(line):
            return False
        lines.append(state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]])
    if silent:
        return True
    if not has_room(state.env):
        return False
    token = state.push("math_block", "math", 0)
    token.block = True
    token.content = "\n".join(lines).rstrip().removesuffix("$$").strip()
    token.map = [first, line + 1]
    state.line = line + 1
    return True
