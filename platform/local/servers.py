"""The embedded servers of one data folder: whichever of the two no address was given for."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import address, children, folders, postgres, programs, record
from local.children import Children
from local.environment import Environment
from local.postgres import Postgres
from local.progress import step
from local.record import Record
from local.redis import Redis
from local.trouble import Trouble

RUN_FILE, PROCESSES, RECORD = "run.json", "processes.json", "servers.json"


@dataclass(frozen=True)
class Wish:
    """Which servers to run, and for what."""

    data_dir: Path
    venv: Path
    postgres: bool = True
    redis: bool = True
    for_tests: bool = False
    what: str = "make up"
    public_url: str = ""


@dataclass(frozen=True)
class Running:
    """What runs now: the children, and the values that settings need."""

    children: Children
    values: dict[str, str]
    home: Path
    sockets: Path


def wish(environment: Environment, venv: Path, what: str) -> Wish:
    return Wish(
        environment.data_dir,
        venv,
        postgres=not environment.given("DATABASE_URL"),
        redis=not environment.given("REDIS_URL"),
        what=what,
        public_url=address.public(environment),
    )


@contextmanager
def running(wished: Wish) -> Iterator[Running]:
    """Both steps at once, for whoever has nothing to do between them."""
    with alone(wished), started(wished) as found:
        yield found


@contextmanager
def alone(wished: Wish) -> Iterator[None]:
    """Holds the folder's lock, and ends what a killed holder left running."""
    folders.make_data_folder(wished.data_dir)
    with folders.lock(wished.data_dir, wished.what):
        settle_in(wished.data_dir)
        children.end_leftovers(wished.data_dir / PROCESSES)
        yield


def settle_in(data_dir: Path) -> None:
    """A folder that was moved or copied goes on with the database in it; what runs from the old place is another’s."""
    path, own = data_dir / RECORD, data_dir / "servers"
    kept = record.read(path)
    if kept is None or not (own / "postgres").is_dir():
        return
    old = Path(kept.home)
    if old.exists():
        if own.samefile(old):
            return
        (data_dir / PROCESSES).unlink(missing_ok=True)
    step(f"{data_dir} came from another place: it goes on with the database in it")
    kept.home, kept.sockets = str(own), ""
    record.write(path, kept)


@contextmanager
def started(wished: Wish) -> Iterator[Running]:
    """Runs the servers, and stops everything on the way out, whatever happened."""
    with ExitStack() as stack:
        mine = Children(wished.data_dir / PROCESSES)
        stack.callback((wished.data_dir / RUN_FILE).unlink, missing_ok=True)
        stack.callback(mine.stop)
        kept, is_new = read_or_make(wished.data_dir)
        values = {"SECRET_KEY": kept.secret_key, **({"PUBLIC_URL": wished.public_url} if wished.public_url else {})}
        if wished.postgres or wished.redis:
            values |= start(wished, mine, kept, is_new)
        record.write_private(wished.data_dir / RUN_FILE, values)
        yield Running(mine, values, Path(kept.home), Path(kept.sockets))


def read_or_make(data_dir: Path) -> tuple[Record, bool]:
    path = data_dir / RECORD
    kept = record.read(path)
    if kept:
        return kept, False
    home = folders.home_of_servers(data_dir)
    if not home.is_relative_to(data_dir):
        step(f"The servers' user cannot reach {data_dir}: the database goes to {home}")
    kept = Record(postgres.major_of(home / "postgres") or programs.POSTGRES_MAJOR, str(home))
    record.write(path, kept)
    return kept, True


def start(wished: Wish, started: Children, kept: Record, is_new: bool) -> dict[str, str]:
    """Both at once; then each is waited for."""
    home = Path(kept.home)
    user = folders.unprivileged(home)
    folders.make_private(home, user)
    sockets = folders.socket_folder(home, user, kept.sockets)
    if str(sockets) != kept.sockets:
        kept.sockets = str(sockets)
        record.write(wished.data_dir / RECORD, kept)
    if kept.postgres_major != programs.POSTGRES_MAJOR:
        raise Trouble(postgres.other_major(home / "postgres", kept.postgres_major, programs.POSTGRES_MAJOR))
    found = programs.reachable(programs.find(wished.venv), user, home)
    logs = wished.data_dir / "logs"
    values = {}
    if wished.redis:
        values["REDIS_URL"] = start_redis(Redis(home, sockets, logs, user, found, kept), started)
    if wished.postgres:
        database = Postgres(home, sockets, logs, user, found, kept, wished.for_tests)
        values["DATABASE_URL"] = start_postgres(database, started, is_new)
    return values


def start_postgres(server: Postgres, started: Children, is_new: bool) -> str:
    if postgres.major_of(server.data) is None:
        step("Making the database folder")
    elif is_new:
        server.clear()
        server.set_superuser_password()
    server.prepare()
    step(f"Starting PostgreSQL {server.record.postgres_major}")
    children.wait_until(server.is_answering, started.start(server.program()))
    server.make_database()
    return server.url


def start_redis(server: Redis, started: Children) -> str:
    step("Starting Redis")
    folders.make_private(server.folder, server.user)
    server.prepare()
    child = started.start(server.program())
    try:
        children.wait_until(server.is_answering, child)
    except Trouble:
        if "Bad file format" not in children.tail(child.program.log):
            raise
        server.set_damaged_file_aside()
        child.process = children.launch(child.program)
        children.wait_until(server.is_answering, child)
    return server.url
