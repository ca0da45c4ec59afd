"""One Redis server on one folder, answering on a socket alone and writing every command to its append-only file."""

import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from local.children import Program
from local.folders import User
from local.postgres import clean_environment
from local.programs import Programs
from local.progress import warn
from local.record import Record

CONFIGURATION = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
dir "{folder}"
requirepass {password}
appendonly yes
appendfsync everysec
aof-load-truncated yes
save ""
daemonize no
databases 16
"""


@dataclass(frozen=True)
class Redis:
    home: Path
    sockets: Path
    logs: Path
    user: User | None
    programs: Programs
    record: Record

    @property
    def folder(self) -> Path:
        return self.home / "redis"

    @property
    def socket(self) -> Path:
        return self.sockets / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://:{self.record.redis_password}@{self.socket}?db=0"

    def prepare(self) -> None:
        """The password stands in a private file: a command line can be read by everybody."""
        words = CONFIGURATION.format(socket=self.socket, folder=self.folder, password=self.record.redis_password)
        path = self.home / "redis.conf"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(words)
        if self.user:
            os.chown(path, self.user.uid, self.user.gid)

    def program(self) -> Program:
        return Program(
            name="redis",
            command=[str(self.programs.redis_server), str(self.home / "redis.conf")],
            log=self.logs / "redis.log",
            environment=clean_environment(),
            folder=self.home,
            user=self.user,
            is_server=True,
            before=lambda: self.socket.unlink(missing_ok=True),
        )

    def set_damaged_file_aside(self) -> None:
        """PostgreSQL holds the truth and the sweeper rings again, so Redis may begin empty."""
        aside = self.folder / f"appendonly.aof.damaged-{time.strftime('%Y%m%d-%H%M%S')}"
        (self.folder / "appendonly.aof").replace(aside)
        warn(f"Redis could not read its file, which is now {aside}; it begins empty and nothing of value is lost.")

    def is_answering(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(1)
                line.connect(str(self.socket))
                line.sendall(f"AUTH {self.record.redis_password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    part = line.recv(100)
                    if not part:
                        return False
                    answer += part
                return answer.startswith(b"+OK") and b"+PONG" in answer
        except OSError:
            return False
