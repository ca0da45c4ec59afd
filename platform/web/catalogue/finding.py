"""Every sentence that the sources mark for translation, found without GNU gettext."""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from django.utils.translation.template import templatize

FOLDERS = ("platform", "annotation", "rewardmodels", "training", "templates")
SINGLE = {"_", "gettext", "gettext_lazy", "gettext_noop", "_gettext", "_said"}
COUNTED = {"ngettext", "ngettext_lazy"}
# In code without Django no word is marked: there these arguments are said to people, who are shown a translation.
SPOKEN = {"SettingError": (1,), "Cost": (0,), "Chart": (1, 2, 3), "Alarm": (1,), "Feature": (1,)}
BLOCK_CALL = re.compile(r" (n?gettext|_)\(")


class Message(NamedTuple):
    text: str
    plural: str = ""


class Unmarked(ValueError):
    """A template that Django's own extraction cannot read."""


def in_sources(root: Path) -> dict[Message, list[str]]:
    """Each sentence with the files that say it, in the order of the files."""
    found: dict[Message, list[str]] = {}
    for path in sources(root):
        for message in reader(path)(path.read_text()):
            places = found.setdefault(message, [])
            if (place := str(path.relative_to(root))) not in places:
                places.append(place)
    return merged(found)


def reader(path: Path) -> Callable[[str], Iterator[Message]]:
    if path.suffix == ".html":
        return of_template
    return of_pure if "learning" in path.parts else of_python


def sources(root: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        paths = (path for suffix in ("py", "html") for path in (root / folder).rglob(f"*.{suffix}"))
        yield from sorted(path for path in paths if "migrations" not in path.parts)


def of_python(text: str) -> Iterator[Message]:
    if "gettext" not in text and "kinds.register(" not in text:  # parsing costs far more than looking
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and (message := of_call(node) or of_kind(node)):
            yield message


def of_kind(node: ast.Call) -> Message | None:
    """What people call a kind of job: registered as it is kept, and translated when it is shown."""
    if ast.unparse(node.func) != "kinds.register":
        return None
    labels = [
        each.value.value for each in node.keywords if each.arg == "label" and isinstance(each.value, ast.Constant)
    ]
    return Message(str(labels[0])) if labels else None


def of_pure(text: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            said = [node.args[at] for at in SPOKEN.get(node.func.id, ()) if at < len(node.args)]
            texts = [each.value for each in said if isinstance(each, ast.Constant)]
            yield from (Message(each) for each in texts if isinstance(each, str))


def of_call(node: ast.Call) -> Message | None:
    """What `_("…")` or `ngettext("…", "…", n)` says; nothing where the sentence is chosen at run time."""
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    said = [each.value for each in node.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    if name in SINGLE and said and isinstance(node.args[0], ast.Constant):
        return Message(said[0])
    return Message(said[0], said[1]) if name in COUNTED and len(said) == 2 else None


def of_template(text: str) -> Iterator[Message]:
    """Django writes a template anew as calls of gettext between blanks; each call is an expression of Python."""
    written = templatize(text).replace("\n", " ")
    for match in BLOCK_CALL.finditer(written):
        call = expression(written[match.start() + 1 :])
        if message := of_call(call):
            yield message


def expression(text: str) -> ast.Call:
    """The call that a text begins with."""
    end = text.find(")")
    while end >= 0:
        try:
            parsed = ast.parse(text[: end + 1], mode="eval").body
        except SyntaxError:
            end = text.find(")", end + 1)
        else:
            if isinstance(parsed, ast.Call):
                return parsed
            break
    raise Unmarked(f"No call begins here: {text[:80]}")


def merged(found: dict[Message, list[str]]) -> dict[Message, list[str]]:
    """A sentence that has a plural somewhere stands once, with it: a catalogue has one entry a sentence."""
    counted = {message.text for message in found if message.plural}
    single = {text: found.pop(Message(text)) for text in counted if Message(text) in found}
    return {message: [*places, *single.get(message.text, [])] for message, places in found.items()}


def with_places(found: dict[Message, list[str]], texts: Iterable[str], place: str) -> dict[Message, list[str]]:
    """The same and these: sentences that are marked by where they stand, such as the titles of settings."""
    known = {message.text for message in found}
    return found | {Message(text): [place] for text in texts if text and text not in known}
