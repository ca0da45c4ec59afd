"""What the sweeper does for webhooks."""

from hooks import sending

CHORES = {"hooks.ring_due": (5, sending.ring_due), "hooks.forget": (3_600, sending.forget)}
