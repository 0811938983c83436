"""What names mean in the notations that people use."""

from __future__ import annotations

import re
from dataclasses import dataclass

from symgen.expressions import FUNCTIONS

CALLED = {*FUNCTIONS, "lap", "abs", "conj", "re", "im"}
LAPLACIANS = ("lap", "laplacian", "Laplacian", "laplace", "Laplace")
DERIVATIVES = ("Derivative", "diff", "Diff", "D")
OTHER_NAMES = {"Sin": "sin", "Cos": "cos", "Tan": "tan", "Exp": "exp", "Log": "log", "Sqrt": "sqrt", "Tanh": "tanh"}
OTHER_NAMES |= {"Sinh": "sinh", "Cosh": "cosh", "ln": "log", "Abs": "abs", "Conjugate": "conj", "conjugate": "conj"}
MODULES = ("np", "numpy", "sp", "sympy", "torch", "math", "jnp")
OPERATORS = ("+", "-", "*", "/", "**", "^", "=")
NAME = re.compile(r"[^\W\d_]\w*")
ALONE = re.compile(r"lap\(\s*([^\W\d_]\w*)\s*\)|(?<!\w)\(\s*([^\W\d_]\w*)\s*\)_[xyzt]")
"""A name that is differentiated in brackets of its own."""
DERIVED = re.compile(r"(\w+?)_([xyzt]+)")


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
