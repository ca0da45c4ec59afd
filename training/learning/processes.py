"""The processes that push one policy together: each does its share of a step, and all know what came of the whole.

torchrun starts them and `torch.distributed` joins them. Where nobody did, a process is alone, its share is everything,
and nothing is exchanged. What is exchanged are plain values on the CPU; weights lie in `sharding`.
"""

from collections.abc import Sequence
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor

from training.learning.commissions import Unrunnable

T = TypeVar("T")


def count() -> int:
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def number() -> int:
    """This process's own, from 0."""
    return dist.get_rank() if count() > 1 else 0


def is_first() -> bool:
    """Whether this is the one that reports, keeps and saves."""
    return number() == 0


def share(length: int) -> range:
    """Which of so many things in a row are this process's; the shares follow one another and differ by 1 at most."""
    return range(length * number() // count(), length * (number() + 1) // count())


def together(own: Sequence[T]) -> list[T]:
    """What all have, in the order of their shares."""
    if count() == 1:
        return list(own)
    found: list[Sequence[T]] = [()] * count()
    dist.all_gather_object(found, own)
    return [one for part in found for one in part]


def agreed(value: T) -> T:
    """What the first process says, where clocks and folders could tell each something else."""
    if count() == 1:
        return value
    said = [value]
    dist.broadcast_object_list(said, src=0)
    return said[0]


def most(own: int) -> int:
    """The largest number that any process has."""
    return max(together([own]))


def summed(own: Tensor) -> Tensor:
    """Over all processes, in place."""
    if count() > 1:
        dist.all_reduce(own)
    return own


def must_suffice(prompts: int) -> None:
    """Each process has something to do in every step."""
    if prompts < count():
        raise Unrunnable(
            f"A step of {prompts} prompts cannot be shared by {count()} processes: choose more prompts a step, or "
            "fewer processes."
        )


def join() -> torch.device:
    """Meet the other processes that torchrun started; the device that is this one's."""
    if not dist.is_initialized():
        dist.init_process_group("cpu:gloo,cuda:nccl" if torch.cuda.is_available() else "gloo")
    if not torch.cuda.is_available():
        return torch.device("cpu")
    torch.cuda.set_device(dist.get_node_local_rank(0) % torch.cuda.device_count())
    return torch.device("cuda", torch.cuda.current_device())


def part() -> None:
    """Leave the others."""
    if dist.is_initialized():
        dist.destroy_process_group()
