"""Random equations of the supported grammar, and an independent judge of their symmetries.

`python tests/random_equations.py` judges the exact algebra of all of them.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import sympy

from symgen.equations.independence import independent_fields
from symgen.pde.characteristic import LocalSolutions
from symgen.pde.equation import Equation
from symgen.pde.symmetry_algebra import DEGREE, symmetry_algebra

EQUATIONS = 200
TOLERANCE = 1e-9

LEFT = "u_t;u_t;u_t;u_tt;u_xt;u_t - u_xxt;u_tt - u_xxtt;u_tt + 2*u_t;u*u_t;exp(u)*u_t;u_t/t"
TERMS = (
    "u_x u_xx u_xxx u_xxxx u u*u_x u**2 u**2*u_x u*u_xx u_x**2 (u**2)_xx (u**3)_xx (u**(1/2))_xx (u**(-4/3)*u_x)_x "
    "u**3 1 u_x**3 u_x*u_xx u_x*u_xxx u_xx**2 u_xx/(1+u_x**2) sqrt(1+u_x**2) sqrt(u_x) u_x**(1/3) 1/u log(u) u*log(u) "
    "exp(u) exp(-u) exp(u)*u_xx exp(2*u)*u_x sin(u) cos(u) sinh(u) tanh(u) tan(u)*u_x**2 1/(1+exp(0.7*(u-0.3))) "
    "u_x**2/u exp(u_x) u*exp(-u_x)"
)
FACTORS = (
    "x t x**2 t**2 1/x 1/t 1/x**2 sqrt(x) sqrt(t) x**(4/3) 1/(t+1) sqrt(2*t+1) exp(t) exp(-x) exp(t/50) exp(x-t) "
    "sin(x) cos(2*t) sin(x+t) log(x) tanh(t) (x+t) x*t"
)
NUMBERS = (
    "1 1 1 1 2 -1 -3 1/3 0.7 -0.25 0.01 1e-3 pi -pi 0.01/pi exp(2) exp(-0.5) sin(1) sqrt(2) 3**(1/3) log(2) 2.718281828"
)


def random_equation(seed: int) -> str:
    """An equation with up to four terms; some with factors in x and t, some with constants that are no decimals."""
    draw = random.Random(seed)
    terms = []
    for _ in range(draw.randint(1, 4)):
        parts = [draw.choice(NUMBERS.split()), draw.choice(TERMS.split())]
        if draw.random() < 0.25:
            parts.append(draw.choice(FACTORS.split()))
        terms.append("*".join(f"({part})" if not part.startswith("(") else part for part in parts))
    return f"{draw.choice(LEFT.split(';'))} = {' + '.join(terms)}"


def largest_defect(equation: Equation, fields: Sequence[tuple[sympy.Expr, ...]], seed: int = 1) -> float:
    """Of fields that are claimed to be exact symmetries, and infinity where some are zero or depend on others."""
    if not fields:
        return 0.0
    if len(independent_fields(list(fields), seed)) < len(fields):
        return float("inf")
    solutions = LocalSolutions(equation, seed=seed)
    return max(solutions.defect(field) for field in fields)


@dataclass(frozen=True)
class Verdict:
    """On the exact algebra of a random equation."""

    text: str
    fields: int
    defect: float
    """The largest."""
    notes: tuple[str, ...]


def judge(seed: int, degree: int = DEGREE) -> Verdict:
    """The symmetries in an ansatz of a degree, checked."""
    text = random_equation(seed)
    algebra = symmetry_algebra(Equation.from_string(text), degree)
    return Verdict(text, len(algebra.fields), largest_defect(algebra.equation, algebra.fields), algebra.notes)


def main() -> None:
    """Judge all equations; exit status 1 if a field of one is false, zero or dependent."""
    worst = 0.0
    for seed in range(EQUATIONS):
        verdict = judge(seed)
        worst = max(worst, verdict.defect)
        print(f"{seed:4d} {verdict.fields:3d} {verdict.defect:8.1e}  {verdict.text}", *verdict.notes, flush=True)
    print(f"largest defect {worst:.1e}")
    raise SystemExit(not worst < TOLERANCE)


if __name__ == "__main__":
    main()
