"""Multipliers of conservation laws: Lambda with sum of Lambda_r Delta_r a divergence, identically in the jets.

It is one if and only if all its variational derivatives vanish (Olver, Applications of Lie Groups to Differential
Equations, theorem 4.7), which is linear in Lambda. Multipliers have none of the derivatives that the equations are
solved for, so that for systems without hidden consequences different ones give different laws, and none a trivial one
(Anco and Bluman, Eur. J. Appl. Math. 13 (2002) 545 and 567).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sympy

from symgen.equations.conservation.differential_ring import DifferentialRing, Poly, add, product
from symgen.equations.conservation.zero import is_zero
from symgen.equations.modular import sparse_null_space
from symgen.equations.null_space import null_space
from symgen.equations.system import System

Multiplier = tuple[sympy.Expr, ...]


def multipliers(system: System, terms: Sequence[sympy.Expr]) -> list[Multiplier]:
    """A basis of the multipliers whose components are combinations of the terms; simple ones, in no order."""
    space = system.space
    ring = DifferentialRing(space)
    equations = [ring(delta) for delta in system.expressions]
    factors = [ring(term) for term in terms]
    columns: list[list[Poly]] = []
    for equation in equations:
        for factor in factors:
            whole = product(factor, equation)
            columns.append([ring.euler(whole, unknown) for unknown in space.dependent])
    rows, constants = _rows(ring, columns)
    order = sorted(range(len(columns)), key=lambda k: _complexity(system, terms[k % len(terms)]), reverse=True)
    domain = constants.domain if constants else sympy.QQ
    results = []
    for row in null_space(rows, order, domain) if domain.is_QQ else sparse_null_space(rows, order, domain):
        places = sorted(row)
        if constants:
            numbers = constants.multiples([row[place] for place in places])
        else:
            numbers = _whole([row[place] for place in places])
        parts: list[list[sympy.Expr]] = [[] for _ in equations]
        for place, number in zip(places, numbers, strict=True):
            parts[place // len(terms)].append(number * terms[place % len(terms)])
        results.append(tuple(sympy.Add(*own) for own in parts))
    return results


def is_multiplier(system: System, candidate: Multiplier) -> bool:
    """Whether sum of Lambda_r Delta_r is a divergence identically; False also where exact algebra cannot tell."""
    ring = DifferentialRing(system.space)
    whole: Poly = {}
    for factor, delta in zip(candidate, system.expressions, strict=True):
        add(whole, product(ring(factor), ring(delta)))
    return all(is_zero(ring.expression(ring.euler(whole, unknown))) for unknown in system.space.dependent)


def _rows(ring: DifferentialRing, columns: Sequence[Sequence[Poly]]) -> tuple[list[dict[int, Any]], Any]:
    """One equation for every independent monomial of every variational derivative; and the field of constants."""
    collected: list[dict[int, dict[int, Any]]] = [{} for _ in columns[0]]
    for k, column in enumerate(columns):
        for own, polynomial in zip(collected, column, strict=True):
            for packed, value in polynomial.items():
                own.setdefault(packed, {})[k] = value
    relations = ring.relations([packed for own in collected for packed in own])
    if relations is None:
        return [row for own in collected for row in own.values()], None
    domain = relations.constants.domain
    rows: list[dict[int, Any]] = []
    for own in collected:
        independent: dict[tuple[int, tuple[int, ...]], dict[int, Any]] = {}
        for packed, row in own.items():
            for monomial, factor in relations(packed):
                target = independent.setdefault(monomial, {})
                for k, value in row.items():
                    target[k] = target.get(k, domain.zero) + factor * domain.convert_from(value, sympy.QQ)
        rows += [{k: value for k, value in row.items() if value} for row in independent.values()]
    return rows, relations.constants


def _whole(values: Sequence[Any]) -> list[sympy.Rational]:
    """Rationals times one number that makes them whole, without a common factor."""
    multiple = sympy.ilcm(1, *(int(value.denominator) for value in values))
    whole = [int(value.numerator) * (multiple // int(value.denominator)) for value in values]
    return [sympy.Integer(number // sympy.igcd(0, *whole)) for number in whole]


def _complexity(system: System, term: sympy.Expr) -> tuple[Any, ...]:
    """Sorts terms of low order first, then those without independent variables, then by degree."""
    orders = [jet.order for jet in system.space.jets(term)]
    return max(orders, default=0), term.has(*system.space.variables), term.count_ops(), str(term)
