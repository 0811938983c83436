"""What a discovery says beside its generators of what is conserved: a quick look, which never stands in its way."""

from __future__ import annotations

from dataclasses import replace

from symgen.conserved.found import conserved_in_data
from symgen.conserved.law_drifts import Drifts, law_drifts
from symgen.equations.conservation.laws import conservation_laws
from symgen.equations.system import System
from symgen.exceptions import SymgenError
from symgen.generators.artifact import Artifact
from symgen.pde.solutions import Solutions
from symgen.time_limit import TooSlow, time_limit

SECONDS = 5.0
"""For algebra and data each."""
BROKEN = (
    ArithmeticError,
    AttributeError,
    IndexError,
    KeyError,
    NotImplementedError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What computer algebra and numerical libraries raise on what they are not made for."""


def conserved_by(data: Solutions, system: System) -> Drifts:
    """Drifts in the data of the laws that algebra finds; without any and with a note where that fails or takes long."""
    try:
        with time_limit(SECONDS):
            laws = conservation_laws(system)
    except TooSlow:
        return Drifts(
            (), (f"{_LAWS} take more than {SECONDS:g} s: symgen inspect --equation ... --conserved has time.",)
        )
    except (SymgenError, *BROKEN) as error:
        return Drifts((), (f"{_LAWS} are not known. {_words(error)}",))
    try:
        with time_limit(SECONDS):
            found = law_drifts(data, system.space, laws.laws)
    except TooSlow:
        return Drifts(
            (), (f"How well the data keep its {len(laws.laws)} conservation laws takes more than {SECONDS:g} s.",)
        )
    except (SymgenError, *BROKEN) as error:
        return Drifts((), (f"How well the data keep conservation laws is not known. {_words(error)}",))
    return Drifts(found.records, (*laws.notes, *found.notes))


def constant_in(data: Solutions) -> Drifts:
    """Densities that stay constant in data without an equation; a note says where nothing can be told."""
    try:
        with time_limit(SECONDS):
            found = conserved_in_data(data)
    except TooSlow:
        return Drifts((), (f"What else stays constant takes more than {SECONDS:g} s to find out.",))
    except (SymgenError, *BROKEN) as error:
        return Drifts((), (f"What stays constant without an equation is not known. {_words(error)}",))
    return Drifts(found.records, found.notes)


def with_conserved(artifact: Artifact, data: Solutions, system: System, without_equation: bool) -> Artifact:
    """The artifact with what the data keep of the system's conservation laws, and, for data that came
    `without_equation`, what stays constant in them without one.
    """
    found = conserved_by(data, system)
    if without_equation:
        seen = constant_in(data)
        found = Drifts((*found.records, *seen.records), (*found.notes, *seen.notes))
    update = {"conserved": found.records, "conserved_notes": found.notes}
    return replace(artifact, metadata=artifact.metadata.model_copy(update=update))


_LAWS = "The conservation laws of the equation"


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, SymgenError) else f"({type(error).__name__}: {error})"
