"""Unpacks a model that a stranger packed: plain files alone, by harmless names, up to a size; never a pickle."""

import errno
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

from django.utils.translation import gettext as _

SUFFIXES = (".tar", ".tar.gz", ".tgz", ".zip")
READ = {".safetensors", ".json", ".jinja", ".txt", ".model", ".md"}
UNSAFE = {
    *(".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".npy", ".npz", ".h5", ".msgpack"),
    *(".py", ".so", ".onnx", ".gguf"),
}
MOST_FILES = 1_000
CHUNK = 1024 * 1024
BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError)
CLASHES = {errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG}  # of names that the archive chose


class Unsafe(Exception):
    """A sentence that says what is wrong with the archive."""


class Member(NamedTuple):
    name: str
    is_file: bool
    is_folder: bool
    content: IO[bytes] | None
    size: int = 0  # bytes that have to be unfolded to pass over it


def suffix_of(name: str) -> str:
    """Which kind of archive this is, by its name; empty for none."""
    return next((suffix for suffix in sorted(SUFFIXES, key=len)[::-1] if name.lower().endswith(suffix)), "")


def unpack(archive: Path, folder: Path, *, most_bytes: int) -> Path:
    """The folder below `folder` that holds config.json; what we would not read is passed over."""
    left = most_bytes
    try:
        for number, member in enumerate(members(archive)):
            if number >= MOST_FILES:
                raise Unsafe(_("The archive holds more than {most} files.").format(most=MOST_FILES))
            name = checked(member)
            if member.is_folder or member.content is None or name.suffix.lower() not in READ:
                left = less(left, member.size)
                continue
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            left = copy(member.content, target, left)
    except BROKEN as error:
        if isinstance(error, OSError) and error.errno is not None and error.errno not in CLASHES:
            raise  # of our own disk
        raise Unsafe(_("The archive is broken: {why}").format(why=shown(str(error)))) from error
    return model_in(folder)


def members(archive: Path) -> Iterator[Member]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                is_link = (info.external_attr >> 16) & 0o170000 == 0o120000
                with packed.open(info) as content:
                    yield Member(info.filename, not info.is_dir() and not is_link, info.is_dir(), content)
    elif tarfile.is_tarfile(archive):
        with tarfile.open(archive) as bundle:
            for one in bundle:
                inside = bundle.extractfile(one) if one.isfile() else None
                yield Member(one.name, one.isfile(), one.isdir(), inside, one.size)
    else:
        raise Unsafe(_("This is neither a tar nor a zip archive."))


def checked(member: Member) -> PurePosixPath:
    """The member's path below the folder; Unsafe where it leads elsewhere or is something that is never read."""
    name = PurePosixPath(member.name.replace("\\", "/"))
    if name.is_absolute() or ".." in name.parts or ":" in str(name) or "\0" in str(name):
        raise Unsafe(_("The archive holds “{name}”, which leads out of its folder.").format(name=shown(member.name)))
    if not (member.is_file or member.is_folder):
        raise Unsafe(_("“{name}” is a link or a device; only plain files are taken.").format(name=shown(member.name)))
    if member.is_file and name.suffix.lower() in UNSAFE:
        raise Unsafe(
            _("“{name}” can run code when it is read, so it is never opened: send the model with its weights in "
              "safetensors alone.").format(name=shown(name.name))
        )  # fmt: skip
    return name


def copy(source: IO[bytes], target: Path, left: int) -> int:
    """Bytes that may still come; Unsafe as soon as there are more."""
    with target.open("wb") as file:
        while chunk := source.read(CHUNK):
            left = less(left, len(chunk))
            file.write(chunk)
    return left


def less(left: int, taken: int) -> int:
    if taken > left:
        raise Unsafe(_("The archive unfolds to more than may be taken in; give a folder’s path instead."))
    return left - taken


def shown(text: str) -> str:
    """As a sentence can carry it: a name in a tar may be bytes of no alphabet."""
    return text[:200].encode(errors="replace").decode()


def model_in(folder: Path) -> Path:
    found = sorted(folder.glob("config.json")) or sorted(folder.glob("*/config.json"))
    if len(found) != 1:
        raise Unsafe(_("The archive holds no config.json at its top or in its one folder."))
    return found[0].parent
