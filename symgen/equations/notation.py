"""Equations in the notations that people use, rewritten in symgen's own; text that this grammar has stays as it is.

Derivatives: `Derivative(u(x, t), t)`, `diff(u, x, 2)`, `D[u, {x, 2}]`, `u_{xx}`, `∂u/∂t`, `d^2u/dx^2`, `\\partial_t u`,
`\\frac{\\partial u}{\\partial t}`, `x'`. The rest: `6 u u_x`, `u²`, `u(1 - u)`, `u(x, t)`, `==`, LaTeX and typographic
signs. What can be read in two ways is refused, with both written out. Nothing is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from symgen.equations.rewriting import Rewriter, Words
from symgen.equations.tokens import LETTERS
from symgen.equations.typeset import plain_characters
from symgen.expressions import MAX_LENGTH

_DERIVATIVE = re.compile(r"(?<!\w)([^\W\d_]\w*?)_[xyzt]+(?!\w)")
_ALONE = re.compile(r"lap\(\s*([^\W\d_]\w*)\s*\)|(?<!\w)\(\s*([^\W\d_]\w*)\s*\)_[xyzt]")


@dataclass(frozen=True)
class Plain:
    """Equations in symgen's grammar."""

    texts: tuple[str, ...]
    variables: tuple[str, ...] = ()
    """Those that unknowns are written as functions of, as in `u(x, t)`; empty where they are not."""


def plain(
    texts: Sequence[str], parameters: Iterable[str] = (), independent: Sequence[str] = (), unknowns: Sequence[str] = ()
) -> Plain:
    """The equations of a system, rewritten.

    `parameters`, `independent` variables and `unknowns` are those that are known beforehand. Raises UsageError for what
    can be read in two ways.
    """
    if any(len(text) > MAX_LENGTH for text in texts):
        return Plain(tuple(texts))  # it is refused where it is parsed
    given = {*parameters, *unknowns}
    known = given | {name for text in texts for name in _DERIVATIVE.findall(text)}
    known |= {name for text in texts for names in _ALONE.findall(text) for name in names if name}
    typeset = [plain_characters(text, known) for text in texts]
    words = Words(frozenset(parameters), frozenset(known), tuple(independent))
    try:
        for text in typeset:  # once to see what is differentiated in what, and once more with that known
            words = Rewriter(text, words, final=False).words
        rewriters = [Rewriter(text, words, final=True) for text in typeset]
    except RecursionError:
        return Plain(tuple(texts))
    letters = {letter for r in rewriters for letter in r.words.applied}
    results = tuple(
        text if _same(r.result, text) or not r.readable else tidied(r.result)
        for text, r in zip(texts, rewriters, strict=True)
    )
    return Plain(results, tuple(letter for letter in LETTERS if letter in letters))


def _same(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())


def tidied(text: str) -> str:
    """A formula with spaces around sums only, and plain numbers as powers."""
    text = re.sub(r"\s*(\*\*?|/|\^)\s*", r"\1", " ".join(text.split()))
    text = re.sub(r"(?<=\()\s|\s(?=[),])", "", text)
    return re.sub(r"(?<=\^)\((\w+)\)(?![\w^])", r"\1", text).strip()
