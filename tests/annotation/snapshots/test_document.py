"""What the published document says of files."""

from annotation.snapshots.formats import FORMATS
from api import document


def test_the_document_names_every_format_of_an_export():
    told = document.current().content["paths"]["/api/v1/snapshots/{snapshot}/export/"]["get"]["responses"]["200"]
    assert set(told["content"]) == {one.media_type.partition(";")[0] for one in FORMATS.values()}
