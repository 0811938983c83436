"""The data that a report is made beside: whether they are those that the generators were found in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from symgen.data_files import is_there
from symgen.exceptions import DataError
from symgen.generators.artifact import Artifact
from symgen.generators.domains import ImageDomain, SystemDomain
from symgen.pde.solutions_file import load_solutions, sha256_of
from symgen.readable import require_readable


@dataclass(frozen=True)
class Checked:
    """A file or folder of data, and how its checksum compares."""

    path: Path
    same: bool | None
    """None where the generators file has no checksum."""

    @property
    def words(self) -> str:
        """For people."""
        if self.same is None:
            return f"{self.path.name}: the generators file has no checksum to compare it with"
        if self.same:
            return f"{self.path.name} has this checksum: these are the data"
        return f"{self.path.name} has another checksum: these are not the data that the generators were found in"


def checked_data(artifact: Artifact, path: str | Path) -> Checked:
    """Compare the checksum of data with that in the generators file; DataError where there are none."""
    path = Path(path)
    require_readable(path)
    if not is_there(path):
        raise DataError(f"{path}: no such file. --data takes the data that the generators were found in.")
    wanted = artifact.metadata.data.sha256
    if wanted is None:
        return Checked(path, None)
    if isinstance(artifact.metadata.domain, ImageDomain):
        from symgen.image.datasets import load_images

        return Checked(path, load_images(path).sha256 == wanted)
    return Checked(path, sha256_of(path) == wanted)


def with_specimen(artifact: Artifact, path: Path) -> Artifact:
    """With the first solution of the data to look at, where a file that an older version wrote has none."""
    domain = artifact.metadata.domain
    if artifact.specimen or not isinstance(domain, SystemDomain):
        return artifact
    data = load_solutions(path)
    names = tuple(axis.name for axis in data.axes)
    if set(names) != set(domain.independent) or tuple(data.unknowns) != domain.unknowns:
        raise DataError(
            f"{path} has {', '.join(data.unknowns)} over {', '.join(names)}, and the generators act on "
            f"{', '.join(domain.unknowns)} over {', '.join(domain.independent)}."
        )
    import torch

    values = torch.as_tensor(data.read([0])[0], dtype=artifact.points.dtype)
    specimen = {name: values[..., place] for place, name in enumerate(domain.unknowns)}
    specimen |= {axis.name: torch.as_tensor(axis.points, dtype=artifact.points.dtype) for axis in data.axes}
    return replace(artifact, specimen=specimen)
