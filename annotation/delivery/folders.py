"""Delivery into a folder of the machine: written beside its name, compared, and put there by one rename."""

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.utils.translation import gettext as _

from annotation.delivery.parcels import Parcel, Progress
from annotation.models import Destination
from api.refusals import Conflict

DAY = 86_400


def put(destination: Destination, parcel: Parcel, progress: Progress) -> str:
    """The path where it lies; a reader finds the whole file there, or what was there before."""
    with told():
        folder = opened(destination)
        clear(folder, parcel.name)
        part, target = folder / f".{parcel.name}.{uuid4().hex}.part", folder / parcel.name
        try:
            write(part, parcel, progress)
            part.replace(target)
            sync(folder)
        finally:
            part.unlink(missing_ok=True)
    return str(target)


def try_out(destination: Destination) -> None:
    """Write a file and take it away again."""
    with told():
        probe = opened(destination) / f".{uuid4().hex}.part"
        probe.write_text("This file may be deleted.\n")
        probe.unlink()


def opened(destination: Destination) -> Path:
    """The folder, made where it is missing; nothing in it may lead out of the operator's."""
    folder = place(destination)
    folder.mkdir(parents=True, exist_ok=True)
    return place(destination)  # again, now that all of it is there


def place(destination: Destination) -> Path:
    """Each workspace writes below a folder of its own name, so that none writes over what another delivered."""
    if destination.address not in settings.DELIVERY_ROOTS:
        raise Conflict(_("The operator no longer lists this folder (DELIVERY_ROOTS)."))
    root = Path(destination.address)
    if not root.is_dir():
        raise Conflict(_("There is no folder {root} on this machine.").format(root=root))
    folder = root / destination.workspace.slug / destination.prefix
    if not folder.resolve().is_relative_to(root.resolve()):
        raise Conflict(_("A link in this folder leads out of {root}.").format(root=root))
    return folder


def write(part: Path, parcel: Parcel, progress: Progress) -> None:
    """All bytes on the disk, read again and found to be those that were packed."""
    done = 0
    with part.open("xb") as file:
        for piece in parcel.pieces():
            file.write(piece)
            done += len(piece)
            progress(0.9 * done / parcel.size)
        file.flush()
        os.fsync(file.fileno())
    with part.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != parcel.sha256:
            raise Conflict(_("What was written is not what was packed: look at the disk."))


def clear(folder: Path, name: str) -> None:
    """What an attempt left that was killed long ago."""
    for left in folder.glob(f".{name}.*.part"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > DAY:
                left.unlink()


def sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def told() -> Iterator[None]:
    """What the machine says becomes a sentence for the person who asked."""
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Conflict(_("The folder takes no file: {why}.").format(why=why)) from None
