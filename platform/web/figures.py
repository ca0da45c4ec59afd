"""Figures as people read them."""


def minus(figure: object) -> str:
    """With a minus, as plots and tables write it, where a program writes a hyphen."""
    return str(figure).replace("-", "−")
