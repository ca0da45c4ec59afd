"""A data folder that the servers' user may pass through, and servers on it."""

import shutil
import tempfile
from pathlib import Path

import pytest

from local import bootstrap, servers
from local.servers import Wish


def make_folder():
    """pytest's own temporary folders are closed to other users, and as root the servers run as another user."""
    folder = Path(tempfile.mkdtemp(prefix="touchstone-local-")).resolve()
    folder.chmod(0o711)
    return folder


@pytest.fixture(scope="session")
def data_dir():
    """Making a database takes seconds, so tests share one folder and leave it able to start."""
    folder = make_folder()
    yield folder / "data"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def wish(data_dir):
    return Wish(data_dir, bootstrap.VENV, for_tests=True, what="a test")


@pytest.fixture
def start(wish):
    """`with start() as running:` runs both servers on the data folder."""
    return lambda: servers.running(wish)


@pytest.fixture(scope="session")
def lasting():
    """Both servers, for tests that only look."""
    folder = make_folder()
    with servers.running(Wish(folder / "data", bootstrap.VENV, for_tests=True, what="a test")) as running:
        yield running
    shutil.rmtree(folder, ignore_errors=True)
