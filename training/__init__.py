"""From a reward to a policy, under constraints."""
