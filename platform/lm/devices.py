"""Where models compute: a CUDA device when there is one; and how much memory that took."""

import re
from pathlib import Path

import torch

STATUS = Path("/proc/self/status")  # of the process itself: what rusage tells is also that of who started it


def best() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def peak_bytes(device: torch.device) -> int | None:
    """The most memory that this process has held at once, on the device or, without one, in all; None if unknown."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    return told("VmHWM")


def held_bytes(device: torch.device) -> int:
    """What this process holds now, on the device or, without one, in all; 0 if unknown."""
    return torch.cuda.memory_allocated(device) if device.type == "cuda" else told("VmRSS") or 0


def told(name: str) -> int | None:
    found = re.search(rf"{name}:\s+(\d+) kB", STATUS.read_text()) if STATUS.exists() else None
    return int(found[1]) * 1024 if found else None
