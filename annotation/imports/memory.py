"""A bound on what decoding may take: a small file can say that it unfolds to more than there is."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOST = 1024 * 1024 * 1024  # bytes beside what the process holds already


@contextmanager
def bounded(most: int | None = None) -> Iterator[None]:
    """Within it, memory that cannot be had is a MemoryError here instead of the end of the process."""
    pages = Path("/proc/self/statm")
    if not pages.exists():  # no Linux: there is nothing to measure by
        yield
        return
    held = int(pages.read_text().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = held + (MOST if most is None else most)
    resource.setrlimit(resource.RLIMIT_AS, (wanted if soft == resource.RLIM_INFINITY else min(soft, wanted), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
