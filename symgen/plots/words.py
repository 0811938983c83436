"""Equations and formulas in mathematical notation, measured so that they fit where they go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy

from symgen.exceptions import UsageError
from symgen.expressions import parse_field
from symgen.generators.closed_form import readable, shortened
from symgen.generators.domains import PointsDomain, SystemDomain
from symgen.generators.metadata import Metadata
from symgen.pde.grammar import parse_equation, symbol_jet
from symgen.pde.parameters import exact_value
from symgen.plots.notes import text_width
from symgen.plots.style import LARGE
from symgen.plots.written import equation_terms, parses, symbol_text

DIGITS, LARGEST = 4, 100
"""Numbers of formulas: fractions with a larger denominator are written as decimals of so many digits."""
LINES = 4
"""Equations of a system that a title has at most."""
ROUGH = 1e-3
"""Formulas further from their field than this (rad) are shown as approximations."""


def _value(value: float | str) -> str:
    return sympy.latex(exact_value(value)) if isinstance(value, str) else f"{value:g}"


def equation_text(metadata: Metadata, width: float, size: float = LARGE) -> str:
    """The equation with its name in front and its parameters behind, time derivative first, in at most two lines.

    Those of a system are one a line.
    """
    if isinstance(metadata.domain, PointsDomain):
        return points_title(metadata, width, size)
    if isinstance(metadata.domain, SystemDomain):
        return system_text(metadata.domain.equations, metadata.domain.parameters, width, size)
    domain = metadata.pde
    try:
        symbols = {name: sympy.Symbol(name, real=True) for name in domain.parameters}
        expression, shown = parse_equation(domain.equation, symbols), domain.parameters
    except UsageError:  # a parameter that is a power, which must be a number
        values = {name: exact_value(value) for name, value in domain.parameters.items()}
        expression, shown = parse_equation(domain.equation, values), {}
    terms = [_signed(term, place == 0) for place, term in enumerate(sorted(sympy.Add.make_args(expression), key=_rank))]
    behind = "".join(rf",  ${sympy.latex(sympy.Symbol(name))} = {_value(value)}$" for name, value in shown.items())
    ends = ["$"] * (len(terms) - 1) + [f" = 0${behind}"]
    parts = [(f"${term}{end}", rf"$+\; \ldots{end}") for term, end in zip(terms, ends, strict=True)]
    return fit(f"{domain.name}:  " if domain.name else "", parts, width, size, lines=2)


def system_text(
    equations: Sequence[str], parameters: Mapping[str, float | str], width: float, size: float = LARGE
) -> str:
    """Equations as they were written, one a line, as many as fit into `LINES`; the parameters behind the last."""
    values = [rf"{symbol_text(name)} = {_value(value)}" for name, value in parameters.items()]
    lines = []
    for text in equations:
        terms = [(f"${term}$", r"$+\; \ldots$") for term in equation_terms(text)]
        if not all(parses(term) for term, _ in terms):
            terms = [(text, "...")]  # as it is: only its typography is lost
        lines.append(fit("", terms, width, size, lines=1))
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], f"... ({len(lines) - LINES + 1} more equations)"]
    behind = ",  ".join(f"${value}$" for value in values)
    if not behind:
        return "\n".join(lines)
    last = f"{lines[-1]},  {behind}"
    if text_width(last, size) <= width:
        return "\n".join([*lines[:-1], last])
    return "\n".join([*lines, fit("", [(f"${value}$", "...") for value in values], width, size, lines=1)])


CONDITIONS = {
    "invariance": "invariance of",
    "equivariance": "equivariance of",
    "density": "invariance of the density,",
    "samples": "invariance of",
    "own": "symmetries of",
}


def points_title(metadata: Metadata, width: float, size: float = LARGE) -> str:
    """What is invariant and of which data, in at most two lines."""
    domain = metadata.of_points
    words = f"{CONDITIONS[domain.judged]} {domain.words}".replace("$", r"\$")
    named = domain.name not in (domain.words, domain.condition)
    prefix = f"{domain.name}: ".replace("$", r"\$") if named else ""
    return fit(prefix, [(f"{word} ", "... ") for word in words.split()], width, size, lines=2, more="...")


def heading(metadata: Metadata, width: float, rows: int) -> str:
    """Title of a figure with a row for each of the first `rows` generators."""
    count = len(metadata.generators)
    text = equation_text(metadata, width)
    return text if rows == count else f"{text}\n(the first {rows} of {count} generators)"


def _rank(term: sympy.Expr) -> tuple[bool, int, str]:
    jets = [jet for s in term.free_symbols if (jet := symbol_jet(s)) is not None]
    return not any(j for _, j in jets), max((i for i, _ in jets), default=0), str(term)


def _signed(expression: sympy.Expr, first: bool, factor: str = "") -> str:
    """An expression times `factor`, with the sign that joins it to what stands before it."""
    negative = expression.could_extract_minus_sign()
    size = -expression if negative else expression
    sign = "-" if negative else "+"
    sign = sign.strip("+") if first else rf"{sign}\; "  # mathtext puts no space behind a sign that begins a text
    if factor and size == 1:
        return sign + factor
    text = sympy.latex(size, fold_short_frac=True, mul_symbol=r"\, ")
    if size.is_Add and (factor or negative):
        text = rf"\left({text}\right)"
    return sign + text + (rf"\,{factor}" if factor else "")


def generator_title(metadata: Metadata, place: int, width: float, size: float, lines: int = 1) -> str:
    """`V_place: formula` (counted from 1) in at most `lines` lines of `width` inches, in letters of `size` points.

    Terms that do not fit are shortened to dots.
    """
    name, record = f"V{place}", metadata.generators[place - 1]
    if metadata.domain.kind == "image":  # fits of a dozen terms
        return name
    if record.formula is None:
        return f"{name} (no closed form)"
    rough = (record.formula_error or 0) > ROUGH
    return fit(
        rf"{name} $\approx$ " if rough else f"{name}:  ", formula_terms(record.formula, metadata), width, size, lines
    )


def formula_terms(components: Sequence[str], metadata: Metadata) -> list[tuple[str, str]]:
    """A field's terms in mathtext, each in full and in short."""
    names = metadata.space.names
    terms: list[tuple[str, str]] = []
    for component, name in zip(parse_field(components, names), names, strict=True):
        if component != 0:
            full = _signed(
                readable(shortened(component, DIGITS, LARGEST)), not terms, rf"\partial_{{{symbol_text(name)}}}"
            )
            sign = r"+\; " if terms else ""
            terms.append((f"${full}$", rf"${sign}\ldots\,\partial_{{{symbol_text(name)}}}$"))
    return terms or [("$0$", "$0$")]


def fit(
    prefix: str,
    terms: Sequence[tuple[str, str]],
    width: float,
    size: float,
    lines: int,
    more: str = r" $+ \ldots$",
) -> str:
    """Terms joined into lines that are short enough; the last line ends in `more` if there are too many."""
    done, line = [], prefix
    for full, short in terms:
        term = full if text_width(_join(prefix, full), size) <= width else short
        if line != prefix and text_width(_join(line, term), size) > width:
            done.append(line)
            line = term
        else:
            line = _join(line, term)
    done.append(line)
    return "\n".join(done) if len(done) <= lines else "\n".join([*done[: lines - 1], done[lines - 1] + more])


def _join(left: str, right: str) -> str:
    return f"{left} {right}" if left.endswith("$") else left + right  # a prefix has its own space


def defect_text(metadata: Metadata, place: int) -> str:
    """Status and defect of a generator, counted from 1."""
    record = metadata.generators[place - 1]
    words = record.verdict
    if record.defect <= metadata.rounding:
        return f"{words}, defect < {scientific(metadata.rounding)}"
    return f"{words}, defect {scientific(record.defect)}"


def scientific(value: float, digits: int = 1) -> str:
    """A number such as 5.7 x 10^-11 in mathtext."""
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    return rf"${mantissa} \times 10^{{{int(exponent)}}}$"
