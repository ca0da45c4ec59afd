"""The words of the product in other languages: found in the sources, kept in `.po` files, compiled to `.mo`."""
