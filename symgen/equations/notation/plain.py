"""All equations of a system, rewritten in symgen's grammar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from symgen.equations.notation.rewriter import Rewriter
from symgen.equations.notation.tokens import LETTERS, tokens
from symgen.equations.notation.typeset import plain_characters
from symgen.equations.notation.words import ALONE, Words
from symgen.expressions import MAX_LENGTH

_DERIVATIVE = re.compile(r"(?<!\w)([^\W\d_]\w*?)_[xyzt]+(?!\w)")


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
    known |= {name for text in texts for names in ALONE.findall(text) for name in names if name}
    typeset = [plain_characters(text, known) for text in texts]
    words = Words(frozenset(parameters), frozenset(known), tuple(independent))
    try:
        for text in typeset:  # once to see what is differentiated in what, and once more with that known
            first = Rewriter(tokens(text), words, final=False)
            first.equation()
            words = first.words
        rewriters = [Rewriter(tokens(text), words, final=True) for text in typeset]
        rewritten = [rewriter.equation() for rewriter in rewriters]
    except RecursionError:
        return Plain(tuple(texts))
    letters = {letter for r in rewriters for letter in r.words.applied}
    results = tuple(
        text if _same(result, text) or not rewriter.readable else _tidied(result)
        for text, result, rewriter in zip(texts, rewritten, rewriters, strict=True)
    )
    return Plain(results, tuple(letter for letter in LETTERS if letter in letters))


def _same(one: str, other: str) -> bool:
    return "".join(one.split()) == "".join(other.split())


def _tidied(text: str) -> str:
    """A formula with spaces around sums only, and plain numbers as powers."""
    text = re.sub(r"\s*(\*\*?|/|\^)\s*", r"\1", " ".join(text.split()))
    text = re.sub(r"(?<=\()\s|\s(?=[),])", "", text)
    text = re.sub(r"((?:^|[=(,*/^])\s?-)\s", r"\1", text)
    return re.sub(r"(?<=\^)\((\w+)\)(?![\w^])", r"\1", text).strip()
