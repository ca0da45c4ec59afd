"""Pure torch: rollouts, advantages, losses, constraints."""
