from django.urls import path

from training.pages import comparing, runs, wishes

urlpatterns = [
    path("runs/", runs.index, name="runs"),
    path("runs/new/", wishes.new, name="run-new"),
    path("runs/look/", wishes.look, name="run-look"),
    path("runs/compare/", comparing.compare, name="runs-compare"),
    path("runs/<uuid:pk>/", runs.page, name="run"),
    path("runs/<uuid:pk>/status/", runs.status, name="run-status"),
    path("runs/<uuid:pk>/charts/", runs.charts, name="run-charts"),
    path("runs/<uuid:pk>/chart/", runs.chart, name="run-chart"),
    path("runs/<uuid:pk>/samples/", runs.samples, name="run-samples"),
    path("runs/<uuid:pk>/cancel/", runs.cancel, name="run-cancel"),
    path("runs/<uuid:pk>/retry/", runs.retry, name="run-retry"),
    path("runs/<uuid:pk>/delete/", runs.delete, name="run-delete"),
    path("runs/<uuid:pk>/download/", runs.download, name="run-download"),
]
