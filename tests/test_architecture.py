"""Who may import whom. Read the table; the test keeps it true."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
APPS = {"audit", "web", "api", "accounts", "jobs", "hooks", "annotation", "rewardmodels", "training"}
OURS = APPS | {"config", "lm", "local"}

GROUND = {"audit", "web", "api"}
MAY_IMPORT: dict[str, set[str]] = {
    "platform/config": {"web", "api", "local"},
    "platform/audit": set(),
    "platform/web": set(),
    "platform/api": set(),
    "platform/lm": set(),
    "platform/local": set(),
    "platform/accounts": GROUND,
    "platform/jobs": GROUND | {"accounts"},
    "platform/hooks": GROUND | {"accounts", "jobs"},
    "annotation": GROUND | {"accounts", "jobs"},
    "rewardmodels": GROUND | {"accounts", "jobs", "annotation", "lm"},
    "training": GROUND | {"accounts", "jobs", "annotation", "rewardmodels", "lm"},
}
PURE = {"platform/lm": {"lm"}, "rewardmodels/learning": {"lm"}, "training/learning": {"lm", "rewardmodels"}}
LEARNING_LIBRARIES = "torch transformers peft accelerate safetensors numpy scipy sklearn tokenizers huggingface_hub"
OUTSIDE_FOR_PURE = {*LEARNING_LIBRARIES.split(), *sys.stdlib_module_names}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module or ""


def sources(folder: str) -> list[Path]:
    return [path for path in (ROOT / folder).rglob("*.py") if "migrations" not in path.parts]


@pytest.mark.parametrize("folder", MAY_IMPORT)
def test_a_package_imports_only_what_stands_below_it(folder):
    own = Path(folder).name
    for path in sources(folder):
        used = {name.split(".")[0] for name in imported(path)} & OURS
        assert used <= MAY_IMPORT[folder] | {own}, path


@pytest.mark.parametrize("folder", PURE)
def test_learning_code_knows_no_django(folder):
    own = folder.replace("/", ".").removeprefix("platform.")
    for path in sources(folder):
        for name in imported(path):
            first = name.split(".")[0]
            if first in OURS:
                allowed = name.startswith(own) or (first in PURE[folder] and (first == "lm" or ".learning" in name))
                assert allowed, f"{path} imports {name}"
            else:
                assert first in OUTSIDE_FOR_PURE, f"{path} imports {name}"


def test_agreement_is_arithmetic_over_arrays():
    for path in sources("annotation/agreement"):
        for name in imported(path):
            first = name.split(".")[0]
            own = name == "annotation.agreement" or name.startswith("annotation.agreement.")
            assert own or first in {"numpy", "scipy", *sys.stdlib_module_names}, f"{path} imports {name}"


@pytest.mark.parametrize(
    "path", [p for f in PURE for p in sources(f) if "settings" in (p.stem, p.parent.name)], ids=str
)
def test_settings_of_methods_import_the_standard_library_and_other_settings_alone(path):
    for name in imported(path):
        is_settings = ".learning." in name and "settings" in name.split(".")
        assert name.split(".")[0] in sys.stdlib_module_names or is_settings, f"{path} imports {name}"


@pytest.mark.parametrize("path", [p for f in MAY_IMPORT for p in sources(f) if p.name == "__init__.py"], ids=str)
def test_a_package_file_imports_the_standard_library_alone(path):
    own = path.relative_to(ROOT).with_suffix("").parent.as_posix().removeprefix("platform/").replace("/", ".")
    for name in imported(path):
        assert name.split(".")[0] in sys.stdlib_module_names or name.startswith(f"{own}."), f"{path} imports {name}"


def test_platform_is_a_folder_of_packages_and_not_a_package():
    assert not (ROOT / "platform/__init__.py").exists()


def test_starting_the_web_leaves_torch_out():
    code = "import django, sys; django.setup(); import config.urls; sys.exit('torch' in sys.modules)"
    environment = {**__import__("os").environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"}
    environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr or "torch was imported"


SOURCES = ("*.py", "*.html", "*.txt", "*.js", "*.css", "*.md", "*.po", "*.yaml", "*.toml", "*.json")


def test_no_file_is_left_half_merged():
    folders = [ROOT / name for name in ("platform", "annotation", "rewardmodels", "training", "templates", "docs")]
    found = [path for folder in folders for kind in SOURCES for path in folder.rglob(kind)] + [*ROOT.glob("*.md")]
    torn = [path for path in found if any(line.startswith(("<<<<<<< ", ">>>>>>> ")) for line in lines(path))]
    assert len(found) > 500 and not torn


def lines(path: Path) -> list[str]:
    return path.read_text(errors="replace").splitlines()
