"""Where a component should be held: proxy points from runs that went too far, and a search within one run."""
