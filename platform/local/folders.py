"""Where things lie: the data folder, the home of the servers, the short folder of their sockets."""

import fcntl
import hashlib
import os
import pwd
import socket
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from local.trouble import Trouble

LONGEST_SOCKET = 100  # bytes: the kernel allows 107, and PostgreSQL puts a lock file beside its socket
LONGEST_NAME = "/.s.PGSQL.5432.lock"
LEAST_FREE = 300 * 1024 * 1024


@dataclass(frozen=True)
class User:
    """Whom a server runs as. PostgreSQL refuses to run as root, so root hands over to somebody."""

    uid: int
    gid: int


def unprivileged(folder: Path) -> User | None:
    """Whom root hands over to: the owner of the servers' folder if there is one already, else `nobody`."""
    if os.geteuid() != 0:
        return None
    if folder.exists() and folder.stat().st_uid != 0:
        return User(folder.stat().st_uid, folder.stat().st_gid)
    known = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    if not known:
        raise Trouble("PostgreSQL does not run as root, and /etc/passwd has nobody else: set DATABASE_URL, REDIS_URL.")
    found = known.get("nobody") or known.get("daemon") or next(iter(known.values()))
    return User(found.pw_uid, found.pw_gid)


def check_name(user: User | None) -> None:
    """PostgreSQL asks for the name of the user who makes its folder, and gives up when there is none."""
    uid = user.uid if user else os.geteuid()
    try:
        pwd.getpwuid(uid)
    except KeyError:
        raise Trouble(
            f"User {uid} has no name in /etc/passwd, and PostgreSQL makes no database without one: "
            "run as a user who has, or set DATABASE_URL."
        ) from None


def may_search(folder: Path, user: User | None) -> bool:
    """Asks the kernel, as that user, because modes alone do not tell about access lists and mounts."""
    if user is None:
        return os.access(folder, os.X_OK)
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(user.gid)
            os.setuid(user.uid)
            os._exit(0 if os.access(folder, os.X_OK) else 1)
        except OSError:
            os._exit(2)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == 2:
        raise Trouble(
            "PostgreSQL does not run as root, and this container has no other user to hand over to: "
            "run as an ordinary user, or set DATABASE_URL and REDIS_URL."
        )
    return code == 0


def make_data_folder(folder: Path) -> None:
    """Made for its owner alone; as root others may pass through to the servers' folder, but not look around."""
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True)
            folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for name in ("logs", "files"):
            (folder / name).mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise Trouble(f"DATA_DIR {folder} cannot be made or written ({error.strerror}): choose another.") from None
    if not os.access(folder, os.W_OK):
        raise Trouble(f"DATA_DIR {folder} belongs to somebody else: run as its owner, or choose another DATA_DIR.")
    status = os.statvfs(folder)
    if status.f_bavail * status.f_frsize < LEAST_FREE:
        raise Trouble(f"The disk that holds {folder} is full (less than 300 MB free): make room, then start again.")


def home_of_servers(data_dir: Path) -> Path:
    """The folder that the servers own: in the data folder, or, where their user cannot get there, under /var/lib."""
    home = data_dir / "servers"
    user = unprivileged(home)
    if user is None or may_search(data_dir, user):
        return home
    name = hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
    for parent in (Path("/var/lib"), Path("/var/tmp")):  # noqa: S108  (owner and mode are checked below)
        if may_search(parent, user) and os.access(parent, os.W_OK):
            return parent / f"touchstone-{name}"
    raise Trouble(f"The user who runs the servers cannot reach {data_dir}: choose a DATA_DIR outside private folders.")


def make_private(folder: Path, user: User | None) -> None:
    """A folder of mode 0700 that belongs to the servers' user, refused when somebody else made it first."""
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = user.uid if user else os.geteuid()
    if folder.is_symlink() or folder.stat().st_uid not in {owner, os.geteuid()}:
        raise Trouble(f"{folder} belongs to somebody else: move it away, then start again.")
    folder.chmod(0o700)
    if user:
        os.chown(folder, user.uid, user.gid)


def holds_sockets(folder: Path) -> bool:
    """Whether a socket can be made there: the path is short enough and the file system knows them."""
    if len(os.fsencode(f"{folder}{LONGEST_NAME}")) >= LONGEST_SOCKET:
        return False
    trial = folder / "trial"
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(str(trial))
        trial.unlink()
    except OSError:
        return False
    return True


def is_private(folder: Path, user: User | None) -> bool:
    try:
        found = folder.lstat()
    except OSError:
        return False
    owner = user.uid if user else os.geteuid()
    return stat.S_ISDIR(found.st_mode) and found.st_uid == owner and stat.S_IMODE(found.st_mode) == 0o700


def socket_folder(home: Path, user: User | None, recorded: str) -> Path:
    """Inside the home where that is short enough, else a fresh folder with an unguessable name."""
    inside = home / "sockets"
    make_private(inside, user)
    if holds_sockets(inside):
        return inside
    if recorded and is_private(Path(recorded), user) and holds_sockets(Path(recorded)):
        return Path(recorded)
    parent = "/tmp" if user else os.environ.get("XDG_RUNTIME_DIR") or "/tmp"  # noqa: S108  (the name is unguessable)
    fresh = Path(tempfile.mkdtemp(prefix="touchstone-", dir=parent))
    if user:
        os.chown(fresh, user.uid, user.gid)
    if not holds_sockets(fresh):
        raise Trouble(f"No socket can be made in {fresh}: choose a DATA_DIR with a shorter path.")
    return fresh


def lock(data_dir: Path, what: str) -> IO[str]:
    """Held while the returned file is open; the kernel lets go of it when its holder dies, however it dies."""
    file = (data_dir / "lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        holder = file.read().strip() or "another command"
        raise Trouble(
            f"{holder} already uses {data_dir}: stop it first (Ctrl-C where it runs), or set another DATA_DIR."
        ) from None
    except OSError as error:
        raise Trouble(f"{data_dir} lies on a disk without locks ({error.strerror}): choose another DATA_DIR.") from None
    file.seek(0)
    file.truncate()
    file.write(f"{what} (process {os.getpid()})\n")
    file.flush()
    return file


def holder(data_dir: Path) -> str:
    """Who holds the folder's lock now, in words; empty when nobody does."""
    try:
        with (data_dir / "lock").open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return (data_dir / "lock").read_text().strip() or "another command"
    except OSError:
        return ""
    return ""
