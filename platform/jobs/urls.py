from django.urls import path

from jobs import pages

urlpatterns = [
    path("jobs/", pages.index, name="jobs"),
    path("jobs/<uuid:pk>/", pages.page, name="job"),
    path("jobs/<uuid:pk>/status/", pages.status, name="job-status"),
    path("jobs/<uuid:pk>/log/", pages.log, name="job-log"),
    path("jobs/<uuid:pk>/charts/", pages.charts, name="job-charts"),
    path("jobs/<uuid:pk>/chart/", pages.chart, name="job-chart"),
    path("jobs/<uuid:pk>/cancel/", pages.cancel, name="job-cancel"),
    path("jobs/<uuid:pk>/retry/", pages.retry, name="job-retry"),
]
