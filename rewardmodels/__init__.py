"""From a frozen data set to a reward with a unit and a spread."""
