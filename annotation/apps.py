from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnnotationConfig(AppConfig):
    name = "annotation"

    def ready(self) -> None:
        from accounts import erasure
        from annotation import deletions, draws, own_words, rooms, told
        from annotation.feedback.kinds import KINDS
        from annotation.models import Project
        from annotation.settings import ProjectSettings
        from annotation.snapshots.layouts import LAYOUTS
        from annotation.trust import verdicts
        from api import methods
        from api.methods import Method
        from jobs import subjects

        rooms.register()
        deletions.register()
        draws.register()
        told.register()
        subjects.register("project", label=_("Project"), url=rooms.address, names=subjects.by_name(Project))
        subjects.register(
            "snapshot", label=_("Snapshot"), url=rooms.address_of_snapshot, names=rooms.names_of_snapshots
        )
        verdicts.register()
        erasure.also(own_words.forget)
        for kind in KINDS.values():
            methods.register("feedback_kinds", Method(kind.name, kind.label, kind.description, ProjectSettings))
        for layout in LAYOUTS.values():
            methods.register("layouts", Method(layout.name, layout.title, layout.description))
