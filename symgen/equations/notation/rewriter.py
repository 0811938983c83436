"""One equation, from the notations that people use to symgen's grammar."""

from __future__ import annotations

from dataclasses import replace

from symgen.equations.notation.derivatives import Derivatives, is_bracket
from symgen.equations.notation.differentials import fraction_at
from symgen.equations.notation.tokens import CLOSE, END, LETTERS, OPEN, Token, closing
from symgen.equations.notation.typeset import DOT
from symgen.equations.notation.words import (
    CALLED,
    DERIVATIVES,
    DERIVED,
    LAPLACIANS,
    MODULES,
    NAME,
    OPERATORS,
    OTHER_NAMES,
)
from symgen.exceptions import UsageError


class Rewriter(Derivatives):
    """Sums, products, brackets, names and functions."""

    def equation(self) -> str:
        """All of it, rewritten."""
        if self._next.text == "Eq" and self._at(1).text == "(" and closing(self._items, 1) == len(self._items) - 1:
            self._place = 2
            left = self._sum({","})
            self._place += 1
            right = self._sum({")"})
            return f"{left} = {right}"
        result = ""
        while self._next:
            result += self._sum(set())
            if self._next:
                result += self._taken()
                self.readable = False  # a bracket that closes nothing: the parser points at it
        return result

    def _sum(self, stop: set[str]) -> str:
        """Operands and operators, up to a sign of `stop` that is not taken."""
        result, last, operator = "", "", ""  # the operand before, if nothing is between, and the operator before that
        last_token, below = END, -1  # and where a denominator begins, while it is not over
        while self._next and self._next.text not in stop:
            token = self._next
            if token.text in OPERATORS and token.kind == "sign":
                if token.text in ("^", "**") and (power := self._odd_power(result, last)) is not None:
                    result, last = power, power
                    continue
                unary = not last and token.text in ("+", "-")
                result += self._taken()
                if not unary:  # the sign in u^-2 and 1/-u ends nothing
                    operator = token.text
                    below = len(result) if operator == "/" else below if operator in ("^", "**") else -1
                last = ""
                continue
            if token.text == "∇":
                raise UsageError(
                    "The sign ∇ is read as in ∇²u: write gradients and divergences out, as in u*u_x + v*u_y."
                )
            if not self._begins(token):
                result += self._taken()
                last, operator, below = "", "", -1
                self.readable = False
                continue
            before = self._place
            operand = self._operand()
            if last:
                joined = self._juxtaposed(last, last_token, operator, operand, token)
                if joined and below >= 0:
                    self._refuse_below(result[below:].strip(), operand.strip())
                result += joined
                operator, below = ("*", -1) if joined else (operator, below)
            result += operand
            last, last_token = operand, self._items[before]
        return result

    def _juxtaposed(self, left: str, left_token: Token, operator: str, right: str, token: Token) -> str:
        """The sign between two operands that stand side by side; empty where it is no product."""
        pair = f"{left.strip()} {right.strip()}"
        if token.kind == "number":
            if left_token.kind != "number":
                self._refuse(
                    f"'{pair}' may be a product or a power: write {left.strip()}*{right.strip()} or "
                    f"{left.strip()}^{right.strip()}."
                )
            return ""
        if (
            operator in ("^", "**")
            and left_token.kind == "number"
            and not token.space
            and right.strip() in self.words.parameters
        ):
            self._refuse(
                f"'^{left.strip()}{right.strip()}' can be read in two ways: write ^{left.strip()}*{right.strip()} or "
                f"^({left.strip()}*{right.strip()})."
            )
        return "*"

    def _refuse_below(self, left: str, right: str) -> None:
        """A factor behind a denominator may belong to it."""
        self._refuse(
            f"'/{left} {right}' can be read in two ways: write /{left}*{right} for a product with the fraction, or "
            f"/({left}*{right}) for a product below it."
        )

    def _odd_power(self, result: str, last: str) -> str | None:
        """What stands before the sign of a power, with it, where it is none of a number; None for a usual one."""
        after = self._at(1)
        base = last.strip()
        if after.text.startswith("'"):  # u^\prime
            self._place += 1
            return result[: len(result) - len(last)] + self._postfix(last)
        if after.text == "*":
            self._refuse(f"'{base}^*' has no number after the power: write conj({base}) for the complex conjugate.")
        if after.text == "{" and self._at(2).text == "(" and self._at(3).text.isdigit() and self._at(4).text == ")":
            n = self._at(3).text
            letters = next(iter(sorted(self.words.variables)), "x") * min(int(n), 9)
            self._refuse(f"'{base}^{{({n})}}' may be a derivative or a power: write {base}_{letters} or {base}^{n}.")
        return None

    def _operand(self) -> str:
        """A number, a name, a bracket, a call or a derivative, with what is attached to it."""
        token = self._next
        if token.kind == "number":
            return self._taken()
        if token.text == "∂":
            return token.space + self._differential()
        if token.text == "|":
            self._place += 1
            inside = self._sum({"|"})
            self._place += 1
            return f"{token.space}abs({inside})"
        if token.text in OPEN:
            return token.space + self._postfix(self._bracket())
        return token.space + self._named()

    def _bracket(self) -> str:
        """A bracket of any shape, with round ones."""
        close = CLOSE[OPEN.index(self._next.text)]
        self._place += 1
        inside = self._sum({close})
        while self._next and self._next.text != close:
            inside += self._taken()
        if not self._next:
            return f"({inside}"
        end = self._taken()
        return f"({inside}{end[:-1]})"

    def _named(self) -> str:
        """What begins with a name."""
        token, after = self._next, self._at(1)
        name = token.text
        opened = after.kind == "sign" and after.text in OPEN and bool(after.text)
        if name in self.words.parameters:
            return self._plain_name()
        if name in MODULES and after.text == "." and self._at(2).kind == "name":
            self._place += 2
            return self._named()
        if name == "frac" and after.text == "{":
            return self._fraction()
        if name in LAPLACIANS and name not in self.words.known:
            return self._laplacian()
        if name in DERIVATIVES and opened and (name not in self.words.known or self._has_comma(1)):
            return self._postfix(self._derivative_call())
        differential = name not in self.words.known and name.startswith("d")
        if differential and (found := fraction_at(self._items, self._place, self.words.known)) is not None:
            return self._differentiated(found)
        if name == "e" and name not in self.words.known | self.words.differentiated and after.text in ("^", "**"):
            return self._exponential()
        called = OTHER_NAMES.get(name, name) if name not in self.words.known else name
        if called in CALLED and opened:
            self._place += 1
            return self._postfix(called + self._bracket())
        if called in CALLED:
            if after.text in ("^", "**"):
                self._refuse(f"'{name}^' needs its argument first: write a power as in {called}(u)^2.")
            elif self._begins(after):
                self._refuse(f"'{name} {after.text}' needs brackets: write {called}({after.text}), or what it is of.")
        return self._plain_name()

    def _plain_name(self) -> str:
        """A name with its arguments, indices and primes."""
        token = self._next
        self._place += 1
        name = token.text
        derived = DERIVED.fullmatch(name)
        if name in LETTERS and name not in self.words.unknowns:
            self.words = replace(self.words, mentioned=self.words.mentioned | {name})
        elif derived and name not in self.words.parameters:
            self._note(derived[1], derived[2])
        return self._postfix(name)

    def _postfix(self, text: str) -> str:
        """With derivatives that are written behind an operand, and the arguments of an unknown."""
        while True:
            token = self._next
            if token.kind == "index" and not token.space.strip():
                self._place += 1
                text = self._indexed(text, token)
            elif token.text.startswith("'"):
                self._place += 1
                text = self._primed(text, len(token.text))
            elif token.text.startswith(DOT):
                self._place += 1
                text = self.derivative(text, "t" * len(token.text))
            elif token.text == "." and self._at(1).text == "diff" and self._at(2).text == "(":
                self._place += 1
                text = self._derivative_call(text)
            elif token.text in ("(", "[") and NAME.fullmatch(text) and self._is_applied(text):
                self._place = closing(self._items, self._place) + 1
            elif token.text in ("(", "[") and NAME.fullmatch(text) and not self._is_factor(text):
                return text + token.space + self._bracket()  # a function that the parser may know
            else:
                return text

    def _exponential(self) -> str:
        """e^(...) of the number e, which reaches as far as a power does: e^-x^2 is exp(-x^2)."""
        start = self._place
        self._place += 2
        sign = self._taken() if self._next.text in ("-", "+") else ""
        first = self._next
        power = self._operand().strip()
        raised = self._next.text in ("^", "**")
        if raised and first.text not in OPEN:
            power += self._taken()
            power += self._taken() if self._next.text in ("-", "+") else ""
            power += self._operand()
            raised = self._next.text in ("^", "**")
        index = self._at(-1).kind == "index" or DERIVED.fullmatch(power)
        number = first.kind == "number" and self._begins(self._next) and not self._next.space
        if raised or number or (index and power not in self.words.parameters):
            written = "".join(token.space + token.text for token in self._items[start : self._place]).strip()
            behind = self._next.text if raised or number else ""
            self._refuse(f"'{written}{behind}' can be read in two ways: write it with exp(...).")
        return f"exp({sign}{power})" if sign or not is_bracket(power) else f"exp{power}"

    def _has_comma(self, ahead: int) -> bool:
        start = self._place + ahead
        return any(token.text == "," for token in self._items[start : closing(self._items, start)])

    def _is_applied(self, text: str) -> bool:
        """Whether the bracket behind a name has the arguments of an unknown, and is no factor."""
        words, derived = self.words, DERIVED.fullmatch(text)
        stem = derived[1] if derived else text
        inside = self._items[self._place + 1 : closing(self._items, self._place)]
        names = [token.text for token in inside if token.kind == "name"]
        letters = [token.text for token in inside[::2]]
        commas = [token.text for token in inside[1::2]]
        written = f"{text}({''.join(token.space + token.text for token in inside)})"
        plain = bool(letters) and all(letter in LETTERS for letter in letters) and all(c == "," for c in commas)
        if plain and len(letters) == 1 and not self._is_factor(text):
            return False
        if plain and not set(letters) & set(words.differentiated):
            if stem in words.parameters or (text in LETTERS and text not in words.unknowns):
                self._refuse(f"{written} can be read in two ways: write {text}*{letters[0]} for a product.")
                return False
            if not self.final:
                self.words = replace(words, applied=words.applied | set(letters)) if len(letters) > 1 else words
                return True
            if missing := sorted(words.variables - set(letters)):
                self._refuse(
                    f"{written} leaves out {missing[0]}: write {text} for the unknown, or {text}*{letters[0]} for a "
                    "product."
                )
            self.words = replace(words, applied=words.applied | set(letters))
            return True
        if stem in words.unknowns and ("," in [token.text for token in inside]):
            self._refuse(f"{written} is {stem} at another place, which symgen's equations cannot have.")
        if stem in words.unknowns:
            unknown = any((m[1] if (m := DERIVED.fullmatch(n)) else n) in words.unknowns for n in names)
            if not unknown and (not names or any(n in LETTERS for n in names) or len(inside) == 1):
                self._refuse(
                    f"{written} can be read in two ways: write {text}*({written[len(text) + 1 : -1]}) for a product."
                )
        return False

    def _is_factor(self, name: str) -> bool:
        """Whether a name stands for a number, and not for a function."""
        derived = DERIVED.fullmatch(name)
        return bool({name, derived[1] if derived else name} & {*self.words.known, *self.words.differentiated, *LETTERS})
