"""The errors symgen raises on purpose; the command line maps each to an exit code.

Messages are one or two sentences for a person: the file or name, what is wrong, what to do.
"""

from __future__ import annotations

from symgen.printable import printable


class SymgenError(Exception):
    """Base of every error that symgen raises on purpose."""

    def __str__(self) -> str:
        return printable(super().__str__())  # names and text in it may come from a file


class SymgenWarning(UserWarning):
    """Something that may make a result wrong."""

    def __str__(self) -> str:
        return printable(super().__str__())


class UsageError(SymgenError):
    """A name, option or combination that makes no sense (exit code 2)."""


class DataError(SymgenError):
    """A file or data that cannot be used (exit code 3)."""


class SolverError(DataError):
    """A simulation that blew up or could not be resolved (exit code 3)."""


class TrainingError(SymgenError):
    """A training that broke down (exit code 1)."""


class Interrupted(SymgenError):
    """Work that was stopped with Ctrl-C, but left something to go on from (exit code 130)."""


class CheckFailed(SymgenError):
    """A check that the user asked for does not hold (exit code 4)."""


class ProcessLost(SymgenError):
    """Another process of the same run has ended, so this one does too (exit code 1)."""
