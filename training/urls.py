from django.urls import path

from training.pages import campaigns, comparing, runs, studies, thresholds, wishes

urlpatterns = [
    path("runs/", runs.index, name="runs"),
    path("runs/new/", wishes.new, name="run-new"),
    path("runs/look/", wishes.look, name="run-look"),
    path("runs/estimate/", wishes.estimate, name="run-estimate"),
    path("runs/thresholds/", thresholds.new, name="thresholds"),
    path("runs/thresholds/<uuid:pk>/", thresholds.page, name="proxy-point"),
    path("runs/compare/", comparing.compare, name="runs-compare"),
    path("runs/<uuid:pk>/", runs.page, name="run"),
    path("runs/<uuid:pk>/status/", runs.status, name="run-status"),
    path("runs/<uuid:pk>/charts/", runs.charts, name="run-charts"),
    path("runs/<uuid:pk>/chart/", runs.chart, name="run-chart"),
    path("runs/<uuid:pk>/samples/", runs.samples, name="run-samples"),
    path("runs/<uuid:pk>/cancel/", runs.cancel, name="run-cancel"),
    path("runs/<uuid:pk>/retry/", runs.retry, name="run-retry"),
    path("runs/<uuid:pk>/go-on/", runs.go_on, name="run-go-on"),
    path("runs/<uuid:pk>/download/", runs.download, name="run-download"),
    path("studies/", studies.index, name="studies"),
    path("studies/new/", studies.new, name="study-new"),
    path("studies/<uuid:pk>/", studies.page, name="study"),
    path("studies/<uuid:pk>/status/", studies.status, name="study-status"),
    path("studies/<uuid:pk>/cancel/", studies.cancel, name="study-cancel"),
    path("studies/<uuid:pk>/retry/", studies.retry, name="study-retry"),
    path("studies/<uuid:pk>/download/", studies.download, name="study-download"),
    path("campaigns/", campaigns.index, name="campaigns"),
    path("campaigns/new/", campaigns.new, name="campaign-new"),
    path("campaigns/<uuid:pk>/", campaigns.page, name="campaign"),
    path("campaigns/<uuid:pk>/step/", campaigns.begin, name="campaign-step"),
    path("campaigns/<uuid:pk>/rules/", campaigns.ruling, name="campaign-rules"),
]
