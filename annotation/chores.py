"""What the sweeper does for collecting."""

from annotation import purge
from annotation.queue import leases

CHORES = {
    "annotation.expire_leases": (10, leases.sweep_all),
    "annotation.purge_projects": (3_600, purge.overdue),
}
