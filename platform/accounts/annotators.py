"""Finding the pseudonymous record of a person or of a source, making it where it is missing."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.models import Annotator, Person, Workspace
from api.refusals import Invalid

LONGEST_NAME = 200
OUTSIDE = {Annotator.Origin.IMPORTED, Annotator.Origin.SIMULATED}


def of_person(workspace: Workspace, person: Person) -> Annotator:
    """The record under which this person's judgments stand here; two calls at once find the same one."""
    annotator, _made = Annotator.objects.get_or_create(
        workspace=workspace, person=person, defaults={"origin": Annotator.Origin.PERSON}
    )
    return annotator


def of_source(workspace: Workspace, origin: str, name: str) -> Annotator:
    """The record of what an imported file or a simulation calls by this name."""
    return of_sources(workspace, origin, [name])[name]


def of_sources(workspace: Workspace, origin: str, names: Iterable[str]) -> dict[str, Annotator]:
    """A record for each name, by name, in three statements however many there are."""
    wanted = dict.fromkeys(names)
    if origin not in OUTSIDE:
        raise ValueError(f"{origin} records belong to accounts")
    for name in wanted:
        if not name or len(name) > LONGEST_NAME:
            raise Invalid(_("An annotator's name has 1 to 200 characters."), field="annotator")
    mine = Annotator.objects.filter(workspace=workspace, origin=origin)
    known = {record.source_name: record for record in mine.filter(source_name__in=wanted)}
    missing = [name for name in wanted if name not in known]
    if missing:
        Annotator.objects.bulk_create(
            [Annotator(workspace=workspace, origin=origin, source_name=name) for name in missing],
            ignore_conflicts=True,  # another import may have made some of them meanwhile
        )
        known |= {record.source_name: record for record in mine.filter(source_name__in=missing)}
    return {name: known[name] for name in wanted}
