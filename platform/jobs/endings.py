"""How a process ended, in words for the person who waits."""

import signal
from collections.abc import Sequence

from django.utils.translation import gettext as _

HEADER = "Traceback (most recent call last):"
NATIVE = {signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE}


def in_words(code: int, last_lines: Sequence[str]) -> str:
    """`code` is an exit status, negative for a signal."""
    if code < 0:
        return by_signal(-code)
    error = last_error(last_lines)
    if "out of memory" in error.lower() or error.startswith("MemoryError"):
        return _("Memory ran out ({error}). Try smaller batches or a smaller model.").format(error=error)
    if error:
        return _("An error that nobody foresaw stopped the work: {error}").format(error=error)
    return _("The work ended without saying how (exit status {code}).").format(code=code)


def by_signal(number: int) -> str:
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = str(number)
    if number == signal.SIGKILL:
        sentence = _("The system ended the work at once ({name}). Most often memory ran out: try smaller batches.")
        return sentence.format(name=name)
    if number in NATIVE:
        return _("The work crashed inside a native library ({name}).").format(name=name)
    return _("The work was ended from outside ({name}).").format(name=name)


def last_error(lines: Sequence[str]) -> str:
    """The first line after the frames of the last traceback: the error's type and what it says."""
    starts = [index for index, line in enumerate(lines) if line.strip() == HEADER]
    if not starts:
        return lines[-1].strip()[:500] if lines else ""
    after = [line for line in lines[starts[-1] + 1 :] if not line.startswith((" ", "\t"))]
    return after[0].strip()[:500] if after else ""
