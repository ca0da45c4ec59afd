"""What the rewards of a policy are before anything is pushed: thresholds are chosen by looking at that."""
