"""`symgen.compare`: how far generators are from others, or from the true ones."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from symgen.api.generators import Generators, load
from symgen.api.words import python_words
from symgen.generators.artifact import Artifact

if TYPE_CHECKING:
    from symgen.inspection.comparison import Comparison


@python_words()
def compare(generators: Artifact | str | Path, against: Artifact | str | Path = "lps") -> Comparison:
    """Generators, or their file, against others on the same domain, as `symgen inspect FILE --against`.

    `against` are generators, their file, or a name: "lps", the true Lie point symmetries of the equation; "affine", for
    images; for points a group, such as "lorentz". Angles are in radians, in the data's inner product. Raises UsageError
    for another name, DataError for generators of another domain.

    >>> import symgen
    >>> gens = symgen.discover("kepler")
    >>> found = symgen.compare(gens, "lps")
    >>> found.distance < 1e-6, found.missed
    (True, ())
    """
    from symgen.inspection.comparison import compare as compared
    from symgen.inspection.reference import reference

    found = generators if isinstance(generators, Artifact) else load(generators)
    other = str(against) if isinstance(against, Path) else against
    if isinstance(other, Artifact) and other.points.device != found.points.device:
        other = Generators.of(other).to(found.points.device)
    return compared(found, reference(found, other))
