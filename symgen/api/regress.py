"""`symgen.regress`: the equation of data that come without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from symgen.api.heard import Heard, Progress
from symgen.api.options import as_options
from symgen.api.subject import find_subject
from symgen.api.words import python_words
from symgen.exceptions import UsageError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from symgen.discovery.requests.request import Request
    from symgen.generators.metadata import Regression
    from symgen.pde.solutions import Solutions


@dataclass(frozen=True, repr=False)
class FoundEquations:
    """One equation for every unknown, with the errors of its coefficients. Printed, in words."""

    records: tuple[Regression, ...]

    @property
    def equations(self) -> tuple[str, ...]:
        """Strings that equal zero, as `symgen.discover` takes them."""
        return tuple(record.equation for record in self.records)

    @property
    def coefficients(self) -> tuple[dict[str, tuple[float, float]], ...]:
        """Of each equation, by its terms: the coefficient and its error."""
        return tuple({term.text: (term.coefficient, term.error) for term in record.terms} for record in self.records)

    @property
    def doubts(self) -> tuple[str, ...]:
        """What is uncertain about the equations."""
        return tuple(doubt for record in self.records for doubt in record.doubts)

    def __repr__(self) -> str:
        return "\n".join([*map(_in_words, self.records), *(f"Doubt: {doubt}" for doubt in self.doubts)])


def _in_words(record: Regression) -> str:
    each = []
    for term in record.terms:
        error = f" ± {term.error:.1g}" if term.error or not record.assumed else ""  # what is assumed has none
        each.append(f"({term.coefficient:.6g}{error}) {term.text}")
    terms = " + ".join(each) or "0"
    return f"{record.left} = {terms}; {record.residual:.1e} of {record.left} is left"


@python_words()
def regress(
    subject: Any = None,
    *,
    x: ArrayLike | str | None = None,
    y: ArrayLike | str | None = None,
    z: ArrayLike | str | None = None,
    t: ArrayLike | str | None = None,
    boundary: Literal["periodic", "open"] | Mapping[str, str] | None = None,
    field: str | None = None,
    skip_bad: bool = False,
    terms: Literal["plain", "all"] | None = None,
    assume: str | Sequence[str] | None = None,
    progress: Progress | None = None,
    **unknowns: ArrayLike,
) -> FoundEquations:
    """Find a sparse equation for every unknown in solutions: arrays, `Solutions` or a file, as `symgen.discover`.

    What data say about their equations is not looked at. `terms` are those that are tried for one u(x, t), `assume`
    symmetries that the equations are known to have. Doubts are warnings. Raises DataError where nothing sparse fits.

    >>> import numpy as np, symgen
    >>> x, t = np.arange(64) * (2 * np.pi / 64), np.linspace(0, 2, 60)
    >>> k = np.arange(1, 4)[:, None, None]
    >>> u = np.exp(-0.1 * k**2 * t[:, None]) * np.cos(k * x + k)
    >>> symgen.regress(u, x=x, t=t).equations
    ('u_t - 0.1*u_xx',)
    """
    heard = Heard(progress)
    options = as_options(locals())
    request = find_subject(subject, None, unknowns, None, options, "cpu").request
    if request.kind not in ("equation", "system") or request.simulated:
        raise UsageError("Equations are found in solutions: arrays with their coordinates, `Solutions`, or a file.")
    with heard.progress("Looking for equations") as update:
        found = FoundEquations(_records(request, heard, update))
    for doubt in found.doubts:
        heard.warning(doubt)
    return found


def _records(request: Request, heard: Heard, update: Any) -> tuple[Regression, ...]:
    from symgen.discovery.axis_order import in_order
    from symgen.discovery.regression import with_regression
    from symgen.discovery.regression.of_solutions import regress_system
    from symgen.discovery.requests.listener import tell_origin
    from symgen.discovery.requests.system import REFUSED, solutions_of
    from symgen.pde.trajectories import Trajectories

    data = _without_equations(solutions_of(request))
    assume = tuple(request["assume"] or ())
    if request.kind == "system":
        if request["terms"] is not None:
            raise UsageError(f"terms makes no sense for systems: {REFUSED['terms']}.")
        tell_origin(heard, data)
        return regress_system(data, update, assume)
    ordered = in_order(Trajectories.of(data), request["terms"], update, assume)
    tell_origin(heard, ordered)
    found = with_regression(ordered, update, request["terms"], assume).regression
    assert found is not None
    return (found,)


def _without_equations(data: Solutions) -> Solutions:
    """The data as if nothing were known about them."""
    known: dict[str, Any] = {"equations": (), "name": None, "parameters": {}}
    other = None if data.alternative is None else _without_equations(data.alternative)
    return replace(data, info=data.info.model_copy(update=known), alternative=other)
