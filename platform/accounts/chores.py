"""What the sweeper does for people and rights."""

from accounts import invitations, sessions
from accounts.deletion import purging

DAY = 86_400
CHORES = {
    "accounts.purge_deleted": (3_600, purging.overdue),
    "accounts.forget_ended_sessions": (DAY, sessions.forget_ended),
    "accounts.forget_old_invitations": (DAY, invitations.forget_old),
}
