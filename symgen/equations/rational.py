"""From elementary expressions to polynomials over a field of numbers, where linear relations among them are exact.

Every function is replaced by a new variable in which it is rational: exp(a + b) = exp(a) exp(b), and exp(a) = e^k for
the arguments that are multiples of one another; sines and cosines of multiples and sums by those of the parts, with
cos^2 = 1 - sin^2; log(a b) = log(a) + log(b); the q-th root of b by s, with s^q = b where b is a polynomial, and where
b is linear in a variable v also v = (s^q - b_0) / b_1. What has no variable in it, such as exp(2), is a constant (see
`ConstantField`), as is a parameter that is left as a symbol; u^m by a variable of its own. The new variables count as
independent otherwise. Where they are not, a relation can be missed, but none that is found is false.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import sympy
from sympy.polys.rings import PolyElement, PolyRing
from sympy.polys.rings import ring as polynomial_ring

from symgen.equations.constants import ConstantField
from symgen.exceptions import UsageError
from symgen.symbolic import Parameter, exponent_terms, exponent_units, is_constant, is_symbolic_power, variables_in

MOST_MULTIPLE = 8
"""Of an angle whose sine is written out; beyond it, sines of multiples count as independent."""
MOST_ROOT = 1000
Multiple = tuple[sympy.Expr, sympy.Rational]
"""An argument and its rational factor."""


class Rationaliser:
    """The substitution for a set of expressions, and the polynomial ring that they live in then.

    Raises UsageError for powers that are not rational and roots that are too high.
    """

    def __init__(self, expressions: Iterable[sympy.Expr], first: Sequence[sympy.Symbol]) -> None:
        """`first` are the variables that come first in the ring, such as x, t and u."""
        self._meaning: dict[sympy.Symbol, sympy.Expr] = {}
        self._algebraic: set[sympy.Symbol] = set()
        self._variables: dict[sympy.Expr, sympy.Expr] = {}
        self._images: dict[sympy.Expr, sympy.Expr] = {}
        self._keys: dict[sympy.Expr, Multiple] = {}
        self._circles: dict[sympy.Expr, tuple[sympy.Symbol, sympy.Symbol]] = {}
        self._symbols: dict[tuple[str, sympy.Expr], sympy.Symbol] = {}
        expressions = [_in_exponentials(e) for e in expressions]
        self.is_rational = not any(
            e.atoms(sympy.Function, sympy.NumberSymbol)
            or any(_is_root(p) or is_symbolic_power(p) for p in e.atoms(sympy.Pow))
            for e in expressions
        )
        """Whether nothing had to be replaced."""
        atoms = _sorted({a for e in expressions for a in e.atoms(sympy.Pow, sympy.Function, sympy.NumberSymbol)})
        exponents = [a.args[0] if a != sympy.E else sympy.S.One for a in atoms if _is_exponential(a)]
        self._shifts = self._constant_shifts(exponents)
        self._powers = self._units(exponents, self._shifts)
        self._angles = self._units([a.args[0] for a in atoms if _is_turn(a)], {})
        self._exponents = exponent_units([a for a in atoms if is_symbolic_power(a)])
        self._bases = _bases([a for a in atoms if _is_root(a)])
        self._roots = self._degrees([a for a in atoms if _is_root(a)])
        self._solve_for_variables()
        images = [self._image(e) for e in expressions]
        found = {s for e in images for s in e.free_symbols} | {s for pair in self._circles.values() for s in pair}
        constants = {s: m for s, m in self._meaning.items() if is_constant(m) and s in found}
        constants |= {s: s for s in _sorted(found) if isinstance(s, Parameter)}
        self.variables = [*first, *_sorted(found - set(first) - set(constants))]
        """Those that are no constants."""
        self.constants = ConstantField(constants, self._algebraic)
        self.ring: PolyRing = polynomial_ring([*self.variables, *self.constants.symbols], sympy.QQ)[0]
        self._place = {variable: k for k, variable in enumerate(self.ring.symbols)}
        place = self._place
        self._circle_places = [(place[s], place[c]) for s, c in self._circles.values() if s in place and c in place]
        self._root_powers = self._powers_of_roots()

    @property
    def independent_monomials(self) -> bool:
        """Whether monomials in the variables are independent over the rationals, so that `coordinates` changes none."""
        return not self.constants.symbols and not self._circle_places and not self._root_powers

    def meaning(self, variable: sympy.Symbol) -> sympy.Expr:
        """What a variable of the ring stands for."""
        return self._meaning.get(variable, variable)

    def __call__(self, expressions: Sequence[sympy.Expr]) -> list[PolyElement]:
        """The expressions times their common denominator, as polynomials in the variables and constants."""
        fractions = [self._fraction(self._image(_in_exponentials(e))) for e in expressions]
        common = self.ring.one
        for _, denominator in fractions:
            if denominator != common:
                common = common.lcm(denominator)
        return [numerator * common.exquo(denominator) for numerator, denominator in fractions]

    def coordinates(self, polynomial: PolyElement) -> dict[tuple[int, ...], Any]:
        """From monomials in the variables to their coefficients in the field of constants; zeros are left out."""
        own, terms = len(self.variables), dict(self._below_roots(polynomial).terms())
        for s, c in self._circle_places:
            if any(exponents[c] > 1 for exponents in terms):
                terms = _on_circle(terms, s, c)
        if not self.constants.symbols:
            return terms
        collected: dict[tuple[int, ...], dict[tuple[int, ...], Any]] = {}
        for exponents, factor in terms.items():
            collected.setdefault(exponents[:own], {})[exponents[own:]] = factor
        values = {monomial: self.constants.element(terms) for monomial, terms in collected.items()}
        return {monomial: value for monomial, value in values.items() if value}

    def _powers_of_roots(self) -> list[tuple[int, int, PolyElement]]:
        """Place, q and b for the q-th roots of polynomials b, other than those that a variable was replaced for."""
        found = []
        for base, degree in self._roots.items():
            symbol = self._symbols.get(("_r", base))
            image = self._image(base)
            known = image.free_symbols <= set(self.ring.symbols) - {symbol}
            if symbol in self.variables and known and image.is_polynomial(*self.ring.symbols):
                found.append((self._place[symbol], degree, self._polynomial(image)))
        return found

    def _below_roots(self, polynomial: PolyElement) -> PolyElement:
        """With s^q replaced by b, until every power of a q-th root is below the q-th."""
        while high := [rule for rule in self._root_powers if polynomial.degree(rule[0]) >= rule[1]]:
            place, degree, base = high[0]
            total = self.ring.zero
            for exponents, factor in polynomial.terms():
                whole, rest = divmod(exponents[place], degree)
                lower = tuple(rest if k == place else e for k, e in enumerate(exponents))
                total += self.ring.from_dict({lower: factor}) * base**whole
            polynomial = total
        return polynomial

    def _fraction(self, expression: sympy.Expr) -> tuple[PolyElement, PolyElement]:
        if expression.is_polynomial(*self.ring.symbols):
            return self._polynomial(expression), self.ring.one
        by_denominator: dict[sympy.Expr, sympy.Expr] = {}
        for term in sympy.Add.make_args(expression):  # one by one: together, they would be multiplied out
            numerator, denominator = term.as_numer_denom()
            by_denominator[denominator] = by_denominator.get(denominator, sympy.Integer(0)) + numerator
        total, common = self.ring.zero, self.ring.one
        for denominator, numerator in by_denominator.items():
            below = self._polynomial(denominator)
            shared = common.lcm(below)
            total = total * shared.exquo(common) + self._polynomial(numerator) * shared.exquo(below)
            common = shared
        return total, common

    def _polynomial(self, expression: sympy.Expr) -> PolyElement:
        terms = self.terms(expression)
        return self.ring.from_expr(expression) if terms is None else self.ring.from_dict(terms)

    def terms(self, expression: sympy.Expr) -> dict[tuple[int, ...], Any] | None:
        """Coefficients by exponents, of a polynomial that is multiplied out; None for others."""
        domain = self.ring.domain
        terms: dict[tuple[int, ...], Any] = {}
        for term in sympy.Add.make_args(expression):
            exponents, coefficient = [0] * len(self.ring.symbols), domain.one
            for factor in sympy.Mul.make_args(term):
                base, power = factor.as_base_exp() if factor.is_Pow else (factor, sympy.S.One)
                if factor.is_Rational:
                    coefficient *= domain(factor.p, factor.q)
                elif base in self._place and power.is_Integer and power > 0:
                    exponents[self._place[base]] += int(power)
                else:
                    return None
            key = tuple(exponents)
            terms[key] = terms.get(key, domain.zero) + coefficient
        return {key: value for key, value in terms.items() if value}

    def _image(self, expression: sympy.Expr) -> sympy.Expr:
        """The expression in the new variables."""
        if self.is_rational:
            return expression
        if expression not in self._images:
            self._images[expression] = self._made(expression)
        return self._images[expression]

    def _made(self, expression: sympy.Expr) -> sympy.Expr:
        if _is_exponential(expression):
            argument = sympy.S.One if expression == sympy.E else expression.args[0]
            factors = (self._power_of(*part) for part in self._shifted(argument, self._shifts))
            return sympy.Mul(*(symbol**n for symbol, n in factors))
        if isinstance(expression, sympy.sin | sympy.cos) and is_constant(expression):
            kind = "_s" if isinstance(expression, sympy.sin) else "_k"
            return self._symbol(kind, expression.args[0], expression)
        if _is_turn(expression):
            return self._turned(expression.args[0])[isinstance(expression, sympy.sin)]
        if isinstance(expression, sympy.log):
            return self._logarithm(expression)
        if is_symbolic_power(expression):
            return self._symbolic_power(expression)
        if _is_root(expression):
            base, ratio = self._bases.get(expression.base, (expression.base, sympy.S.One))
            if ratio != 1:
                return self._image(ratio**expression.exp) * self._image(base**expression.exp)
            if not (degree := self._roots.get(base)):
                raise UsageError(f"Exact algebra does not know how {expression} depends on the other roots here.")
            whole, rest = divmod(expression.exp * degree, degree)  # only powers below the q-th are left of s
            return self._image(base) ** whole * self._root(base, degree) ** rest
        if expression in self._variables:
            return self._variables[expression]
        if expression == sympy.pi:
            return self._symbol("_c", expression, expression)
        if not expression.args or expression.is_Rational:
            return expression
        return expression.func(*(self._image(argument) for argument in expression.args))

    def _symbolic_power(self, power: sympy.Pow) -> sympy.Expr:
        """b^(m + 1) as b times the variable that stands for b^m."""
        result = sympy.S.One
        for factor, key in exponent_terms(power):
            if key == 1:
                result *= self._image(power.base**factor)
            else:
                unit = self._exponents[power.base, key]
                symbol = self._symbol("_p", power.base ** (key / unit), power.base ** (key / unit))
                result *= symbol ** int(factor * unit)
        return result

    def _symbol(self, kind: str, key: sympy.Expr, meaning: sympy.Expr) -> sympy.Symbol:
        place = kind, key
        if place not in self._symbols:
            self._symbols[place] = sympy.Symbol(f"{kind}{len(self._symbols)}", real=True)
            self._meaning[self._symbols[place]] = meaning
        return self._symbols[place]

    def _split(self, argument: sympy.Expr) -> list[Multiple]:
        """An argument as a sum of rational multiples of arguments, the same ones for multiples of one another."""
        parts = []
        for term in sympy.Add.make_args(sympy.expand(argument)):
            factor, key = term.as_coeff_Mul(rational=True)
            if key not in self._keys:
                self._keys[key] = self._known(key)
            same, ratio = self._keys[key]
            parts.append((same, factor * ratio))
        return parts

    def _known(self, key: sympy.Expr) -> Multiple:
        for other, _ in list(self._keys.values()):
            if other.free_symbols == key.free_symbols:
                ratio = sympy.simplify(key / other)
                if ratio.is_Rational:
                    return other, ratio
        return key, sympy.S.One

    def _constant_shifts(self, arguments: Sequence[sympy.Expr]) -> dict[sympy.Expr, Multiple]:
        """For a, where an argument is a multiple of a + c with a constant c, this c: it goes into the variable."""
        shifts: dict[sympy.Expr, Multiple] = {}
        for argument in arguments:
            parts = self._split(argument)
            constant = [part for part in parts if part[0].is_number]
            if len(parts) == 2 and len(constant) == 1:
                (key, ratio), (number, size) = sorted(parts, key=lambda part: part[0].is_number)
                shifts.setdefault(key, (number, size / ratio))
        return shifts

    def _shifted(self, argument: sympy.Expr, shifts: dict[sympy.Expr, Multiple]) -> list[Multiple]:
        """`_split`, with the multiples of a as those of a + c, and what is left of the constants."""
        parts = self._split(argument)
        total = dict(parts)
        for key, ratio in parts:
            if key in shifts:
                number, size = shifts[key]
                total[number] = total.get(number, sympy.S.Zero) - ratio * size
        return [(key, ratio) for key, ratio in total.items() if ratio]

    def _units(self, arguments: Iterable[sympy.Expr], shifts: dict[sympy.Expr, Multiple]) -> dict[sympy.Expr, int]:
        """For each key the number by which it is divided, so that all arguments are whole multiples of it."""
        units: dict[sympy.Expr, int] = {}
        for argument in arguments:
            for key, ratio in self._shifted(argument, shifts):
                units[key] = math.lcm(units.get(key, 1), ratio.q)
        return units

    def _power_of(self, key: sympy.Expr, ratio: sympy.Rational) -> tuple[sympy.Symbol, int]:
        """The variable for exponentials of a key, and its power for a multiple."""
        unit = self._powers[key]
        number, size = self._shifts.get(key, (sympy.S.One, sympy.S.Zero))
        return self._symbol("_e", key, sympy.exp((key + number * size) / unit)), int(ratio * unit)

    def _turned(self, argument: sympy.Expr) -> tuple[sympy.Expr, sympy.Expr]:
        """cos and sin of a sum, from the powers of cos + i sin of its parts."""
        cos, sin = sympy.S.One, sympy.S.Zero
        for key, ratio in self._split(argument):
            n = int(ratio * self._angles[key])
            angle, n = (key / self._angles[key], n) if abs(n) <= MOST_MULTIPLE else (key * abs(ratio), _sign(n))
            pair = self._symbol("_s", angle, sympy.sin(angle)), self._symbol("_k", angle, sympy.cos(angle))
            self._circles.setdefault(angle, pair)
            (s, c), size = pair, abs(n)
            terms = [sympy.binomial(size, k) * c ** (size - k) * s**k * (-1) ** (k // 2) for k in range(size + 1)]
            c, s = sympy.Add(*terms[::2]), _sign(n) * sympy.Add(*terms[1::2])
            cos, sin = (c, s) if (cos, sin) == (1, 0) else (cos * c - sin * s, sin * c + cos * s)
        return cos, sin

    def _logarithm(self, logarithm: sympy.Expr) -> sympy.Expr:
        """As a sum of logarithms of factors, where no sign is in the way."""
        parts = logarithm
        if logarithm.args[0].as_coeff_Mul()[0].is_positive:
            parts = sympy.expand_log(sympy.expand_log(logarithm, force=True), factor=True)
        for log in parts.atoms(sympy.log):
            parts = parts.xreplace({log: self._symbol("_l", log, log)})
        return self._image(parts)

    def _degrees(self, roots: Sequence[sympy.Pow]) -> dict[sympy.Expr, int]:
        """For each base the least common denominator of its powers."""
        degrees: dict[sympy.Expr, int] = {}
        for root in roots:
            if not root.exp.is_Rational:
                raise UsageError(f"{root} is a power that is no rational number: its symmetries are not computed.")
            base, ratio = self._bases.get(root.base, (root.base, sympy.S.One))
            factor = ratio**root.exp  # where it is no rational, a root by itself
            for key, power in ((base, root.exp), *((p.base, p.exp) for p in factor.atoms(sympy.Pow))):
                degrees[key] = math.lcm(degrees.get(key, 1), power.q)
            if degrees[base] > MOST_ROOT:
                raise UsageError(
                    f"{root} is a power with a denominator that is too large for exact algebra: write it as a "
                    "fraction of small numbers, such as 4/3."
                )
        return degrees

    def _root(self, base: sympy.Expr, degree: int) -> sympy.Symbol:
        symbol = self._symbol("_r", base, base ** sympy.Rational(1, degree))
        if base.is_number and base.is_algebraic:
            self._algebraic.add(symbol)
        return symbol

    def _solve_for_variables(self) -> None:
        """v = (s^q - b_0) / b_1 for a root of b = b_0 + b_1 v."""
        for base, degree in self._roots.items():
            root = self._root(base, degree) ** degree
            if base == sympy.pi:
                self._variables[base] = root
            image = self._image(base)
            free = base.free_symbols & image.free_symbols - set(self._variables)
            for variable in _sorted(free if is_constant(base) else free & variables_in(base)):
                slope = sympy.diff(image, variable)
                if slope.is_Rational and slope != 0:
                    solution = (root - image.subs(variable, 0)) / slope
                    known = {v: value.xreplace({variable: solution}) for v, value in self._variables.items()}
                    self._variables = {**known, variable: solution}
                    self._images.clear()
                    break


def _is_exponential(expression: sympy.Expr) -> bool:
    return isinstance(expression, sympy.exp) or expression == sympy.E


def _sign(n: int) -> int:
    return 1 if n > 0 else -1


def _is_turn(expression: sympy.Expr) -> bool:
    """A sine or cosine that is no constant."""
    return isinstance(expression, sympy.sin | sympy.cos) and not is_constant(expression)


def _is_root(expression: sympy.Expr) -> bool:
    other = _is_exponential(expression) or is_symbolic_power(expression)
    return expression.is_Pow and not expression.exp.is_Integer and not other


def _bases(roots: Sequence[sympy.Pow]) -> dict[sympy.Expr, Multiple]:
    """For bases that are rational multiples of one before, this one and the factor."""
    first: dict[sympy.Expr, sympy.Expr] = {}
    bases: dict[sympy.Expr, Multiple] = {}
    for base in dict.fromkeys(root.base for root in roots if not root.is_number):
        content, primitive = base.primitive()
        other = first.setdefault(primitive, base)
        bases[base] = other, content / other.primitive()[0]
    return bases


def _on_circle(terms: dict[tuple[int, ...], Any], s: int, c: int) -> dict[tuple[int, ...], Any]:
    """Terms with the powers of the variable at place c beyond the first replaced, by c^2 = 1 - s^2."""
    result: dict[tuple[int, ...], Any] = {}
    for exponents, factor in terms.items():
        half, rest = divmod(exponents[c], 2)
        for k in range(half + 1):
            powers = list(exponents)
            powers[s], powers[c] = exponents[s] + 2 * k, rest
            value = factor * math.comb(half, k) * (-1) ** k
            result[tuple(powers)] = result.get(tuple(powers), 0) + value
    return {exponents: value for exponents, value in result.items() if value}


def _in_exponentials(expression: sympy.Expr) -> sympy.Expr:
    """With tan by sin and cos, and hyperbolic functions by exp."""
    for kind, target in ((sympy.tan, sympy.cos), (sympy.sinh, sympy.exp), (sympy.cosh, sympy.exp)):
        if expression.has(kind):
            expression = expression.replace(kind, lambda a, k=kind, t=target: _rewritten(k, a, t))
    if expression.has(sympy.tanh):
        expression = expression.replace(sympy.tanh, lambda a: 1 - 2 / (sympy.exp(2 * a) + 1))
    return expression


def _rewritten(kind: type, argument: sympy.Expr, target: type) -> sympy.Expr:
    return sympy.sin(argument) / sympy.cos(argument) if kind is sympy.tan else kind(argument).rewrite(target)


def _sorted(items: Iterable[sympy.Basic]) -> list[sympy.Basic]:
    return sorted(items, key=str)
