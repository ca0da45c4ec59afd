"""What the sweeper does for collecting."""

from annotation.imports import staging
from annotation.quality import computing
from annotation.queue import leases
from annotation.snapshots import archives

CHORES = {
    "annotation.expire_leases": (10, leases.sweep_all),
    "annotation.forget_uploads": (3_600, staging.forget),
    "annotation.refresh_quality": (60, computing.refresh_due),
    "annotation.forget_archives": (3_600, archives.forget),
}
