"""`symgen.SymmetryFinder`: discovery in points in the manner of scikit-learn, which it does not need."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from symgen.api.discover import discover
from symgen.api.generators import Generators
from symgen.exceptions import UsageError

if TYPE_CHECKING:
    import torch
    from numpy.typing import ArrayLike, NDArray


class SymmetryFinder:
    """Finds the vector fields that leave a target, or the density of points, as they are.

    Parameters are those of `symgen.discover`, and checked by `fit`. After it, `generators_` are the `Generators`,
    `n_features_in_` is the number of columns and `feature_names_in_` their names, where X had some.

    >>> import numpy as np, symgen
    >>> X = np.random.default_rng(0).normal(size=(400, 2))
    >>> finder = symgen.SymmetryFinder(library="linear").fit(X, (X**2).sum(1))
    >>> finder.generators_.formulas[0], finder.transform(X).shape
    ('x2 d/dx1 - x1 d/dx2', (400, 2))
    """

    def __init__(
        self,
        *,
        symmetry: Literal["invariance", "equivariance", "density"] | None = None,
        library: str | None = None,
        degree: int | None = None,
        method: Literal["spectral", "flow"] | None = None,
        n_generators: int | None = None,
        classes: bool | None = None,
        settings: Mapping[str, Any] | None = None,
        seed: int = 0,
        device: str | torch.device = "auto",
    ) -> None:
        self.symmetry = symmetry
        self.library = library
        self.degree = degree
        self.method = method
        self.n_generators = n_generators
        self.classes = classes
        self.settings = settings
        self.seed = seed
        self.device = device

    @classmethod
    def _parameters(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name; `deep` is for estimators inside others, of which there are none."""
        return {name: getattr(self, name) for name in self._parameters()}

    def set_params(self, **params: Any) -> Self:
        """Set parameters; ValueError for another name, as scikit-learn has it."""
        for name, value in params.items():
            if name not in self._parameters():
                raise ValueError(f"There is no parameter {name!r}. There are {', '.join(self._parameters())}.")
            setattr(self, name, value)
        return self

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Find the generators at points X (n, d), or (n, k, d), with their target y (n,) or (n, p), or without one."""
        table, names = _table(X)
        symmetry = self.symmetry or ("density" if y is None else None)
        columns = None if names is None else [name if name.isidentifier() else f"x{i}" for i, name in enumerate(names)]
        params = {name: value for name, value in self.get_params().items() if name != "symmetry"}
        self.generators_: Generators = discover(table, target=y, symmetry=symmetry, columns=columns, **params)
        self.n_features_in_ = int(table.shape[-1])
        if names is not None:
            self.feature_names_in_ = np.array(names, dtype=object)
        return self

    def transform(self, X: ArrayLike) -> NDArray[np.float64]:
        """Components of all generators at points (n, d) -> (n, generators * d), generator by generator."""
        table = _table(X)[0]
        self._require_fitted()
        if table.shape[-1] != self.n_features_in_:
            raise ValueError(
                f"X has {table.shape[-1]} features, and SymmetryFinder was fitted to {self.n_features_in_}."
            )
        found = np.asarray(self.generators_(table), dtype=np.float64)
        return np.moveaxis(found, 0, -2).reshape(len(table), -1)

    def fit_transform(self, X: ArrayLike, y: ArrayLike | None = None) -> NDArray[np.float64]:
        """`fit`, then `transform`."""
        return self.fit(X, y).transform(X)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Of the columns that `transform` gives: `V1_x1`, `V1_x2`, ..."""
        self._require_fitted()
        columns = self.generators_.metadata.space.names[: self.n_features_in_]
        return np.array(
            [f"V{place}_{name}" for place in range(1, len(self.generators_) + 1) for name in columns], object
        )

    def _require_fitted(self) -> None:
        if not hasattr(self, "generators_"):
            raise UsageError("SymmetryFinder is not fitted yet: call fit(X, y) first.")

    def __repr__(self) -> str:
        defaults = {name: p.default for name, p in inspect.signature(type(self).__init__).parameters.items()}
        given = [f"{name}={value!r}" for name, value in self.get_params().items() if value is not defaults[name]]
        return f"SymmetryFinder({', '.join(given)})"

    def __sklearn_tags__(self) -> Any:
        """What scikit-learn asks of it, which is installed where it asks."""
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags  # type: ignore[import-not-found]

        tags = Tags(estimator_type=None, target_tags=TargetTags(required=False), transformer_tags=TransformerTags())
        tags.input_tags = InputTags(three_d_array=True)
        return tags


def _table(X: Any) -> tuple[np.ndarray, list[str] | None]:
    """X as an array, and its names of columns, where it has some."""
    names = [str(name) for name in X.columns] if hasattr(X, "columns") else None
    table = X.detach().cpu().numpy() if hasattr(X, "detach") else np.asarray(X)
    return table, names
