"""Pure torch: evidence, likelihoods, heads, fitting, evaluation."""
