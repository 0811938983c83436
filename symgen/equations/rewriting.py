"""One equation, from the notations that people use to symgen's grammar; see `symgen.equations.notation`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from symgen.equations.differentials import Fraction, fraction_at, power_at
from symgen.equations.tokens import CLOSE, END, LETTERS, OPEN, Token, closing, index_letters, tokens
from symgen.equations.typeset import DOT
from symgen.exceptions import UsageError
from symgen.expressions import FUNCTIONS

CALLED = {*FUNCTIONS, "lap", "abs", "conj", "re", "im"}
LAPLACIANS = ("lap", "laplacian", "Laplacian", "laplace", "Laplace")
DERIVATIVES = ("Derivative", "diff", "Diff", "D")
OTHER_NAMES = {"Sin": "sin", "Cos": "cos", "Tan": "tan", "Exp": "exp", "Log": "log", "Sqrt": "sqrt", "Tanh": "tanh"}
OTHER_NAMES |= {"Sinh": "sinh", "Cosh": "cosh", "ln": "log", "Abs": "abs", "Conjugate": "conj", "conjugate": "conj"}
MODULES = ("np", "numpy", "sp", "sympy", "torch", "math", "jnp")
OPERATORS = ("+", "-", "*", "/", "**", "^", "=")
_NAME = re.compile(r"[^\W\d_]\w*")
_DERIVED = re.compile(r"(\w+?)_([xyzt]+)")


@dataclass(frozen=True)
class Words:
    """What is known of names: some beforehand, some from the equations themselves."""

    parameters: frozenset[str]
    known: frozenset[str]
    """Parameters, and names with a derivative in symgen's own notation."""
    independent: tuple[str, ...] = ()
    differentiated: frozenset[str] = frozenset()
    indices: frozenset[str] = frozenset()
    """Letters in which something is differentiated."""
    mentioned: frozenset[str] = frozenset()
    """Letters x, y, z and t that stand alone."""
    applied: frozenset[str] = frozenset()
    """Letters that unknowns are written as functions of."""

    @property
    def unknowns(self) -> frozenset[str]:
        """Names that are differentiated, or known otherwise and no parameters."""
        return (self.known | self.differentiated) - self.parameters

    @property
    def variables(self) -> frozenset[str]:
        """Letters that are independent variables, as far as can be told."""
        return frozenset(self.independent) or (self.indices | self.mentioned | self.applied) - self.unknowns


class Rewriter:
    """Reads an equation from left to right. `final`: refuse what is ambiguous, which needs all names known."""

    def __init__(self, text: str, words: Words, final: bool) -> None:
        self.words, self.final = words, final
        self._items = tokens(text)
        self._place = 0
        self.readable = True
        """Whether there is nothing in it that has no meaning here."""
        self.result = self._equation()

    def _equation(self) -> str:
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
        return re.sub(r"(?<=[\w)])\s*[.,;]\s*$", "", result)  # the end of a sentence

    # --- tokens

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
        if self.final:
            raise UsageError(problem)

    # --- sums and products

    def _sum(self, stop: set[str]) -> str:
        """Operands and operators, up to a sign of `stop` that is not taken."""
        result, last, operator = "", "", ""  # the operand before, if nothing is between, and the operator before that
        last_token = END
        while self._next and self._next.text not in stop:
            token = self._next
            if token.text in OPERATORS and token.kind == "sign":
                if token.text in ("^", "**") and (power := self._odd_power(result, last)) is not None:
                    result, last = power, power
                    continue
                result += self._taken()
                last, operator = "", token.text
                continue
            if not self._begins(token):
                result += self._taken()
                last = operator = ""
                self.readable = False
                continue
            before = self._place
            operand = self._operand()
            if last:
                joined = self._juxtaposed(last, last_token, operator, operand, token)
                result += joined
                operator = "*" if joined else operator
            result += operand
            last, last_token = operand, self._items[before]
        return result

    def _begins(self, token: Token) -> bool:
        """Whether an operand begins with a token."""
        return token.kind in ("number", "name") or token.text in (*OPEN, "∂", "|")

    def _juxtaposed(self, left: str, left_token: Token, operator: str, right: str, token: Token) -> str:
        """The sign between two operands that stand side by side; empty where it is no product."""
        pair = f"{left.strip()} {right.strip()}"
        if token.kind == "number":
            if left_token.kind != "number":
                self._refuse(f"'{pair}' may be a product or a power: write {left.strip()}*{right.strip()} or "
                             f"{left.strip()}^{right.strip()}.")
            return ""
        if operator == "/":
            self._refuse(
                f"'/{pair}' can be read in two ways: write /{left.strip()}*{right.strip()} for a product with the "
                f"fraction, or /({left.strip()}*{right.strip()}) for a product below it."
            )
        if operator in ("^", "**") and left_token.kind == "number" and not token.space and right.strip() in self.words.parameters:
            self._refuse(
                f"'^{left.strip()}{right.strip()}' can be read in two ways: write ^{left.strip()}*{right.strip()} or "
                f"^({left.strip()}*{right.strip()})."
            )
        return "*"

    def _odd_power(self, result: str, last: str) -> str | None:
        """What stands before the sign of a power, with it, where it is none of a number; None for a usual one."""
        after = self._at(1)
        base = last.strip()
        if after.text.startswith("'"):  # u^\prime
            self._place += 1
            return result[: len(result) - len(last)] + self._postfix(last)
        if after.text == "*":
            self._refuse(f"'{base}^*' has no number after the power: write conj({base}) for the complex conjugate.")
        if after.text == "{" and self._at(2).text == "(" and self._at(3).kind == "number" and self._at(4).text == ")":
            n = self._at(3).text
            letter = next(iter(sorted(self.words.variables)), "x")
            self._refuse(
                f"'{base}^{{({n})}}' may be a derivative or a power: write {base}_{letter * int(n) if n.isdigit() and int(n) < 9 else letter} or "
                f"{base}^{n}."
            )
        return None

    # --- operands

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
        if name not in self.words.known and name.startswith("d"):
            if (found := fraction_at(self._items, self._place, self.words.known)) is not None:
                return self._differentiated(found)
        if name == "e" and name not in self.words.known and after.text in ("^", "**"):
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
        derived = _DERIVED.fullmatch(name)
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
            elif token.text in ("(", "[") and _NAME.fullmatch(text) and self._is_applied(text):
                self._place = closing(self._items, self._place) + 1
            elif token.text in ("(", "[") and _NAME.fullmatch(text) and not self._is_factor(text):
                return text + token.space + self._bracket()  # a function that the parser may know
            else:
                return text

    def _indexed(self, text: str, token: Token) -> str:
        letters = index_letters(token)
        if set(letters) <= set(LETTERS) and letters:
            if token.text.startswith("_{") and _NAME.fullmatch(text):
                return self.derivative(text, letters)
            self._note(text, letters)
            return f"{text}_{letters}"
        number, comma, rest = re.sub(r"[_{}\s]", "", token.text).partition(",")
        if comma and set(rest) <= set(LETTERS) and _NAME.fullmatch(text):
            return self.derivative(f"{text}_{number}" if number else text, rest)
        return f"{text}_{letters}"

    def _primed(self, text: str, count: int) -> str:
        """x'' by the variable of ordinary equations."""
        if not self.final:
            self._note(text, "")
            return text
        variables = sorted(self.words.variables) or ["t"]
        if len(variables) > 1:
            both = " or ".join(f"{text}_{letter * count}" for letter in variables)
            raise UsageError(f"{text}{count * chr(39)} does not say in which variable it is differentiated: write {both}.")
        return self.derivative(text, variables[0] * count)

    # --- derivatives

    def derivative(self, text: str, letters: str) -> str:
        """Of an operand, in symgen's grammar."""
        self._note(text, letters)
        text = text.strip()
        if not _NAME.fullmatch(text):
            return f"{text}_{letters}" if _is_bracket(text) else f"({text})_{letters}"
        derived = _DERIVED.fullmatch(text)
        return text + letters if derived else f"{text}_{letters}"

    def _note(self, text: str, letters: str) -> None:
        """Remember what is differentiated in what."""
        name = text.strip().strip("()")
        words = self.words
        if _NAME.fullmatch(name):
            derived = _DERIVED.fullmatch(name)
            stem = derived[1] if derived else name
            words = replace(words, differentiated=words.differentiated | {stem})
        self.words = replace(words, indices=words.indices | set(letters))

    def _derivative_call(self, of: str | None = None) -> str:
        """`diff(u, x, 2)`, `Derivative(u, (x, 2), t)`, `D[u, {x, 2}]`; `of` an operand, what is in brackets of `.diff`."""
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
            if len(words) == 1 and words[0].isdigit() and letters:
                letters += letters[-1] * (int(words[0]) - 1)
            elif 1 <= len(words) <= 2 and words[0] in LETTERS and all(w.isdigit() for w in words[1:]):
                letters += words[0] * int(words[1] if len(words) == 2 else 1)
            else:
                written = "".join(a.space + a.text for a in arguments).strip()
                self._refuse(
                    f"{name} differentiates in {written or 'nothing'}: give variables among x, y, z and t, with numbers as in "
                    f"{name}(u, x, 2), or write u_xx."
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
        if self._at(1).kind == "index":
            letters = index_letters(self._at(1))
            self._place += 2
            if (power := power_at(self._items, self._place)) is not None and len(letters) == 1:
                letters, self._place = letters * power[0], power[1]
            return self._applied_to(letters, f"∂_{letters}")
        if (found := fraction_at(self._items, self._place, self.words.known)) is not None:
            return self._differentiated(found)
        raise UsageError("The sign ∂ is read as in ∂u/∂t, ∂²u/∂x² and ∂_t u: write derivatives in one of these ways, or as u_t.")

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
        inner = Rewriter.__new__(Rewriter)
        inner.words, inner.final, inner._items, inner._place = self.words, self.final, found.numerator, 0
        inner.readable = True
        text = inner._sum(set())
        self.words = inner.words
        self._place = found.end
        return self._postfix(self.derivative(text, found.letters))

    def _applied_to(self, letters: str, operator: str) -> str:
        """An operator on the one factor behind it."""
        text, single = self._factor(operator)
        result = self.derivative(text, letters)
        if single:
            self._require_end(operator, text)
        return result

    def _laplacian(self) -> str:
        """`lap(u)`, `Δu`."""
        name = self._next.text
        self._place += 1
        if not self._begins(self._next):
            return name
        text, single = self._factor(name)
        if _NAME.fullmatch(text):
            self._note(text, "")
        if single:
            self._require_end("lap ", text)
        return self._postfix(f"lap{text}" if _is_bracket(text) else f"lap({text})")

    def _factor(self, operator: str) -> tuple[str, bool]:
        """The operand of an operator, and whether it is no bracket, which could have been meant to reach further."""
        token = self._next
        if not self._begins(token) or token.kind == "number":
            self._refuse(f"'{operator}' is followed by {token.text or 'nothing'!r}: write what is differentiated in brackets.")
        text = self._operand().strip()
        return text, not (token.text in OPEN)

    def _require_end(self, operator: str, text: str) -> None:
        """Refuse what may belong to the operand."""
        after = self._next
        if after.text in ("*", "^", "**") or self._begins(after):
            rest = after.text if after.text not in ("*", "^", "**") else f"{after.text} ..."
            self._refuse(
                f"'{operator}{'' if operator.endswith(' ') else ' '}{text} {rest}' can be read in two ways: put what is "
                f"differentiated in brackets, as in {operator.strip()}({text}), or the derivative itself."
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
            flat = [left, left, *above, right, slash, left, *below, right, right]
        self._items[start : second + 1] = flat
        return self._operand().strip()

    def _exponential(self) -> str:
        """e^(...) of the number e."""
        self._place += 2
        sign = self._taken() if self._next.text in ("-", "+") else ""
        power = self._operand().strip()
        return f"exp({sign}{power})" if sign or not _is_bracket(power) else f"exp{power}"

    # --- arguments of unknowns

    def _has_comma(self, ahead: int) -> bool:
        start = self._place + ahead
        return any(token.text == "," for token in self._items[start : closing(self._items, start)])

    def _is_applied(self, text: str) -> bool:
        """Whether the bracket behind a name has the arguments of an unknown, and is no factor."""
        words, derived = self.words, _DERIVED.fullmatch(text)
        stem = derived[1] if derived else text
        inside = self._items[self._place + 1 : closing(self._items, self._place)]
        names = [token.text for token in inside if token.kind == "name"]
        letters = [token.text for token in inside[::2]]
        commas = [token.text for token in inside[1::2]]
        written = f"{text}({''.join(token.space + token.text for token in inside)})"
        plain = bool(letters) and all(l in LETTERS and l for l in letters) and all(c == "," for c in commas)
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
                    f"{written} leaves out {missing[0]}: write {text} for the unknown, or {text}*{letters[0]} for a product."
                )
            self.words = replace(words, applied=words.applied | set(letters))
            return True
        if stem in words.unknowns and ("," in [token.text for token in inside]):
            self._refuse(f"{written} is {stem} at another place, which symgen's equations cannot have.")
        if stem in words.unknowns:
            unknown = any((m[1] if (m := _DERIVED.fullmatch(n)) else n) in words.unknowns for n in names)
            if not unknown and (not names or any(n in LETTERS for n in names) or len(inside) == 1):
                self._refuse(f"{written} can be read in two ways: write {text}*({written[len(text) + 1 : -1]}) for a product.")
        return False

    def _is_factor(self, name: str) -> bool:
        """Whether a name stands for a number, and not for a function."""
        derived = _DERIVED.fullmatch(name)
        return bool({name, derived[1] if derived else name} & {*self.words.known, *self.words.differentiated, *LETTERS})


def _is_bracket(text: str) -> bool:
    """Whether a text is one bracket."""
    return text.startswith("(") and closing(tokens(text), 0) == len(tokens(text)) - 1
