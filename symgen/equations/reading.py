"""From the formulas of a system to its jet space and expressions: which names are unknowns, which are complex."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import sympy

from symgen.equations.grammar import IMAGINARY, Notation, listed, parts_of
from symgen.equations.notation import plain
from symgen.equations.notation.words import ALONE
from symgen.exceptions import UsageError
from symgen.expressions import FUNCTIONS
from symgen.jets.space import Jet, JetSpace
from symgen.real_expressions import require_real

LETTERS = "xyzt"
"""Independent variables, in the order of coordinates."""
RESERVED = ("pi", "lap", "abs", *IMAGINARY, *FUNCTIONS)
MOST_UNKNOWNS = 10
_NAME = re.compile(r"(?<!\w)[^\W\d_]\w*")
_DERIVATIVE = re.compile(rf"(\w+?)_([{LETTERS}]+)")
_INDEX = re.compile(r"\)\s*_([^\W\d_]+)")
_JOINED = re.compile(r"([^\W\d_]\w*?)([xyzt]+)")


@dataclass(frozen=True)
class ReadSystem:
    """Formulas, read."""

    space: JetSpace
    expressions: tuple[sympy.Expr, ...]
    parts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Real and imaginary part of every complex unknown."""


def read_system(
    texts: Sequence[str],
    values: Mapping[str, sympy.Expr],
    independent: Sequence[str] = (),
    unknowns: Sequence[str] = (),
) -> ReadSystem:
    """The system of formulas, with the `values` of parameters put in; see `System.from_strings`."""
    _require_parameters(values)
    rewritten = plain(texts, values, independent, unknowns)
    texts, independent = rewritten.texts, independent or rewritten.variables
    written = _names(texts, values, independent, unknowns)
    _require_one_each(texts, written)
    notation = Notation(written, values)
    if not any(_words(text, values) & set(IMAGINARY) for text in texts):
        expressions = tuple(notation.parse(text) for text in texts)
        for text, expression in zip(texts, expressions, strict=True):
            require_real(expression, text)
        return ReadSystem(written, expressions)
    return _split(texts, written, values)


def _names(
    texts: Sequence[str], values: Mapping[str, sympy.Expr], independent: Sequence[str], unknowns: Sequence[str]
) -> JetSpace:
    """The space that the formulas are about."""
    words = [name for text in texts for name in _NAME.findall(text) if name not in values]
    derived = {m[1]: m[0] for name in words if (m := _DERIVATIVE.fullmatch(name))}
    for name in [name for text in texts for match in ALONE.findall(text) for name in match if name]:
        if name not in values:
            derived.setdefault(name, f"a derivative of {name}")
    for name, example in derived.items():
        if twice := _DERIVATIVE.fullmatch(name):
            last = example.rpartition("_")[2]
            raise UsageError(f"{example!r} has two indices: write it as {twice[1]}_{twice[2]}{last}.")
        if name in RESERVED:
            raise UsageError(
                f"{name!r} has a meaning in formulas, so it cannot be an unknown as in {example}. Give it another name."
            )
    both = [name for name in values if any(_DERIVATIVE.fullmatch(w) and w.rpartition("_")[0] == name for w in words)]
    if both:
        raise UsageError(f"{both[0]!r} is a parameter and an unknown, as it has a derivative. Rename one of them.")
    foreign = [name for name in derived if unknowns and name not in unknowns]
    if foreign:
        raise UsageError(
            f"The equations have {derived[foreign[0]]}, but the unknown{'s are' if len(unknowns) > 1 else ' is'} "
            f"{listed(unknowns)}: there is no {foreign[0]}."
        )
    dependent = tuple(unknowns) or _ordered(texts, set(derived))
    if missing := [name for name in dependent if name not in words and name not in derived]:
        raise UsageError(f"No equation has the unknown {missing[0]}.")
    if clash := [name for name in dependent if name in values]:
        raise UsageError(f"{clash[0]!r} is a parameter and an unknown. Rename one of them.")
    for name in dependent if len(dependent) > len(texts) else ():
        if stem := next((other for other in dependent if other != name and name.startswith(other)), None):
            rest = f"{name.removeprefix(stem)}_{derived[name].rpartition('_')[2]}" if name in derived else ""
            if (m := _DERIVATIVE.fullmatch(rest)) and m[1] in dependent:
                raise UsageError(f"{derived[name]!r} is a derivative of {name!r}: write {stem}*{rest} for a product.")
    if not dependent:
        joined = [f"{m[1]}_{m[2]} for {w}" for w in words if (m := _JOINED.fullmatch(w)) and w not in RESERVED]
        advice = f" Write {joined[0]}." if joined else ""
        raise UsageError(f"The equations have no derivative such as u_t, so there is no unknown in them.{advice}")
    index = {letter for w in words if (m := _DERIVATIVE.fullmatch(w)) for letter in m[2]}
    index |= {letter for text in texts for letters in _INDEX.findall(text) for letter in letters if letter in LETTERS}
    if clash := sorted(index & {*dependent, *values}):
        raise UsageError(f"{clash[0]!r} is a variable in which derivatives are taken: rename the other {clash[0]}.")
    used = index | {w for w in words if w in LETTERS and w not in dependent}
    if bad := [name for name in independent if name not in tuple(LETTERS) or name in dependent]:
        raise UsageError(f"{bad[0]!r} cannot be an independent variable: these are x, y, z and t.")
    if independent and (more := sorted(used - set(independent))):
        raise UsageError(
            f"The equations have {more[0]}, which is neither an unknown nor a variable: those are "
            f"{listed(independent)}."
        )
    variables = tuple(letter for letter in LETTERS if letter in (independent or used))
    if not variables:
        raise UsageError("The equations have no derivative such as u_t.")
    if len(dependent) > MOST_UNKNOWNS:
        raise UsageError(f"The equations have {len(dependent)} unknowns; at most {MOST_UNKNOWNS} are supported.")
    return JetSpace(variables, dependent)


def _ordered(texts: Sequence[str], unknowns: set[str]) -> tuple[str, ...]:
    """Unknowns by the equations that begin with them; then the others, as they come."""
    found = [
        [name for w in _NAME.findall(text) for name in (w, w.rpartition("_")[0]) if name in unknowns] for text in texts
    ]
    firsts = [names[0] for names in found if names]
    return tuple(dict.fromkeys([*firsts, *(name for names in found for name in names)]))


def _words(text: str, values: Mapping[str, sympy.Expr]) -> set[str]:
    return {name for name in _NAME.findall(text) if name not in values}


def _require_parameters(values: Mapping[str, sympy.Expr]) -> None:
    for name in values:
        if name in ("t", *(r for r in RESERVED if r != "I")) or not name.isidentifier():
            raise UsageError(f"{name!r} cannot be the name of a parameter. Choose another.")


def _require_one_each(texts: Sequence[str], space: JetSpace) -> None:
    """Two equations that are solved for the same derivative are one too many for it, and one too few for another."""
    seen: set[Jet] = set()
    for text in texts:
        left, equals, _ = text.partition("=")
        jet = space.jet(left.strip()) if equals else None
        if jet is not None and jet in seen:
            raise UsageError(
                f"Two equations are solved for {space.symbol(jet)}. Give one for each unknown, or write what they "
                "say together, such as 'u_x + v_y = 0'."
            )
        seen |= {jet} if jet else set()


def _split(texts: Sequence[str], written: JetSpace, values: Mapping[str, sympy.Expr]) -> ReadSystem:
    """Real and imaginary parts of all equations; as many unknowns are real as have a real equation for each."""
    parts = {name: (f"{name}_r", f"{name}_i") for name in written.dependent}
    if clash := [part for pair in parts.values() for part in pair if part in written.dependent]:
        raise UsageError(f"{clash[0]!r} is an unknown, and part of the complex {clash[0][:-2]}. Rename one of them.")
    notation = Notation(written, values, parts)
    pairs = [_real_and_imaginary(notation.parse(text), text) for text in texts]
    space = notation.space
    for count in range(len(written.dependent), -1, -1):
        for real in combinations(written.dependent, count):
            names = {name: space.jets(*(e for pair in pairs for e in pair)) for name in real}
            replaced = {
                space.symbol(jet): sympy.Integer(0) if jet.unknown.endswith("_i") else _renamed(written, name, jet)
                for name, jets in names.items()
                for jet in jets
                if jet.unknown in parts[name]
            }
            split = [tuple(sympy.expand(e.xreplace(replaced)) for e in pair) for pair in pairs]
            if sum(imaginary == 0 for _, imaginary in split) < len(real):
                continue
            kept = {name: pair for name, pair in parts.items() if name not in real}
            own = Notation(written, values, kept).space
            expressions = [e for pair in split for e in pair if e != 0]
            for expression in expressions:
                require_real(expression, str(expression))
            return ReadSystem(own, tuple(expressions), kept)
    raise AssertionError("no unknown is real in the last combination")


def _renamed(written: JetSpace, name: str, jet: Jet) -> sympy.Symbol:
    return written.symbol(Jet(name, jet.orders))


def _real_and_imaginary(expression: sympy.Expr, text: str) -> tuple[sympy.Expr, sympy.Expr]:
    parts = parts_of(expression)
    if any(part.has(sympy.I) or not part.atoms(sympy.Function) <= part.atoms(*FUNCTIONS.values()) for part in parts):
        raise UsageError(f"{text!r} cannot be split into real and imaginary parts. Write it for these two unknowns.")
    return parts
