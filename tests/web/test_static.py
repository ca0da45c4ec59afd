"""In production every file has its content's hash in its name, is compressed, and may be kept for ever."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import global_settings
from django.conf import settings as configured
from django.core.management import call_command
from django.template.loader import render_to_string
from django.test import Client, override_settings

import annotation
import web

OURS = Path(web.__file__).parent / "static"
MODULES = Path(annotation.__file__).parent / "static"
IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*["'](\.[^"']+)["']""")


@pytest.fixture(scope="module")
def gathered(tmp_path_factory):
    """Our own files as `collectstatic` leaves them."""
    root = tmp_path_factory.mktemp("gathered")
    manifest = {"BACKEND": "web.storage.HashedFiles"}
    with override_settings(
        STATIC_ROOT=root,
        STATICFILES_DIRS=[OURS, MODULES],
        STATICFILES_FINDERS=["django.contrib.staticfiles.finders.FileSystemFinder"],
        STORAGES={**configured.STORAGES, "staticfiles": manifest},
    ):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield root


@pytest.fixture
def html(gathered):
    return render_to_string("base_narrow.html", {})


def files(html):
    return sorted(set(re.findall(r'"/static/([^"#]+)', html)))


def test_every_name_carries_the_hash_of_its_content(html):
    assert files(html)
    for name in files(html):
        assert re.search(r"\.[0-9a-f]{12}\.\w+", name), name


def test_a_first_visit_costs_less_than_60_kilobytes_on_the_wire(html, gathered):
    loaded = [name for name in files(html) if not re.search(r"uPlot|charts\.[0-9a-f]+\.js", name)]
    weight = sum(min((gathered / name).stat().st_size, packed(gathered / name)) for name in loaded)
    assert weight + len(gzip.compress(html.encode())) < 60_000


def packed(path):
    zipped = path.with_name(path.name + ".gz")
    return zipped.stat().st_size if zipped.exists() else path.stat().st_size


def test_what_is_named_is_served_and_may_be_kept_for_ever(html):
    client = Client()
    for name in files(html):
        answer = client.get(f"/static/{name}")
        assert answer.status_code == 200, name
        assert "immutable" in answer["Cache-Control"], name


def test_a_module_imports_its_neighbours_by_hashed_names_that_are_there(gathered):
    """Else a module kept for ever would be joined after an upgrade with neighbours that are older or newer."""
    asked = [
        (module, name)
        for module in gathered.rglob("*.js")
        if re.search(r"\.[0-9a-f]{12}\.js$", module.name)
        for name in IMPORT.findall(module.read_text())
    ]
    assert len(asked) > 10
    for module, name in asked:
        assert re.search(r"\.[0-9a-f]{12}\.js$", name), f"{module.name} imports {name}"
        assert (module.parent / name).exists(), f"{module.name} imports {name}"


def test_every_import_of_the_sources_is_rewritten(gathered):
    sources = [module for module in MODULES.rglob("*.js") if IMPORT.search(module.read_text())]
    assert len(sources) > 5
    for source in sources:
        (hashed,) = gathered.glob(f"{source.relative_to(MODULES).with_suffix('')}.????????????.js")
        assert len(IMPORT.findall(hashed.read_text())) == len(IMPORT.findall(source.read_text())), source


def test_the_files_of_every_app_can_be_gathered_for_production(tmp_path):
    """Also those of other packages, whose comments may name modules that are nowhere."""
    manifest = {"BACKEND": "web.storage.HashedFiles"}
    with override_settings(
        STATIC_ROOT=tmp_path,
        STATICFILES_DIRS=[],
        STATICFILES_FINDERS=global_settings.STATICFILES_FINDERS,
        STORAGES={**configured.STORAGES, "staticfiles": manifest},
    ):
        call_command("collectstatic", interactive=False, verbosity=0)
    assert (tmp_path / "staticfiles.json").is_file()
