"""The pages of collecting: access, form, one domain call, render."""
