"""Things to put into the addresses of the project: see registry.py."""

from tests.samples import accounts, annotation, jobs, rewardmodels, trust
from tests.samples.registry import World, address, body_for, parts

__all__ = ["World", "accounts", "address", "annotation", "body_for", "jobs", "parts", "rewardmodels", "trust"]
