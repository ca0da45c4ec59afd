"""What ends a command: one sentence for the person who typed it."""


class Trouble(SystemExit):
    """Says what is wrong and what to do; the process ends with 1 and everything it started is stopped on the way."""
