"""What the API offers of people and rights."""
