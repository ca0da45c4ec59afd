"""Round and round: policy, people, reward, policy; and a workspace that shows it."""
