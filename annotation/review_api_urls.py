"""Below one project: who may be trusted, and what reviewers decide."""

from django.urls import include, path

from annotation.resources import adjudication, annotators, trust

of_annotator = [
    path("", annotators.ProjectAnnotator.as_view(), name="api-project-annotator"),
    path("set-asides/", annotators.SetAsides.as_view(), name="api-set-asides"),
    path("set-asides/<uuid:deed>/undo/", annotators.SetAsideUndo.as_view(), name="api-set-aside-undo"),
    path("qualification/", annotators.QualificationDecision.as_view(), name="api-qualification"),
]
urlpatterns = [
    path("standing/", trust.Standing.as_view(), name="api-standing"),
    path("contest/", trust.Contest.as_view(), name="api-contest"),
    path("pauses/", trust.Pauses.as_view(), name="api-pauses"),
    path("pauses/<uuid:pause>/decide/", trust.PauseDecision.as_view(), name="api-pause-decide"),
    path("gold/figures/", trust.GoldFigures.as_view(), name="api-gold-figures"),
    path("disputes/", adjudication.Disputes.as_view(), name="api-disputes"),
    path("adjudications/next/", adjudication.NextCase.as_view(), name="api-adjudications-next"),
    path("annotators/<uuid:annotator>/", include(of_annotator)),
]
