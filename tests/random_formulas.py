"""Random formulas of the whole grammar: one unknown, systems, ordinary ones, the plane, complex unknowns.

`python tests/random_formulas.py FIRST COUNT` solves so many for symmetries and says how each one ended; what ends in
another way than with a result or a UsageError is a fault.
"""

from __future__ import annotations

import random
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symgen.equations.symmetry_algebra import SymmetryAlgebra
from symgen.exceptions import UsageError
from symgen.pde.algebra_of_formulas import algebra_of_formulas

KINDS = ("evolution", "evolution", "general", "ordinary", "system", "plane", "complex")
FUNCTIONS = ("sqrt", "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "abs")
NUMBERS = ("1", "2", "3", "-1", "-2", "1/2", "1/3", "-3/4", "0.7", "0.01", "1e-3", "12")
CONSTANTS = ("pi", "sqrt(2)", "exp(1)", "2^(1/3)", "1e9", "7/1000")
POWERS = ("2", "2", "3", "-1", "-2", "1/2", "-1/2", "1/3", "4/3", "-4/3", "4", "5", "0", "1")
PARAMETERS: tuple[tuple[str, float | str | None], ...] = (
    ("nu", 0.01),
    ("nu", 0.0),
    ("nu", 1.0),
    ("c", "1/pi"),
    ("c", "sqrt(2)"),
    ("a", -1.0),
    ("m", None),
    ("k", None),
)


@dataclass(frozen=True)
class RandomFormulas:
    """What `inspect --equation` is given."""

    kind: str
    texts: tuple[str, ...]
    parameters: dict[str, float | str | None]
    variables: tuple[str, ...] = ()


def random_formulas(seed: int) -> RandomFormulas:
    """Legal by its grammar; it may have no value, no unknown that it can be solved for, or too many terms."""
    draw = random.Random(seed)
    kind = draw.choice(KINDS)
    parameters = dict(draw.sample(PARAMETERS, draw.choice((0, 0, 0, 1, 1, 2))))
    letters, unknowns = {
        "evolution": ("xt", "u"),
        "general": ("xt", "u"),
        "ordinary": ("t", draw.choice(("u", "uv"))),
        "system": ("xt", "uv"),
        "plane": ("xyt", draw.choice(("u", "uv"))),
        "complex": (draw.choice(("xt", "xyt")), "u"),
    }[kind]
    maker = _Maker(draw, kind, letters, unknowns, tuple(parameters))
    texts = tuple(maker.equation(unknown) for unknown in unknowns)
    used = {name: value for name, value in parameters.items() if name in maker.written}
    return RandomFormulas(kind, texts, used, tuple(letters) if kind in ("plane", "ordinary") else ())


class _Maker:
    def __init__(self, draw: random.Random, kind: str, letters: str, unknowns: str, parameters: Sequence[str]) -> None:
        self.draw, self.kind, self.letters, self.unknowns, self.parameters = draw, kind, letters, unknowns, parameters
        self.written: set[str] = set()
        space = letters.replace("t", "") or "t"
        self.space = space if kind != "general" else letters

    def equation(self, unknown: str) -> str:
        draw = self.draw
        left = f"{unknown}_{draw.choice(('t', 't', 't', 'tt'))}"
        if self.kind == "complex":
            left = f"I*{left}"
        if self.kind == "general":
            left = draw.choice(("u_tt", "u_xt", "u_t - u_xxt", "u_t + u_tt", "u*u_t", "exp(u)*u_t", "u_t^2", "u_t/t"))
        terms = [self.term() for _ in range(draw.randint(1, 3))]
        right = terms[0] + "".join(draw.choice((" + ", " - ")) + term for term in terms[1:])
        return f"{left} = {right}" if draw.random() < 0.7 else f"{left} - ({right})"

    def term(self) -> str:
        draw = self.draw
        factors = [self.derivative() if draw.random() < 0.7 else self.expression(draw.choice((1, 2, 2, 3)))]
        if draw.random() < 0.6:
            factors.append(self.expression(draw.choice((0, 1, 1, 2))))
        if draw.random() < 0.4:
            factors.append(self.number())
        text = "*".join(f"({factor})" if set(factor) & set(" +-/^=") else factor for factor in factors)
        if draw.random() < 0.15:
            return f"({text})_{draw.choice(self.space)}"
        return text

    def derivative(self) -> str:
        order = self.draw.choice((0, 1, 1, 2, 2, 3)) if self.kind != "ordinary" else 0
        index = "".join(sorted(self.draw.choice(self.space) for _ in range(order)))
        return self.draw.choice(self.unknowns) + (f"_{index}" if index else "")

    def number(self) -> str:
        if self.parameters and self.draw.random() < 0.6:
            name = self.draw.choice(self.parameters)
            self.written.add(name)
            return name
        return self.draw.choice((*NUMBERS, *CONSTANTS))

    def atom(self) -> str:
        chance = self.draw.random()
        if chance < 0.5:
            return self.derivative()
        return self.draw.choice(self.letters) if chance < 0.75 else self.number()

    def expression(self, depth: int) -> str:
        draw = self.draw
        if depth == 0:
            return self.atom()
        chance = draw.random()
        inner = self.expression(depth - 1)
        if chance < 0.35:
            name = draw.choice((*FUNCTIONS, "conj", "re", "im") if self.kind == "complex" else FUNCTIONS)
            if name == "abs" and self.kind != "complex" and draw.random() < 0.7:
                return f"abs({inner})^2"
            return f"{name}({inner})"
        if chance < 0.55:
            power = draw.choice((*POWERS, *self.parameters)) if draw.random() < 0.8 else f"({draw.choice(POWERS)}+1)"
            self.written |= {power} & set(self.parameters)
            return f"({inner})^({power})"
        other = self.expression(draw.randint(0, depth - 1))
        return f"({inner} {draw.choice('+-')} {other})" if chance < 0.8 else f"({inner}){draw.choice('*/')}({other})"


def solved(formulas: RandomFormulas, degree: int | None = None, seconds: float = 1.0) -> SymmetryAlgebra:
    return algebra_of_formulas(formulas.texts, formulas.parameters, degree, (), formulas.variables, seconds)


def outcomes(seeds: Sequence[int]) -> Iterator[tuple[int, RandomFormulas, str]]:
    """The number of fields, or what was said instead."""
    for seed in seeds:
        formulas = random_formulas(seed)
        start = time.perf_counter()
        try:
            algebra = solved(formulas)
            word = f"{len(algebra.fields)} fields"
            word += "".join(f" [{note[:60]}]" for note in algebra.notes if "left out" in note or "takes" in note)
        except UsageError as error:
            word = f"UsageError: {error}"
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            word = f"FAULT {type(error).__name__}: {str(error)[:200]} ({frame.filename}:{frame.lineno})"
        yield seed, formulas, f"{time.perf_counter() - start:6.1f} s {word}".replace("\n", " ")


def main(first: int, count: int) -> None:
    for seed, formulas, word in outcomes(range(first, first + count)):
        print(seed, word, "|", "; ".join(formulas.texts), formulas.parameters, flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
