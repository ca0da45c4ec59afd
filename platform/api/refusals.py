"""What a domain function says when it will not do a thing. Pages show it at the field, the API as problem+json."""


class Refusal(Exception):
    """A sentence for the person who asked; `field` names the input that it is about."""

    status = 400

    def __init__(self, message: str, *, field: str = "", errors: list[tuple[str, str]] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.errors = errors if errors is not None else ([(field, message)] if field else [])


class Malformed(Refusal):
    """It cannot be read: a header, a query or a body that breaks its form."""


class TooLarge(Refusal):
    """More bytes or rows than one call takes."""

    status = 413


class Invalid(Refusal):
    """Well formed, but it makes no sense."""

    status = 422


class Conflict(Refusal):
    """It would contradict what already stands."""

    status = 409


class Unready(Refusal):
    """Not now: ask again after `retry_after` seconds."""

    status = 503

    def __init__(self, message: str, *, retry_after: int = 5) -> None:
        super().__init__(message)
        self.retry_after = retry_after
