"""Derivatives that are written behind an operand, before it, or as a fraction or a call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from symgen.equations.notation.differentials import Fraction, fraction_at, power_at, times
from symgen.equations.notation.reader import Reader
from symgen.equations.notation.tokens import CLOSE, LETTERS, OPEN, Token, closing, index_letters, tokens
from symgen.equations.notation.words import DERIVED, NAME
from symgen.exceptions import UsageError


class Derivatives(Reader):
    """What is differentiated in what."""

    def derivative(self, text: str, letters: str) -> str:
        """Of an operand, in symgen's grammar."""
        self._note(text, letters)
        text = text.strip()
        if not NAME.fullmatch(text):
            return f"{text}_{letters}" if is_bracket(text) else f"({text})_{letters}"
        derived = DERIVED.fullmatch(text)
        return text + letters if derived else f"{text}_{letters}"

    def _note(self, text: str, letters: str) -> None:
        """Remember what is differentiated in what."""
        name = text.strip().strip("()")
        words = self.words
        if NAME.fullmatch(name):
            derived = DERIVED.fullmatch(name)
            stem = derived[1] if derived else name
            words = replace(words, differentiated=words.differentiated | {stem})
        self.words = replace(words, indices=words.indices | set(letters))

    def _indexed(self, text: str, token: Token) -> str:
        letters = index_letters(token)
        if not letters.isalnum():
            self._refuse(f"{text}{token.text} is no derivative that is known here: write it as in u_xx.")
        if set(letters) <= set(LETTERS) and letters:
            if token.text.startswith("_{") and NAME.fullmatch(text):
                return self.derivative(text, letters)
            self._note(text, letters)
            return f"{text}_{letters}"
        number, comma, rest = re.sub(r"[_{}\s]", "", token.text).partition(",")
        if comma and set(rest) <= set(LETTERS) and NAME.fullmatch(text):
            return self.derivative(f"{text}_{number}" if number else text, rest)
        return f"{text}_{letters}"

    def _primed(self, text: str, count: int) -> str:
        """x'' by the variable of ordinary equations."""
        if not self.final:
            self._note(text, "")
            opened, letter, closed = (self._at(ahead).text for ahead in range(3))
            if letter in LETTERS and (opened, closed) == ("(", ")"):  # y'(x) says the variable
                self.words = replace(self.words, applied=self.words.applied | {letter})
            return text
        words = self.words
        told = words.independent or words.applied
        # x' = y is rather dx/dt, and y another unknown whose equation is missing, where x*y = y' is dy/dx
        coordinate = text in LETTERS and not words.indices and text < min(words.variables, default="t")
        unsaid = (bool(words.indices - {"t"}) or coordinate) and not told
        variables = sorted(words.variables | ({"t"} if unsaid else set())) or ["t"]
        if len(variables) > 1:
            both = " or ".join(self.derivative(text, letter * count) for letter in variables)
            self._refuse(f"{text}{count * chr(39)} does not say in which variable it is differentiated: write {both}.")
        return self.derivative(text, variables[0] * count)

    def _derivative_call(self, of: str | None = None) -> str:
        """`diff(u, x, 2)`, `Derivative(u, (x, 2), t)`, `D[u, {x, 2}]`; `of` an operand what follows `.diff`."""
        name = "diff" if of is not None else self._next.text
        self._place += 1
        close = CLOSE[OPEN.index(self._next.text)]
        self._place += 1
        inner = self._sum({",", close}) if of is None else of
        if of is None and self._next.text == ",":
            self._place += 1
        letters = ""
        for arguments in self._arguments(close):
            words = [a.text for a in arguments if a.text not in (*OPEN, *CLOSE, ",", "$")]
            if len(words) == 1 and words[0].isdecimal() and letters:
                letters += letters[-1] * (times(words[0]) - 1)
            elif 1 <= len(words) <= 2 and words[0] in LETTERS and all(w.isdecimal() for w in words[1:]):
                letters += words[0] * times(words[1] if len(words) == 2 else "1")
            else:
                written = "".join(a.space + a.text for a in arguments).strip()
                self._refuse(
                    f"{name} differentiates in {written or 'nothing'}: give variables among x, y, z and t, as in "
                    f" {name}(u, x, 2), or write u_xx."
                )
        if not letters:
            self._refuse(f"{name}({inner.strip()}) says no variable: write {name}({inner.strip()}, x).")
            return inner
        return self.derivative(inner, letters)

    def _arguments(self, close: str) -> Iterator[list[Token]]:
        """Those up to the closing bracket, which is taken."""
        current: list[Token] = []
        depth = 0
        while self._next:
            token = self._next
            self._place += 1
            if not depth and token.text == close:
                break
            if not depth and token.text == ",":
                yield current
                current = []
                continue
            depth += (token.text in OPEN) - (token.text in CLOSE) if token.kind == "sign" else 0
            current.append(token)
        if current:
            yield current

    def _differential(self) -> str:
        """What begins with the sign of partial derivatives."""
        before = power_at(self._items, self._place + 1)  # of ∂^2_x
        behind = self._place + 1 if before is None else before[1]
        if behind < len(self._items) and self._items[behind].kind == "index":
            letters = index_letters(self._items[behind])
            self._place = behind + 1
            power = before or power_at(self._items, self._place)
            if power is not None and len(letters) == 1:
                letters *= power[0]
                self._place = self._place if before else power[1]
            elif before and len(letters) != before[0]:
                self._refuse(f"'∂^{before[0]}_{letters}' is of order {before[0]} in {letters}: write ∂_{letters}.")
            return self._applied_to(letters, f"∂_{letters}")
        if (found := fraction_at(self._items, self._place, self.words.known)) is not None:
            return self._differentiated(found)
        raise UsageError(
            "The sign ∂ is read as in ∂u/∂t, ∂²u/∂x² and ∂_t u: write derivatives in one of these ways, or as u_t."
        )

    def _differentiated(self, found: Fraction) -> str:
        """A fraction of differentials."""
        if found.order != len(found.letters):
            self._refuse(
                f"A derivative of order {found.order} is divided by {len(found.letters)} differential"
                f"{'s' * (len(found.letters) != 1)}: write it as in d^2u/dx^2 or u_xx."
            )
        if found.numerator is None:
            self._place = found.end
            return self._applied_to(found.letters, f"∂/∂{found.letters[0]}")
        inner = type(self)(found.numerator, self.words, self.final)
        text = inner._sum(set())
        self.words = inner.words
        self._place = found.end
        return self._postfix(self.derivative(text, found.letters))

    def _applied_to(self, letters: str, operator: str) -> str:
        """An operator on the one factor behind it."""
        text, single = self._factor(operator)
        result = self.derivative(text, letters)
        if single or self._next.text in ("^", "**"):
            self._require_end(operator, text)
        return result

    def _laplacian(self) -> str:
        """`lap(u)`, `Δu`."""
        name = self._next.text
        self._place += 1
        if not self._begins(self._next):
            return "lap"
        text, single = self._factor(name)
        if NAME.fullmatch(text):
            self._note(text, "")
        if single or (name != "lap" and self._next.text in ("^", "**")):
            self._require_end("lap", text)
        return self._postfix(f"lap{text}" if is_bracket(text) else f"lap({text})")

    def _factor(self, operator: str) -> tuple[str, bool]:
        """The operand of an operator, and whether it is no bracket, which could have been meant to reach further."""
        token = self._next
        if not self._begins(token) or token.kind == "number":
            self._refuse(
                f"'{operator}' is followed by {token.text or 'nothing'!r}: write what is differentiated in brackets."
            )
        text = self._operand().strip()
        return text, token.text not in OPEN

    def _require_end(self, operator: str, text: str) -> None:
        """Refuse what may belong to the operand."""
        after = self._next
        if after.text in ("*", "^", "**") or self._begins(after):
            rest = after.text if after.text not in ("*", "^", "**") else f"{after.text} ..."
            self._refuse(
                f"'{operator} {text} {rest}' can be read in two ways: put what is differentiated in brackets, as in "
                f"{operator}({text} {rest}), or the derivative itself, as in ({operator} {text}) {rest}."
            )

    def _fraction(self) -> str:
        """`\\frac{a}{b}`, of differentials or other things."""
        start = self._place
        first = closing(self._items, start + 1)
        second = closing(self._items, first + 1)
        if first + 1 >= len(self._items) or self._items[first + 1].text != "{":
            raise UsageError(r"\frac needs two pairs of braces, as in \frac{1}{2}.")
        above, below = self._items[start + 2 : first], self._items[first + 2 : second]
        slash, left, right = Token("sign", "/"), Token("sign", "("), Token("sign", ")")
        flat = [*above, slash, left, *below, right]
        found = fraction_at(flat, 0, self.words.known) if above else None
        if found is None or found.end != len(flat):
            parts = [part if len(part) == 1 else [left, *part, right] for part in (above, below)]
            flat = [left, *parts[0], slash, *parts[1], right]
        self._items[start : second + 1] = flat
        return self._operand().strip()


def is_bracket(text: str) -> bool:
    """Whether a text is one bracket."""
    return text.startswith("(") and closing(tokens(text), 0) == len(tokens(text)) - 1
