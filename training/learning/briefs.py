"""A run as it is written down in a JSON file, read into a commission; `docs/methods/runs.md` says what stands in it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lm import causal, templates
from lm.names import Sources
from lm.templates import Conversation
from rewardmodels.learning import scoring
from rewardmodels.learning.rewards import Reward
from training.learning.commissions import NEVER, Commission, Looking, Unrunnable
from training.learning.settings import algorithms, plan

NEEDED = {"policy", "prompts", "rewards", "plan", "folder", "steps"}
KNOWN = NEEDED | {"algorithm", "settings", "seed", "looking", "allow_hub", "lineage"}


def read(path: Path) -> Commission:
    """Names of folders and files are those beside the brief unless they are whole."""
    own = entries(path)
    beside = path.parent
    components = own["plan"].get("components")
    return Commission(
        policy=causal.load(*named(own, beside)),
        prompts=prompts(beside / own["prompts"]),
        rewards={name: reward(name, beside / folder) for name, folder in own["rewards"].items()},
        plan=plan.read(components, own["plan"].get("kl")),
        settings=algorithms.read(own.get("algorithm", "rloo"), own.get("settings", {})),
        seed=own.get("seed", 0),
        steps=own["steps"],
        folder=beside / own["folder"],
        looking=looking(own.get("looking"), beside),
        lineage=own.get("lineage", {}),
    )


SHAPES: dict[str, tuple[type, str]] = {
    **dict.fromkeys(("policy", "prompts", "folder", "algorithm"), (str, "a text")),
    **dict.fromkeys(("rewards", "plan", "settings", "looking", "lineage"), (dict, "an object")),
    **dict.fromkeys(("seed", "steps"), (int, "a whole number")),
    "allow_hub": (bool, "true or false"),
}


def entries(path: Path) -> dict[str, Any]:
    """The contents of the file, each of its kind; a sentence where one is missing or unknown."""
    try:
        own = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise Unrunnable(f"{path} could not be read as JSON: {error}.") from error
    if not isinstance(own, dict):
        raise Unrunnable(f"{path} must hold an object.")
    if missing := sorted(NEEDED - set(own)):
        raise Unrunnable(f"{path} lacks {', '.join(missing)}.")
    if unknown := sorted(set(own) - KNOWN):
        raise Unrunnable(f"{path} has {', '.join(unknown)}, which no run knows.")
    for name, value in own.items():
        kind, words = SHAPES[name]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise Unrunnable(f"{path}: {name} must be {words}.")
    return own


def named(own: Mapping[str, Any], beside: Path) -> tuple[str, Sources]:
    """The policy's name and where it may lie: a folder of this machine, one that is made here, or the hub's."""
    name = own["policy"]
    folder = beside / name
    if folder.is_dir():
        return str(folder.resolve()), Sources(roots=("/",))
    return name, Sources(roots=("/",), allow_hub=own.get("allow_hub", False))


def prompts(path: Path) -> list[Conversation]:
    """JSON lines: a text, a list of messages, or an object with either under `prompt`."""
    found = []
    try:
        for line in path.read_text().splitlines():
            value = json.loads(line)
            found.append(templates.conversation(value["prompt"] if isinstance(value, dict) else value))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unrunnable(f"{path} could not be read as prompts, one in a line of JSON: {error!r}.") from error
    return found


def reward(name: str, folder: Path) -> Reward:
    opened = scoring.open_folder(folder)
    if getattr(opened, "asks", None):
        raise Unrunnable(f"“{name}” asks a language model for ratings, which only the product's own runs can reach.")
    return opened


def looking(given: Mapping[str, Any] | None, beside: Path) -> Looking:
    if given is None:
        return NEVER
    if unknown := sorted(set(given) - {"prompts", "every", "agreement"}):
        raise Unrunnable(f"looking has {', '.join(unknown)}; it knows prompts, every and agreement.")
    held_out: Sequence[Conversation] = prompts(beside / str(given["prompts"])) if "prompts" in given else ()
    return Looking(prompts=held_out, every=int(given.get("every", 10)), agreement=given.get("agreement"))
