"""Several heads that disagree where the evidence does not settle the matter."""
