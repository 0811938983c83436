"""The equation of data that come without one, by sparse regression in weak form."""

from symgen.discovery.regression.regress import regress, with_regression

__all__ = ["regress", "with_regression"]
