"""The annotator's desk: what is mine, what I said, what I asked, what I have read."""
