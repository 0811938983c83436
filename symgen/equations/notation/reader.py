"""A reader of the tokens of an equation."""

from __future__ import annotations

from abc import ABC, abstractmethod

from symgen.equations.notation.tokens import END, OPEN, Token
from symgen.equations.notation.words import Words
from symgen.exceptions import UsageError


class Reader(ABC):
    """Reads tokens from left to right. `final`: refuse what is ambiguous, which needs all names known."""

    def __init__(self, items: list[Token], words: Words, final: bool) -> None:
        self.words, self.final = words, final
        self.readable = True
        """Whether there is nothing that has no meaning here."""
        self._items = items
        self._place = 0

    @abstractmethod
    def _sum(self, stop: set[str]) -> str:
        """Operands and operators, up to a sign of `stop` that is not taken."""

    @abstractmethod
    def _operand(self) -> str:
        """A number, a name, a bracket, a call or a derivative, with what is attached to it."""

    @abstractmethod
    def _postfix(self, text: str) -> str:
        """An operand with what is written behind it."""

    @property
    def _next(self) -> Token:
        return self._at(0)

    def _at(self, ahead: int) -> Token:
        place = self._place + ahead
        return self._items[place] if place < len(self._items) else END

    def _taken(self) -> str:
        token = self._next
        self._place += 1
        return token.space + token.text

    def _refuse(self, problem: str) -> None:
        """Of what has no meaning at all, the parser says so."""
        if self.final and self.readable:
            raise UsageError(problem)

    def _begins(self, token: Token) -> bool:
        """Whether an operand begins with a token."""
        return token.kind in ("number", "name") or token.text in (*OPEN, "∂", "|")
