from django.urls import path

from rewardmodels import pages

urlpatterns = [
    path("reward-models/", pages.index, name="reward-models"),
    path("reward-models/new/", pages.new, name="reward-model-new"),
    path("reward-models/<uuid:pk>/", pages.page, name="reward-model"),
    path("reward-models/<uuid:pk>/standing/", pages.standing, name="reward-model-standing"),
    path("reward-models/<uuid:pk>/compare/", pages.compare, name="reward-model-compare"),
    path("reward-models/<uuid:pk>/download/", pages.download, name="reward-model-download"),
    path("reward-models/<uuid:pk>/delete/", pages.delete, name="reward-model-delete"),
]
