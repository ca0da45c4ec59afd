"""Things to put into the addresses of the project: see registry.py."""

from tests.samples import accounts, annotation, hooks, jobs, rewardmodels, training, trust
from tests.samples.registry import World, address, body_for, parts

__all__ = [
    "World",
    "accounts",
    "address",
    "annotation",
    "body_for",
    "hooks",
    "jobs",
    "parts",
    "rewardmodels",
    "training",
    "trust",
]
