"""The policy behind a name and the rewards of a run, in memory. Imported by the worker alone."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from accounts.models import Workspace
from jobs.work import Failed, Work
from rewardmodels import opening
from rewardmodels import places as reward_places
from rewardmodels.learning import folder as folders
from rewardmodels.learning.observing import Observer
from rewardmodels.learning.world import policies as world
from rewardmodels.models import RewardModel
from training import keeping, policies

if TYPE_CHECKING:
    from lm.causal import Causal
    from rewardmodels.learning.rewards import Reward


def policy(work: Work, workspace: Workspace, name: str) -> "Causal":
    """Opened; the text world's policy is made first where this machine has none yet."""
    from lm import causal

    if name == world.NAME:
        make_the_text_worlds(work)
    if name.startswith(policies.RUN):
        found = policies.made(workspace, name)
        assert found.run is not None
        if (found.folder / keeping.ADAPTER).is_file():
            return adapted(policy(work, workspace, found.run.policy), found.folder, name)
    return causal.load(name, policies.sources(workspace, name))


def reward(model: RewardModel, sha256: str) -> "Reward":
    """The reward model as it was when the run was asked for."""
    if model.deleted_at is not None:
        raise Failed(f"The reward model “{model.name}” was deleted before the run began.")
    place = reward_places.folder_of(model.pk)
    folders.verify(place, sha256)
    return opening.open_reward(place)


def make_the_text_worlds(work: Work) -> None:
    """An ordinary phase of the job: it takes minutes once on a machine, and goes on where it was interrupted."""
    root = reward_places.made_models()
    if world.is_made(root):
        return
    work.log("The small policy of the text world is made once on this machine.")
    world.make(root, observer=Observer(phase=lambda name, share: work.progress(0.0, f"Making the policy: {name}")))


def adapted(base: "Causal", folder: Path, name: str) -> "Causal":
    """The base with the adapter merged into it, in fp32 (T8)."""
    from peft import PeftModel

    from lm import hashing

    model = PeftModel.from_pretrained(base.model.float(), folder).merge_and_unload()
    both = hashing.text_sha256(f"{base.fingerprint} {keeping.sha256(folder)}")
    return replace(base, name=name, model=model.eval().requires_grad_(False), fingerprint=both)
