"""Studies of the text world, as the product runs and shows them."""
