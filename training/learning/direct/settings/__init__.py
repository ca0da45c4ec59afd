"""What a person chooses about direct alignment: a frozen dataclass a loss, checked when made."""
