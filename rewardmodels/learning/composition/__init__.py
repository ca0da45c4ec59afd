"""A utility that is a weighted sum of named features (Go et al. 2023, arXiv 2310.13011)."""
