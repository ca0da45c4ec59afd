"""A data folder that the servers' user may pass through, and servers on it."""

import shutil
import tempfile
from pathlib import Path

import pytest

from local import bootstrap, servers
from local.servers import Wish


@pytest.fixture
def data_dir():
    """pytest's own temporary folders are closed to other users, and as root the servers run as another user."""
    folder = Path(tempfile.mkdtemp(prefix="touchstone-local-")).resolve()
    folder.chmod(0o711)
    yield folder / "data"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def wish(data_dir):
    return Wish(data_dir, bootstrap.VENV, for_tests=True, what="a test")


@pytest.fixture
def start(wish):
    """`with start() as running:` runs both servers on the data folder."""
    return lambda: servers.running(wish)
