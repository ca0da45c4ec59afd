"""A reward model's folder as one streamed tar: the same bytes each time, read from disk as they go out."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

from django.http import StreamingHttpResponse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from api.refusals import Conflict
from rewardmodels import places
from rewardmodels.models import RewardModel

CHUNK = 1024 * 1024


def name_of(model: RewardModel) -> str:
    return slugify(model.name)[:60] or "reward-model"


def folder_of(model: RewardModel) -> Path:
    """The folder to export; Conflict where there is none yet."""
    folder = places.folder_of(model.pk)
    if not model.is_trained:
        raise Conflict(_("This reward model is not trained yet, so there is nothing to export."))
    if not folder.is_dir():
        raise Conflict(_("The weights of this reward model are missing; restore them from a backup."))
    return folder


def response(model: RewardModel) -> StreamingHttpResponse:
    """The whole answer, for the API and for pages."""
    folder, name = folder_of(model), name_of(model)
    answer = StreamingHttpResponse(tar(folder, name), content_type="application/x-tar")
    answer["Content-Length"] = str(size(folder, name))
    answer["Content-Disposition"] = f'attachment; filename="{name}.tar"'
    answer["ETag"] = f'"{model.sha256}"'
    return answer


def files(folder: Path) -> list[Path]:
    """Every file, those of inner folders too: a composition holds its backbone and other models there."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def tar(folder: Path, name: str) -> Iterator[bytes]:
    """The folder's files below one directory, without owners and clocks."""
    for path in files(folder):
        header = tarfile.TarInfo(f"{name}/{path.relative_to(folder).as_posix()}")
        header.size, header.mode = path.stat().st_size, 0o644
        yield header.tobuf(tarfile.PAX_FORMAT)
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
        yield b"\0" * (-header.size % tarfile.BLOCKSIZE)
    yield b"\0" * tarfile.BLOCKSIZE * 2


def size(folder: Path, name: str) -> int:
    """How many bytes `tar` gives."""
    total = 2 * tarfile.BLOCKSIZE
    for path in files(folder):
        header = tarfile.TarInfo(f"{name}/{path.relative_to(folder).as_posix()}")
        header.size = path.stat().st_size
        total += len(header.tobuf(tarfile.PAX_FORMAT)) + header.size + (-header.size % tarfile.BLOCKSIZE)
    return total
