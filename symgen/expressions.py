"""Formulas from strings, by an allow-list, and from sympy to torch. No string is ever evaluated as code."""

from __future__ import annotations

import ast
import difflib
import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sympy
import torch

from symgen.exceptions import UsageError
from symgen.real_expressions import require_real
from symgen.symbolic import is_constant, parameters_in

MAX_LENGTH = 2000
MAX_DEPTH = 60
MAX_POWER = 20
LARGEST = 1e100  # number that may be written; its inverse is the smallest
LARGEST_EXACT = 2**53
MAX_BITS = 4096  # of a whole number; powers of powers grow beyond all bounds
LARGEST_ARGUMENT = 230  # number that exp is taken of; it is 1e100 then

NAMES = ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "sqrt")
GROWING = ("exp", "sinh", "cosh", "tanh")
FUNCTIONS = {name: getattr(sympy, name) for name in NAMES}


def _of_tensor_or_number(name: str) -> Callable[[torch.Tensor | float], torch.Tensor | float]:
    """The function for both: constants such as sin(1) stay in expressions, and torch takes tensors only."""
    of_tensor = getattr(torch, name)

    @lru_cache(1024)
    def of_number(value: float) -> float:
        return float(of_tensor(torch.tensor(value, dtype=torch.float64)))

    def function(value: torch.Tensor | float) -> torch.Tensor | float:
        if isinstance(value, torch.Tensor):
            return of_tensor(value)
        return of_number(value)

    return function


TORCH_FUNCTIONS = {name: _of_tensor_or_number(name) for name in NAMES}

_KEYWORDS = re.compile(rf"(?<!\w)({'|'.join(keyword.kwlist)})(?!\w)")

Lookup = Callable[[str], sympy.Expr | None]
"""From a name to what it stands for; None for an unknown one, ValueError to say what is wrong with it."""

Derive = Callable[[sympy.Expr, str], sympy.Expr]
"""From an expression and an index such as `xx` to its derivative; ValueError to say what is wrong with it."""
Function = Callable[[sympy.Expr], sympy.Expr]
"""Of one argument; ValueError to say what is wrong with that."""


def parse(
    text: str,
    lookup: Lookup,
    known: Sequence[str],
    hint: str = "",
    derive: Derive | None = None,
    functions: Mapping[str, Function] | None = None,
    real: bool = True,
) -> sympy.Expr:
    """Sympy expression of numbers, + - * / ** (or ^), elementary functions, pi and the names of `lookup`.

    `a = b` is read as `a - (b)`, and with `derive` `(a)_xx` as a derivative. `functions` are known beside the
    elementary ones. `known` are the names to show to a user who mistypes one, `hint` a sentence for them with {name} in
    it. Without `real`, `require_real` is to look at the result later, once it is split into real and imaginary parts.
    Raises UsageError that points at the place where the text goes wrong.
    """
    if len(text) > MAX_LENGTH:
        raise UsageError(f"The expression has {len(text)} characters; at most {MAX_LENGTH} are allowed.")
    if text.count("=") > 1:
        raise UsageError(f"{text!r} has more than one '='.")
    left, equals, right = text.replace("^", "**").partition("=")
    builder = _Builder(lookup, known, hint, derive, functions or {})
    expression = builder.side(left)
    if equals:
        expression -= builder.side(right)
    if real:
        require_real(expression, text)
    return expression


def parse_field(components: Sequence[str], coordinates: Sequence[str]) -> tuple[sympy.Expr, ...]:
    """A vector field from its components, strings in the coordinates."""
    symbols = {name: sympy.Symbol(name, real=True) for name in coordinates}
    return tuple(parse(component, symbols.get, coordinates) for component in components)


class CompiledExpressions:
    """A function of tensors of one shape S, one per argument, giving all expressions: (len(expressions), *S)."""

    def __init__(self, arguments: Sequence[sympy.Symbol], expressions: Sequence[sympy.Expr]) -> None:
        self.arguments, self.expressions = tuple(arguments), tuple(expressions)
        numbers = {n for e in expressions for n in e.atoms(sympy.Rational) if max(abs(n.p), n.q) > LARGEST_EXACT}
        floats = {n: sympy.Float(n, 17) for n in numbers}  # torch takes no integers beyond 64 bits
        rounded = [e.xreplace(floats) for e in expressions]
        self._function = sympy.lambdify(list(arguments), rounded, modules=[TORCH_FUNCTIONS, "math"], cse=True)

    def __call__(self, values: Sequence[torch.Tensor]) -> torch.Tensor:
        """Values of the arguments, in order -> those of the expressions."""
        like = values[0]
        return torch.stack([_as(value, like).expand_as(like) for value in self._function(*values)])

    def __reduce__(self) -> tuple[Any, ...]:
        return CompiledExpressions, (self.arguments, self.expressions)  # functions made from text cannot be pickled


def _as(value: torch.Tensor | float, like: torch.Tensor) -> torch.Tensor:
    """A value of one expression; constants come back as plain numbers, which a device fills in by itself."""
    if isinstance(value, torch.Tensor):
        return value.to(like)
    return torch.full((), value, dtype=torch.float64, device=like.device).to(like.dtype)


def _fault(source: str, column: int, problem: str) -> UsageError:
    start = max(0, column - 30)
    excerpt = source[start : column + 30]
    return UsageError(f"The expression {problem} (column {column + 1}):\n  {excerpt}\n  {' ' * (column - start)}^")


class _Builder:
    """Walks Python's syntax tree of an arithmetic expression; any other node is refused."""

    def __init__(
        self,
        lookup: Lookup,
        known: Sequence[str],
        hint: str,
        derive: Derive | None,
        functions: Mapping[str, Function],
    ) -> None:
        self.source = ""
        self.lookup = lookup
        self.known = known
        self.hint = hint
        self.derive = derive
        self.functions: Mapping[str, Function] = {**FUNCTIONS, **functions}

    def side(self, text: str) -> sympy.Expr:
        """A formula, or one side of an equation."""
        self.source = source = " ".join(text.split())
        if not source:
            raise UsageError("The formula, or one side of it, is empty. Write it as in 'u_t + u*u_x + u_xxx'.")
        # an index after a bracket is an attribute to Python's parser, which binds as tightly
        readable = source.replace(")_", ").") if self.derive and ")." not in source else source
        # and words such as lambda, which it keeps for itself, are names here; they are read in the source
        readable = _KEYWORDS.sub(lambda word: "k" * len(word[0]), readable)
        try:
            tree = ast.parse(readable, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            offset = getattr(error, "offset", None) or 1
            raise _fault(source, offset - 1, "is not a formula here") from None
        return self.build(tree, 0)

    def fault(self, node: ast.expr, problem: str) -> UsageError:
        column = len(self.source.encode()[: node.col_offset].decode())  # Python counts bytes
        return _fault(self.source, column, problem)

    def text(self, node: ast.expr) -> str:
        """What was written there."""
        return self.source.encode()[node.col_offset : node.end_col_offset].decode()

    def is_index(self, node: ast.Attribute) -> bool:
        """Whether what Python sees as an attribute was written with an underscore."""
        place = (node.end_col_offset or 0) - len(node.attr.encode()) - 1
        return self.source.encode()[place : place + 1] == b"_"

    def build(self, node: ast.expr, depth: int) -> sympy.Expr:
        if depth > MAX_DEPTH:
            raise self.fault(node, "is nested too deeply")
        match node:
            case ast.Constant(value=int() | float() as value):
                return self.number(node, value)
            case ast.Name():
                return self.name(node, self.text(node))
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -self.build(inner, depth + 1)
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return self.build(inner, depth + 1)
            case ast.BinOp():
                return self.chain(node, depth)
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in self.functions:
                inner = self.build(argument, depth + 1)
                if inner.is_number and name in GROWING and not abs(sympy.N(inner)) <= LARGEST_ARGUMENT:
                    raise self.fault(node, "has a number that is too large or too small")
                try:
                    return self.functions[name](inner)
                except ValueError as error:
                    raise self.fault(node, str(error)) from None
            case ast.Attribute(value=inner, attr=attribute) if self.derive and self.is_index(node):
                index = self.text(node)[-len(attribute) :]
                try:
                    return self.derive(self.build(inner, depth + 1), index)
                except ValueError as error:
                    raise self.fault(node, str(error)) from None
            case ast.Call(func=ast.Name(id=name)):
                allowed = ", ".join(sorted(self.functions))
                raise self.fault(node, f"calls {name!r}; known functions of one argument are {allowed}")
        raise self.fault(node, "has something that is no number, name, operator or known function")

    def chain(self, node: ast.BinOp, depth: int) -> sympy.Expr:
        """a + b - c ..., which Python nests to the left: no deeper than its parts."""
        links = [node]
        while isinstance(links[-1].left, ast.BinOp):
            links.append(links[-1].left)
        result = self.build(links[-1].left, depth + 1)
        for link in reversed(links):
            if isinstance(link.op, ast.Pow):
                self.require_no_index(link.right)
            result = self.binary(link, link.op, result, self.build(link.right, depth + 1))
        return result

    def number(self, node: ast.expr, value: int | float) -> sympy.Expr:
        if not abs(value) < LARGEST:
            raise self.fault(node, "has a number that is too large")
        digits = self.text(node).replace("_", "")
        if isinstance(value, int) or not re.search("[1-9]", digits.lower().partition("e")[0]):
            return sympy.Integer(int(value))
        if value < 1 / LARGEST:
            raise self.fault(node, "has a number that is too small")
        return sympy.Rational(digits)

    def name(self, node: ast.expr, name: str) -> sympy.Expr:
        try:
            symbol = sympy.pi if name == "pi" else self.lookup(name)
        except ValueError as error:
            raise self.fault(node, str(error)) from None
        if symbol is None and name in self.functions:
            raise self.fault(node, f"has the function {name!r} without an argument")
        if symbol is None:
            words = [known for known in (*self.known, "pi") if len(known) > 1]  # nu is no slip of the hand for u
            near = difflib.get_close_matches(name, words, 1)
            advice = f"did you mean {near[0]!r}?" if near else f"known names are {', '.join(self.known)}"
            raise self.fault(node, f"has the unknown name {name!r}; {advice}{self.hint.format(name=name)}")
        return symbol

    def binary(self, node: ast.expr, op: ast.operator, left: sympy.Expr, right: sympy.Expr) -> sympy.Expr:
        match op:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.Div():
                if right == 0:
                    raise self.fault(node, "divides by zero")
                return left / right
            case ast.Pow():
                return self.power(node, left, right)
        raise self.fault(node, "has an operator other than + - * / **")

    def require_no_index(self, exponent: ast.expr) -> None:
        """In u^(2)_x the index is behind a power, and nobody means the derivative of 2."""
        while isinstance(exponent, ast.UnaryOp):
            exponent = exponent.operand
        if isinstance(exponent, ast.Attribute):
            index = exponent.attr
            advice = f"write (u^2)_{index} for the derivative of a power, or u_{index}^2 for the power of a derivative"
            raise self.fault(exponent, f"has an index behind a power, which can be read in two ways; {advice}")

    def power(self, node: ast.expr, base: sympy.Expr, exponent: sympy.Expr) -> sympy.Expr:
        if parameters_in(exponent) and is_constant(exponent) and exponent.is_rational_function(*exponent.free_symbols):
            if base.is_number and not base.is_positive:
                raise self.fault(node, "has a symbolic power of a number that is not positive")
            return base**exponent
        if not exponent.is_Rational or abs(exponent) > MAX_POWER:
            raise self.fault(node, f"has a power that is no rational number between -{MAX_POWER} and {MAX_POWER}")
        if base == 0 and exponent < 0:
            raise self.fault(node, "divides by zero")
        if base.is_Rational and abs(exponent) * max(base.p.bit_length(), base.q.bit_length()) > MAX_BITS:
            raise self.fault(node, "has a number that is too large")
        result = base**exponent
        if result.is_number and result.is_real is False and not result.has(sympy.I):  # (-1)^(1/3), which hides its I
            real, imaginary = result.as_real_imag()
            result = real + sympy.I * imaginary
        power = result.as_base_exp()[1]  # of exp(u), it is u
        if power.is_number and abs(power) > MAX_POWER and not result.is_number:
            raise self.fault(node, f"has a power beyond {MAX_POWER}")
        return result
