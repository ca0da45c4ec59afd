"""A living workspace to look at: an original data set, simulated annotators, and what is learned from them."""
