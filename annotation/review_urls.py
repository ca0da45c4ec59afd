"""Below one project: who may be trusted, and what reviewers decide."""

from django.urls import path

from annotation.pages import annotators, known, review

urlpatterns = [
    path("review/", review.review, name="project-review"),
    path("review/known-answers/", known.answers, name="known-answers"),
    path("review/adjudicate/", review.adjudicate, name="adjudicate"),
    path("annotators/<uuid:annotator>/", annotators.annotator, name="project-annotator"),
    path("annotators/<uuid:annotator>/set-aside/", annotators.set_aside, name="annotator-set-aside"),
    path("annotators/<uuid:annotator>/set-aside/<uuid:deed>/undo/", annotators.undo, name="annotator-undo"),
    path("annotators/<uuid:annotator>/qualification/", annotators.qualify, name="annotator-qualification"),
    path("pauses/<uuid:pause>/decide/", annotators.decide, name="pause-decide"),
]
