"""Which system a discovery is about: that of the user's formulas or the data's file, for the data's unknowns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symgen.discovery.regression.assumption import GIVEN
from symgen.discovery.regression.of_solutions import found_system
from symgen.equations.notation import plain
from symgen.equations.posterior import Posterior
from symgen.equations.reading import LETTERS
from symgen.equations.recorded import occurs
from symgen.equations.system import System
from symgen.exceptions import UsageError
from symgen.generators.metadata import Regression
from symgen.pde.parameters import ParameterValue, require_used, require_values
from symgen.pde.solutions import Solutions


@dataclass(frozen=True)
class GivenSystem:
    """A system with the formulas that it was read from."""

    system: System
    texts: tuple[str, ...]
    parameters: dict[str, ParameterValue]
    from_file: bool
    notes: tuple[str, ...] = ()
    regressions: tuple[Regression, ...] = ()
    """How the equations were found, where neither the user nor the file gave any."""
    posteriors: tuple[Posterior, ...] = ()
    """Then also what the data say about their coefficients and terms left out."""


def system_of(
    data: Solutions,
    formulas: Sequence[str],
    parameters: Mapping[str, ParameterValue],
    assume: Sequence[str] = (),
) -> GivenSystem:
    """The system of the formulas, or of the data's file where there are none, in all variables of the data; or else
    the one that regression finds in them, among those with the symmetries of `assume` (see `regress_system`).

    Raises UsageError where equations are about other unknowns or variables than the data, and DataError where there are
    none and none are found, see `regress_system`.
    """
    require_values(parameters, "An equation of data")
    texts, values, from_file = tuple(formulas), dict(parameters), False
    if not texts:
        texts, from_file = data.info.equations, True
        values = {**data.info.parameters, **values}
    holds = f"{', '.join(data.unknowns)} of {', '.join(axis.name for axis in data.axes)}"
    if not texts and parameters:
        raise UsageError(
            f"The data hold {holds}, and do not say which equations they solve, so there is nothing with parameters. "
            "Give one --equation for each unknown."
        )
    names = {letter for letter in LETTERS if letter in [axis.name for axis in data.axes]}
    if other := [axis.name for axis in data.axes if axis.name not in names]:
        raise UsageError(f"The data have an axis {other[0]}; equations are in x, y, z and t. Rename it.")
    if texts and assume:
        raise UsageError(GIVEN)
    independent = [letter for letter in LETTERS if letter in names]
    texts = plain(texts, values, independent, [*data.info.complex, *data.unknowns]).texts
    if texts and (not from_file or parameters):
        require_used(", ".join(texts), parameters)
    found = () if texts else found_system(data, assume=assume)
    if found:
        texts, from_file = tuple(one.record.equation for one in found), False
    written = [name for name in (*data.info.complex, *data.unknowns) if occurs(name, texts, values)]
    parts = {name[:-2] for name in data.unknowns if name.endswith(("_r", "_i"))}
    known = {*data.info.complex, *data.unknowns, *parts, *values}
    for word in re.findall(r"[^\W\d]\w*", ", ".join(texts)):
        name, _, letters = word.rpartition("_")
        if name and set(letters) <= {*LETTERS} and known.isdisjoint((word, name)):
            raise UsageError(_lacking(name, holds))
    system = System.from_strings(texts, values, independent, written)
    for name in system.space.dependent:
        if name not in data.unknowns:
            raise UsageError(_lacking(name, holds))
    spare = [name for name in data.unknowns if name not in system.space.dependent]
    notes = (f"No equation has {', '.join(spare)}: left out.",) if spare else ()
    records = tuple(one.record for one in found)
    posteriors = tuple(one.posterior for one in found if one.posterior)
    return GivenSystem(system, texts, values, from_file, notes, records, posteriors)


def _lacking(name: str, holds: str) -> str:
    return f"The equations have the unknown {name}, which the data lack: they hold {holds}."
