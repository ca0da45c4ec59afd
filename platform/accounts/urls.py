from django.urls import path

from accounts.views import deleted, groups, home, invitations, members, tokens, trail, workspace

urlpatterns = [
    path("", home.workspace_home, name="workspace_home"),
    path("settings/", workspace.workspace_settings, name="workspace_settings"),
    path("leave/", members.leave, name="leave"),
    path("members/", members.members, name="members"),
    path("members/invite/", invitations.invite, name="invite"),
    path("members/<uuid:person_id>/", members.member, name="member"),
    path("members/<uuid:person_id>/role/", members.change_role, name="member_role"),
    path("members/<uuid:person_id>/remove/", members.remove, name="member_remove"),
    path("members/<uuid:person_id>/reset-link/", members.reset_link, name="member_reset_link"),
    path("members/<uuid:person_id>/erase/", members.erase, name="member_erase"),
    path("members/invitations/<uuid:invitation_id>/", invitations.invited, name="invited"),
    path("members/invitations/<uuid:invitation_id>/renew/", invitations.renew, name="invitation_renew"),
    path("members/invitations/<uuid:invitation_id>/revoke/", invitations.revoke, name="invitation_revoke"),
    path("groups/", groups.groups, name="groups"),
    path("groups/new/", groups.new_group, name="group_new"),
    path("groups/<uuid:group_id>/", groups.group, name="group"),
    path("groups/<uuid:group_id>/member/", groups.add_member, name="group_member"),
    path("groups/<uuid:group_id>/delete/", groups.delete_group, name="group_delete"),
    path("pseudonyms/", groups.pseudonyms_page, name="pseudonyms"),
    path("pseudonyms/<uuid:annotator_id>/reveal/", groups.reveal, name="pseudonym_reveal"),
    path("audit/", trail.trail, name="trail"),
    path("audit/export/<slug:layout>/", trail.trail_file, name="trail_file"),
    path("deleted/", deleted.deleted, name="deleted"),
    path("deleted/<slug:kind>/<uuid:pk>/", deleted.deletion, name="deletion"),
    path("deleted/<slug:kind>/<uuid:pk>/restore/", deleted.restore, name="deletion-restore"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<uuid:token_id>/revoke/", tokens.revoke, name="token_revoke"),
]
