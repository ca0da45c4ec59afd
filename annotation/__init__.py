"""From a file of prompts to a frozen data set."""
