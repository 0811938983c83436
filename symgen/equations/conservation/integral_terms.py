"""Functions in which the first integrals of ordinary equations are likely to be written."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import sympy

from symgen.equations.conservation.antiderivative import antiderivative
from symgen.equations.conservation.flow import Flow
from symgen.equations.conservation.integral_ansatz import IntegralAnsatz, Powers
from symgen.equations.suggestions import arguments, families, modes
from symgen.equations.system import System
from symgen.equations.truncation import is_linear
from symgen.jets.space import orders_of

DEGREES = (4, 3, 2)
"""Of the polynomials; by default the first with which they are few enough."""
FEW = 130


def default_degree(flow: Flow) -> int:
    """4 for up to four coordinates of the state, 3 for up to six, else 2."""
    size = len(flow.coordinates)
    return next((d for d in DEGREES if sympy.binomial(size + d, d) <= FEW), DEGREES[-1])


def integral_ansatz(system: System, flow: Flow, degree: int, functions: Sequence[sympy.Expr]) -> IntegralAnsatz:
    """Polynomials and functions that first integrals are likely to be made of, and those given.

    Polynomials of total `degree` in time and the state; what potentials are made of, functions of time that the
    equations suggest, and `functions`, times polynomials of two degrees less (at least of the first; in the state alone
    for functions of time). Of linear equations, whose integrals are made of linear ones, times polynomials that are
    linear in the state and in time. What quadratures give, and a drive's product with modes, by itself.
    """
    size, linear = len(flow.coordinates), is_linear(system)
    wanted: dict[sympy.Expr, list[Powers]] = {sympy.S.One: _powers(size, degree)}
    timed = functions_of_time(system, flow)
    for function in [*functions, *potentials(flow), *timed]:
        if function.is_polynomial(*flow.coordinates):
            continue
        if linear:
            times = [powers for powers in _powers(size, 2) if powers[0] <= 1 and sum(powers[1:]) <= 1]
        else:
            times = [p for p in _powers(size, max(degree - 2, 1)) if not (function.has(flow.time) and p[0])]
        wanted.setdefault(function, times)
    drives = [first * second for first, second in combinations(timed, 2)] if linear else []
    for function in [*quadratures(system, flow), *functions, *potentials(flow), *drives]:
        wanted.setdefault(function, [(0,) * size])
    return IntegralAnsatz(flow, wanted)


def _powers(size: int, degree: int) -> list[Powers]:
    """Of all monomials up to a total degree, the lowest first."""
    return [powers for total in range(degree + 1) for powers in orders_of(size, total)]


def potentials(flow: Flow) -> list[sympy.Expr]:
    """Antiderivatives of the rates in the state: 1/r for x/r^3, log(u) for 1/u, u^6 for u^5.

    Terms of the antiderivatives without polynomial factors, or whole where these are all; the sines and cosines of what
    the rates have some of; 1/b and 1/b^2 where rates have velocities over b, as those of geodesics do.
    """
    waves = (sympy.sin, sympy.cos)
    found: list[sympy.Expr] = []
    for argument in dict.fromkeys(a for rate in flow.rates for a in arguments(rate, *waves)):
        if argument.free_symbols <= set(flow.state):
            found += [wave(argument) for wave in waves]
    velocities = [symbol for symbol, rate in zip(flow.state, flow.rates, strict=True) if rate not in flow.state]
    for term in dict.fromkeys(term for rate in flow.rates for term in sympy.Add.make_args(rate)):
        if len(velocities) < len(flow.state) and term.has(*velocities):
            below = [p.base for p in sympy.Mul.make_args(term) if p.is_Pow and p.exp.is_Integer and p.exp < 0]
            found += [b**-power for b in below if b.is_polynomial(*flow.state) for power in (1, 2)]
    for rate in flow.rates:
        if rate in flow.state:
            continue
        for symbol in sorted(rate.free_symbols & set(flow.state), key=str):
            for term in _terms(antiderivative(rate, symbol)) or _of_each_term(rate, symbol):
                found.append(_with_sines(_function(term, flow)))
    return list(dict.fromkeys(found))


def functions_of_time(system: System, flow: Flow) -> list[sympy.Expr]:
    """Those in the equations; and exp(-a t) cos(b t), exp(-a t) sin(b t) for modes exp((a + b i) t) near zero.

    Of equations that are not linear, modes with rational a and b only.
    """
    found = [f for expression in system.expressions for family in families(expression, [flow.time]) for f in family]
    linear = is_linear(system)
    for mode in modes(system):
        if linear or all(number.is_Rational for number in mode.atoms(sympy.Pow, sympy.Rational)):
            found.append(mode.xreplace({f: sympy.exp(-f.args[0]) for f in mode.atoms(sympy.exp)}))
    return list(dict.fromkeys(found))


def quadratures(system: System, flow: Flow) -> list[sympy.Expr]:
    """Antiderivatives of 1/f(u) for unknowns with u_t = f(u) g(others): log(u) where u divides its own rate."""
    if is_linear(system):
        return []
    found: list[sympy.Expr] = []
    unknowns = set(system.space.unknowns)
    for symbol, rate in zip(flow.state, flow.rates, strict=True):
        if symbol not in unknowns or rate in flow.state or not rate.has(symbol):
            continue
        own = [f for f in sympy.Mul.make_args(sympy.factor(rate)) if f.free_symbols == {symbol}]
        for term in _terms(antiderivative(1 / sympy.Mul(*own), symbol)) if own else ():
            found += [f for f in [_function(term, flow)] if not f.is_polynomial(*flow.coordinates)]
    return list(dict.fromkeys(found))


def _terms(expression: sympy.Expr | None) -> tuple[sympy.Expr, ...]:
    return () if expression is None else sympy.Add.make_args(expression)


def _of_each_term(rate: sympy.Expr, symbol: sympy.Symbol) -> list[sympy.Expr]:
    """Terms of the antiderivatives of those terms of a rate that have one."""
    return [part for term in sympy.Add.make_args(rate) for part in _terms(antiderivative(term, symbol))]


def _function(term: sympy.Expr, flow: Flow) -> sympy.Expr:
    """A term without its factors that are polynomials, or without its number where all are."""
    factors = term.as_independent(*flow.coordinates, as_Add=False)[1]
    if factors.is_polynomial(*flow.coordinates):
        return factors
    return sympy.Mul(*(f for f in sympy.Mul.make_args(factors) if not f.is_polynomial(*flow.coordinates)))


def _with_sines(function: sympy.Expr) -> sympy.Expr:
    """sin^2 for cos^2: the cosine comes with sines."""
    if function.is_Pow and function.exp == 2 and isinstance(function.base, sympy.cos):
        return sympy.sin(function.base.args[0]) ** 2
    return function
