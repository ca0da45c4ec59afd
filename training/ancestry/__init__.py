"""Where a policy comes from: one graph from it down to every judgment under it, and its picture."""
