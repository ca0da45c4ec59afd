"""The world's policies on disk: each made once from its recipe, whole or not there, and opened like any other model."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from rewardmodels.learning.observing import NOBODY, Observer
from rewardmodels.learning.world.recipe import STANDARD_RECIPE, Recipe

NAME = "builtin:textworld"
OWN = "textworld.json"
CARD = """---
library_name: transformers
pipeline_tag: text-generation
tags: [simulated, text-world]
---
# A small policy of the text world

Simulated: it learned a made-up language of a service desk from a grammar, and nothing else. It answers requests like
“hot tea, no milk, seat by the window, stake 5” about as the grammar does, so that what a reward or a constraint does to
it can be judged against the exact truth. `textworld.json` says how near it comes to the grammar.
"""


def folder_of(root: Path, recipe: Recipe = STANDARD_RECIPE) -> Path:
    """Where the policy of a recipe lies, or will lie; another recipe or grammar has another folder."""
    return root / f"textworld-{recipe.fingerprint}"


def is_made(root: Path, recipe: Recipe = STANDARD_RECIPE) -> bool:
    return (folder_of(root, recipe) / OWN).is_file()


def built(root: Path) -> dict[str, Path]:
    """What the names of this world's models stand for: `lm.names.Sources` takes it."""
    return {NAME: folder_of(root, STANDARD_RECIPE)}


def make(root: Path, recipe: Recipe = STANDARD_RECIPE, observer: Observer = NOBODY) -> Path:
    """The folder of the recipe's policy, trained now if it is not there yet.

    An interrupted training goes on where its checkpoint was. Two at once both train, and the one that ends first stays.
    """
    folder = folder_of(root, recipe)
    if is_made(root, recipe):
        return folder
    root.mkdir(parents=True, exist_ok=True)
    checkpoint = root / f".{folder.name}.checkpoint"
    made = trained(recipe, replace(observer, checkpoint=checkpoint))
    whole(folder, lambda draft: write(draft, recipe, *made))
    checkpoint.unlink(missing_ok=True)
    return folder


def trained(recipe: Recipe, observer: Observer) -> tuple[Any, Any, float]:
    """(model, tokenizer, held-out nats of an answer)."""
    from rewardmodels.learning.world import corpus, training

    observer.phase("tokenizer", 0.0)
    tokenizer = corpus.make_tokenizer(recipe)
    model = training.train(recipe, tokenizer, observer)
    return model, tokenizer, training.held_out_nats(model, recipe, tokenizer)


def write(folder: Path, recipe: Recipe, model: Any, tokenizer: Any, held_out: float) -> None:
    """What transformers reads, and what it is."""
    from rewardmodels.learning.world import entropy

    model.generation_config.update(do_sample=True, temperature=1.0, top_k=0, top_p=1.0)  # the policy itself
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "README.md").write_text(CARD)
    own = {
        "recipe": recipe.fingerprint,
        "grammar": recipe.grammar.fingerprint,
        "held_out_nats": held_out,
        "entropy": entropy.of_answers(recipe.grammar),
    }
    (folder / OWN).write_text(json.dumps(own, indent=2, sort_keys=True) + "\n")


def whole(folder: Path, write_into: Callable[[Path], None]) -> None:
    """The folder appears with all its files or not at all; where another process was first, its folder stays."""
    draft = folder.with_name(f".{folder.name}.{os.getpid()}")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    try:
        write_into(draft)
        draft.rename(folder)
    except OSError:
        if not (folder / OWN).is_file():
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
