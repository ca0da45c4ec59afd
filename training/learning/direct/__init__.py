"""Direct alignment: a policy learned from frozen judgments, without sampling from it."""
