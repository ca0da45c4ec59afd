"""A backup: one tar file with the dump of the database, every file, and a manifest that holds their checksums."""

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from local.trouble import Trouble

FORMAT = 1
MANIFEST, DUMP, FILES = "manifest.json", "database.dump", "files/"


class Hashing:
    """A file that is read once, for the archive and for its checksum."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        part = self._file.read(size)
        self._sha256.update(part)
        return part

    @property
    def checksum(self) -> str:
        return self._sha256.hexdigest()


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A name to write under; only when all went well does the file get its own name."""
    if path.exists():
        raise Trouble(f"{path} exists already: choose another name.")
    if not path.parent.is_dir():
        raise Trouble(f"{path.parent} is no folder: make it first, or choose another place.")
    fresh = path.with_name(f"{path.name}.part")
    try:
        yield fresh
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def write(path: Path, *, dump: Path, files: Path, about: dict[str, Any]) -> dict[str, Any]:
    """Files come after the dump: what it refers to never changes, so it is there and it is the same.

    A file that goes meanwhile is left out: working files of a job that ended, an upload that was brought in.
    """
    members: dict[str, dict[str, Any]] = {}
    with (
        os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file,
        tarfile.open(fileobj=file, mode="w") as archive,
    ):
        members[DUMP] = add(archive, dump, DUMP)
        for found in sorted(files.rglob("*")):
            if found.is_file() and not found.is_symlink():
                name = f"{FILES}{found.relative_to(files).as_posix()}"
                with suppress(FileNotFoundError):
                    members[name] = add(archive, found, name)
        manifest = {"format": FORMAT, "product": "touchstone", **about, "members": members}
        words = json.dumps(manifest, indent=1).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode = len(words), 0o600
        archive.addfile(entry, io.BytesIO(words))
    return manifest


def add(archive: tarfile.TarFile, path: Path, name: str) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            entry = archive.gettarinfo(arcname=name, fileobj=file)
            reading = Hashing(file)
            archive.addfile(entry, reading)
    except tarfile.TarError as error:
        raise Trouble(f"{path} changed while it was read ({error}): make the backup again.") from None
    return {"sha256": reading.checksum, "bytes": entry.size}


@dataclass(frozen=True)
class Backup:
    """An archive whose every checksum was found to be right."""

    path: Path
    manifest: dict[str, Any]

    def extract(self, *, dump: Path, files: Path) -> None:
        files.mkdir(parents=True, mode=0o700)
        with tarfile.open(self.path) as archive:
            for entry in archive:
                if entry.name == DUMP:
                    place(archive, entry, dump)
                elif entry.name.startswith(FILES):
                    place(archive, entry, inside(files, entry.name.removeprefix(FILES)))


def inside(folder: Path, name: str) -> Path:
    """An archive made by somebody else cannot write outside the folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise Trouble(f"The backup holds a file outside its folder ({name}): it is refused.")
    return folder / path


def place(archive: tarfile.TarFile, entry: tarfile.TarInfo, path: Path) -> None:
    content = archive.extractfile(entry)
    if content is None:
        raise Trouble(f"The backup holds {entry.name}, which is no file: it is refused.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        shutil.copyfileobj(content, file, 1_048_576)
    os.utime(path, (entry.mtime, entry.mtime))


def read(path: Path) -> Backup:
    """Reads the whole archive once before anything is touched."""
    seen: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] = {}
    try:
        with tarfile.open(path) as archive:
            for entry in archive:
                content = archive.extractfile(entry)
                if content is None:
                    raise Trouble(f"{path} is no backup of Touchstone: it holds more than files.")
                if entry.name == MANIFEST:
                    manifest = json.load(content)
                else:
                    seen[entry.name] = {"sha256": digest(content), "bytes": entry.size}
    except OSError as error:
        raise Trouble(f"{path} cannot be read: {error.strerror or error}.") from None
    except (tarfile.TarError, ValueError):
        raise Trouble(f"{path} is damaged or no backup of Touchstone.") from None
    if manifest.get("product") != "touchstone":
        raise Trouble(f"{path} is no backup of Touchstone, or its end is missing.")
    if manifest["format"] > FORMAT:
        raise Trouble(f"{path} was made by a newer version of Touchstone: restore it with that version.")
    wrong = sorted(name for name in {*seen, *manifest["members"]} if seen.get(name) != manifest["members"].get(name))
    if wrong:
        raise Trouble(f"{path} is damaged: {wrong[0]} is not what was written. Nothing was changed.")
    return Backup(path, manifest)


def digest(content: IO[bytes]) -> str:
    reading = Hashing(content)
    while reading.read(1_048_576):
        pass
    return reading.checksum


class Exchange:
    """Puts one folder in the place of another, and back again when what belongs to it failed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fresh = folder.with_name(f"{folder.name}.restoring")
        self.old = folder.with_name(f"{folder.name}.before")
        self.gone = folder.with_name(f"{folder.name}.gone")
        for left in (self.fresh, self.gone):
            shutil.rmtree(left, ignore_errors=True)

    @property
    def was_broken_off(self) -> bool:
        """Killed between the files and the database: nobody can tell whether both are of the same time."""
        return self.old.exists()

    def swap(self) -> None:
        if self.was_broken_off:  # what lies there is half a restore; what was before it is kept to go back to
            shutil.rmtree(self.folder, ignore_errors=True)
        elif self.folder.exists():
            self.folder.replace(self.old)
        self.fresh.replace(self.folder)

    def undo(self) -> None:
        if not self.fresh.exists() and self.old.exists():
            self.folder.replace(self.fresh)
            self.old.replace(self.folder)
        shutil.rmtree(self.fresh, ignore_errors=True)

    def finish(self) -> None:
        """Under another name at once, as taking a large folder away takes long."""
        if self.old.exists():
            self.old.replace(self.gone)
        shutil.rmtree(self.gone, ignore_errors=True)
