from django.urls import include, path
from rest_framework.routers import SimpleRouter

from accounts.resources.groups import Annotators, Groups
from accounts.resources.invitations import Invitations
from accounts.resources.people import Leaving, Me, Members
from accounts.resources.tokens import Tokens

router = SimpleRouter(use_regex_path=False)
router.register("members", Members, basename="api-member")
router.register("invitations", Invitations, basename="api-invitation")
router.register("annotators", Annotators, basename="api-annotator")
router.register("groups", Groups, basename="api-group")
router.register("tokens", Tokens, basename="api-token")

urlpatterns = [
    path("me/", Me.as_view(), name="api-me"),
    path("me/leave/", Leaving.as_view(), name="api-me-leave"),
    path("", include(router.urls)),
]
