"""A user's program that has the whole flat API; it is checked with mypy --strict and never run."""

from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader

import symgen

x, t = np.linspace(0.0, 1.0, 64), np.linspace(0.0, 2.0, 40)
u = np.sin(x - t[:, None])

gens = symgen.discover(u, x=x, t=t, equation="u_t + u_x", n_points=4096, method="spectral")
for field in gens:
    formula: str | None = field.formula
    print(formula, field.defect, field.bound, field.status, field.flow([[0.0, 1.0, 2.0]], 0.1))
defects: torch.Tensor = gens.defects
first: symgen.VectorField = gens[0]
others: tuple[symgen.VectorField, ...] = gens[1:]
moved = gens.flow(np.zeros((5, 3)), 0.2)
print(len(gens), gens.formulas, gens.bounds, gens.status, gens.warnings, gens.metadata.exact, moved, first, others)
gens.to("cpu").save(Path("gens.safetensors"), force=True)
page: Path = symgen.load("gens.safetensors").report("gens.html")

symgen.discover("kdv", samples=4, device=torch.device("cpu"))
symgen.discover(torch.zeros(10, 8, 8), [0, 1] * 5, method="spectral")
symgen.discover(np.zeros((100, 3)), target=np.zeros(100), library="linear", columns=("E", "px", "py"))
symgen.discover(h=u, v=u, x=(0, 1), t="0:2", equation=["h_t = v_x", "v_t = h_x"], parameters={"c": "1/3"})
print(symgen.compare(gens, "lps").distance, symgen.compare("gens.safetensors", gens).missed)

found: symgen.Algebra = symgen.algebra("u_t = nu*u_xx", {"nu": 0.1}, degree=3)
names: tuple[str, ...] = found.formulas
print(found.bracket(0, 1), found.brackets, found.trivial, names)

equations: symgen.FoundEquations = symgen.regress(u, x=x, t=t, assume="d/dx, d/dt")
print(equations.equations, equations.coefficients, equations.doubts)

data: symgen.Solutions = symgen.simulate("heat", 4, points=64, waves=(1, 2), seed=1)
data.save("heat.h5")
values: np.ndarray = symgen.load_data("heat.h5", boundary="periodic")["u"]
loader = DataLoader(symgen.augment("lps", data, scale=0.1), batch_size=2)
transform: torch.nn.Module = symgen.augment(gens, scale=0.2)

finder = symgen.SymmetryFinder(library="linear", seed=1).set_params(degree=None).fit(np.zeros((9, 2)), np.zeros(9))
print(finder.generators_.formulas, finder.transform(np.zeros((9, 2))).shape, loader, transform, page, values, defects)

system = symgen.System.from_strings(["x_t = y", "y_t = -x"])
try:
    symgen.load("none.safetensors")
except symgen.DataError as error:
    print(error, system)
except symgen.UsageError:
    raise
