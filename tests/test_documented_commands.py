"""Every command that a page tells somebody to type is there, with the options that the page gives it.

Read are fenced blocks, indented blocks and code within a line, of README, CONTRIBUTING and docs/. A word in capitals
stands for what the reader puts there; square brackets say that something may be left out.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from local.__main__ import COMMANDS
from local.environment import BASE_DIR, VARIABLES

PAGES = [BASE_DIR / "README.md", BASE_DIR / "CONTRIBUTING.md", *sorted((BASE_DIR / "docs").rglob("*.md"))]
START = re.compile(
    r"(?:^|[\s(`])(make(?= )|manage\.py|python3? (?:-m (?:benchmarks|training|local)\b[\w.]*|benchmarks/\w+\.py))"
)
END = re.compile(r"\s#|[;|)]|&&|$")


def code_of(page: Path) -> list[str]:
    """Lines of blocks, with continued lines joined, and what stands between backticks, over the ends of lines."""
    text = page.read_text()
    fenced = re.findall(r"^```[^\n]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```[^\n]*\n.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^    (.*)$", prose, re.MULTILINE)
    lines = [line for block in fenced for line in block.replace("\\\n", " ").splitlines()]
    return [*lines, *indented, *(span.replace("\n", " ") for span in re.findall(r"`([^`]+)`", prose))]


def commands_of(page: Path) -> list[tuple[str, list[str]]]:
    """What is called and with which words."""
    found = []
    for code in code_of(page):
        for match in START.finditer(code):
            rest = code[match.end() :]
            words = END.split(rest, maxsplit=1)[0].replace("[", " ").replace("]", " ").replace("…", " ").split()
            found.append((match[1], words))
    return found


FOUND = [(page, called, words) for page in PAGES for called, words in commands_of(page)]


def named(page: Path, called: str, words: list[str]) -> str:
    return f"{page.relative_to(BASE_DIR)}: {called} {' '.join(words)}"


def options_in(words: list[str]) -> set[str]:
    return {word.partition("=")[0] for word in words if word.startswith("--") and len(word) > 2}


def ours(kind: str) -> list:
    return [pytest.param(*each, id=named(*each)) for each in FOUND if each[1].startswith(kind)]


@cache
def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):(?!=)", (BASE_DIR / "Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page, called, words", ours("make"))
def test_a_target_of_make_is_there_and_takes_these_variables(page, called, words):
    goals = [word for word in words if re.fullmatch(r"[a-z-]+", word)]
    given = {word.partition("=")[0] for word in words if "=" in word}
    assert words, "make alone lists its commands and is no command to type"
    assert goals[:1], "no target is named"
    assert goals[0] in targets()
    assert given <= VARIABLES | {"PYTHON", "ARGS", "FILE"}


@cache
def options_of_command(name: str) -> set[str]:
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    return {option for action in parser._actions for option in action.option_strings}


@pytest.mark.parametrize("page, called, words", ours("manage.py"))
def test_a_command_of_manage_py_is_there_with_these_options(page, called, words):
    if not words:  # the file is spoken of, nothing is called
        return
    name = words[0]
    assert name in get_commands()
    assert options_in(words[1:]) <= options_of_command(name)


@pytest.mark.parametrize("page, called, words", ours("python"))
def test_a_module_is_there_and_takes_these_options(page, called, words):
    module = called.split()[-1].removesuffix(".py").replace("/", ".")
    if module == "local":
        assert words[0] in COMMANDS
        return
    path = BASE_DIR / module.replace(".", "/")
    path = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
    assert path.is_file()
    assert options_in(words) <= options_of(path)


@cache
def options_of(path: Path) -> set[str]:
    """What `add_argument` is given, in the file and in those of its folder that it imports."""
    tree = ast.parse(path.read_text())
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            found |= {str(each.value) for each in node.args if isinstance(each, ast.Constant)}
        if isinstance(node, ast.ImportFrom):
            for module in (node.module, *(f"{node.module}.{each.name}" for each in node.names)):
                neighbour = BASE_DIR / f"{str(module).replace('.', '/')}.py"
                if neighbour.parent == path.parent and neighbour.is_file() and neighbour != path:
                    found |= options_of(neighbour)
    return {option for option in found if option.startswith("-")}


def test_commands_are_found_wherever_they_stand(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "Type `make up`, or `manage.py\nstudy NAME [--tier quick]`.\n\n"
        "    PYTHONPATH=platform python -m benchmarks.gpu --data FOLDER  # long\n\n"
        "```\nTOKEN=$(.venv/bin/python manage.py create_token \\\n  --email a@b.example) && make doctor\n```\n"
    )
    assert sorted(commands_of(page)) == [
        ("make", ["doctor"]),
        ("make", ["up"]),
        ("manage.py", ["create_token", "--email", "a@b.example"]),
        ("manage.py", ["study", "NAME", "--tier", "quick"]),
        ("python -m benchmarks.gpu", ["--data", "FOLDER"]),
    ]
    assert len(FOUND) > 40
    assert {page.name for page, _called, _words in FOUND} >= {"README.md", "operations.md", "admin.md", "gpu.md"}
