"""Public data sets as they come: what is read of each."""

from __future__ import annotations

import pytest
import sympy

from symgen.augmentation.file import AugmentationSettings, write_augmented
from symgen.augmentation.selection import of_artifact
from symgen.discovery.axis_order import in_order
from symgen.discovery.pde import discover_spectral
from symgen.discovery.settings import SpectralSettings
from symgen.discovery.source import find_source, with_equation
from symgen.exceptions import DataError
from symgen.expressions import parse_field
from symgen.pde.characteristic import LocalSolutions
from symgen.pde.trajectories import load_trajectories

# file, what is said of it, (times, points), x, t, periodic, words of the reading and of the notes
READ = [
    ("allen_cahn_deepxde.mat", {}, (101, 201), (-1, 1), (0, 1), False, "u(t, x)", "slopes there do not go on"),
    ("allen_cahn_pinn.mat", {}, (201, 512), (-1, 0.99609375), (0, 1), True, "'uu' (512, 201) is u(x, t)", ""),
    ("burgers_complex_dtype.npz", {}, (101, 256), (-8, 7.9375), (0, 10), True, "u(x, t)", "imaginary part of at most"),
    (
        "burgers_pdefind.mat",
        {},
        (101, 256),
        (-8, 7.9375),
        (0, 10),
        True,
        "'usol' (256, 101)",
        "imaginary part of at most",
    ),
    ("burgers_shock.mat", {}, (100, 255), (-1, 1 - 2 / 255), (0, 0.99), True, "'usol'", "the end of the period"),
    ("cahn_hilliard.mat", {}, (201, 256), (-1, 1 - 2 / 256), (0, 1), True, "'usol'", ""),
    (
        "chafee_infante_u.npy",
        {},
        (200, 301),
        (0, 3),
        (0.1, 0.498),
        False,
        "u(x, t)",
        "x is read from chafee_infante_x.npy",
    ),
    ("heat_long.csv", {}, (50, 50), (0, 1), (0, 0.5), False, "u(t, x)", "slopes there do not go on"),
    ("heat_one_mode.mat", {}, (201, 200), (0, 9.95), (0, 10), True, "'usol'", ""),
    (
        "heat_soil.npz",
        {},
        (576, 51),
        (-1.5, 0),
        (300, 172800),
        False,
        "'u' (51, 576, 1) is u(x, t)",
        "by their names: du",
    ),
    ("kdv_forced.npz", {}, (101, 101), (0, 1), (0, 1), False, "u(t, x)", ""),
    ("kdv_moved.npz", {}, (201, 512), (-30, 29.8828125), (0, 20), True, "u(t, x)", ""),
    ("kdv_one_soliton.npz", {}, (120, 480), (-3, 3), (0, 1), False, "u(t, x)", ""),
    (
        "ks_end_point.mat",
        {},
        (251, 511),
        (-10, 10 - 20 / 511),
        (0, 50),
        True,
        "u(x, t)",
        "x = 10, has the values of the first",
    ),
    (
        "ks_end_point.mat",
        {"periodic": True},
        (251, 511),
        (-10, 10 - 20 / 511),
        (0, 50),
        True,
        "u(x, t)",
        "511 points are left",
    ),
    ("ks_fine_grid_noise.npz", {}, (251, 1024), (0.0981747704, 100.5309649), (0, 100), True, "u(t, x)", ""),
    (
        "porous_medium_u.npy",
        {"x": "1:2", "t": "0:0.5"},
        (251, 100),
        (1, 2),
        (0, 0.5),
        False,
        "u(t, x)",
        "not in the file",
    ),
    ("wave_numerical.mat", {}, (241, 120), (-4, 6), (0, 12), False, "'y' (120, 241) is u(x, t)", ""),
    ("x_coefficient.npz", {}, (251, 100), (1, 2), (0, 1), False, "u(t, x)", ""),
    (
        "burgers_16.pt",
        {"x": "0:1", "t": "0:1"},
        (17, 16),
        (0, 1),
        (0, 1),
        True,
        "'y' (800, 17, 16) is u(sample, t, x)",
        "",
    ),
    ("klein_gordon_square.npz", {}, (201, 201), (-1, 1), (0, 3), False, "u(x, t)", "u is kept at both ends of x"),
    (
        "wave_matrix.csv",
        {"x": "0:1", "t": "0:1"},
        (101, 101),
        (0, 1),
        (0, 1),
        False,
        "u(x, t)",
        "u is kept at both ends of x",
    ),
    (
        "burgers_inviscid_nested.mat",
        {},
        (256, 256),
        (-4000, 4000),
        (0, 4),
        False,
        "'U_exact' (256, 256) is u(x, t)",
        "u is kept at both ends of x",
    ),
]
REFUSED = [
    ("burgers_16.pt", r"'y' has shape \(800, 17, 16\), taken as \(sample, time, x\).* --x FROM:TO --t FROM:TO"),
    ("porous_medium_u.npy", r"'u' has shape \(251, 100\).* --x FROM:TO --t FROM:TO"),
    ("wave_matrix.csv", r"'u' has shape \(101, 101\).* --x FROM:TO --t FROM:TO"),
    ("reaction_two_fields.npz", r"Ca \(201, 201\), Cb \(201, 201\). Here one unknown"),
    ("nls.mat", r"'uu' \(256, 201\) is complex, which is a system of two real unknowns"),
    ("transport_diffusion.npy", "it holds Python objects, which are never unpickled"),
]


@pytest.mark.parametrize(("name", "given", "shape", "x", "t", "periodic", "reading", "note"), READ)
def test_read(real, name, given, shape, x, t, periodic, reading, note):
    data = in_order(load_trajectories(real / name, **given))
    assert data.read([0]).shape[1:] == shape
    assert data.x[[0, -1]] == pytest.approx(x)
    assert data.t[[0, -1]] == pytest.approx(t)
    assert data.info.periodic == periodic
    assert reading in data.origin.reading
    assert note in " ".join(data.origin.notes)


@pytest.mark.parametrize(("name", "said"), REFUSED)
def test_refused(real, name, said):
    with pytest.raises(DataError, match=said):
        load_trajectories(real / name)


def test_order_by_the_equation(real):
    data = load_trajectories(real / "wave_matrix.csv", x="0:1", t="0:1")
    data = in_order(with_equation(data, None, "u_tt = 0.04*u_xx", {}))
    assert "is u(x, t)" in data.origin.reading
    assert "so the equation leaves" in data.origin.notes[-1]


def test_one_of_two_unknowns_is_doubted(real):
    data = load_trajectories(real / "reaction_two_fields.npz", field="Ca")
    assert "left out: Cb (201, 201). If its equation needs them" in data.origin.warnings[0]


# file, what is said of it, equation that is given, symmetries, terms of the equation that is found, words of warnings
FOUND = [
    ("allen_cahn_deepxde.mat", {}, None, 2, {"u_t", "u_xx", "u", "u**3"}, ""),
    ("allen_cahn_pinn.mat", {}, None, 2, {"u_t", "u_xx", "u", "u**3"}, ""),
    ("burgers_complex_dtype.npz", {}, None, 5, {"u_t", "u*u_x", "u_xx"}, ""),
    ("burgers_pdefind.mat", {}, None, 5, {"u_t", "u*u_x", "u_xx"}, ""),
    ("burgers_shock.mat", {}, None, 5, {"u_t", "u*u_x", "u_xx"}, ""),
    ("burgers_shock.mat", {}, "u_t + u*u_x = (0.01/pi)*u_xx", 5, {"u_t", "u*u_x", "u_xx"}, ""),
    # one wave of any shape fits u_t = -u u_x and damped ones: most of so many symmetries are undecided
    ("burgers_inviscid_nested.mat", {}, None, None, {"u_t", "u*u_x"}, "exact symmetries: so many"),
    ("cahn_hilliard.mat", {}, None, 2, {"u_t", "u*u_x**2", "u**2*u_xx", "u_xx", "u_xxxx"}, ""),
    ("chafee_infante_u.npy", {}, None, 2, {"u_t", "u_xx", "u", "u**3"}, "the solver's"),
    ("heat_long.csv", {}, None, 9, {"u_t", "u_xx"}, ""),
    ("heat_one_mode.mat", {}, None, 2, {"u_t", "u_xx"}, "cannot tell some terms apart"),
    ("heat_soil.npz", {}, None, 9, {"u_t", "u_xx"}, "the solver's"),
    ("kdv_moved.npz", {}, None, 4, {"u_t", "u*u_x", "u_xxx"}, ""),
    ("kdv_one_soliton.npz", {}, None, None, {"u_t", "u_x"}, "one travelling wave"),
    ("kdv_one_soliton.npz", {}, "u_t + 6*u*u_x + u_xxx", 4, {"u_t", "u*u_x", "u_xxx"}, ""),
    ("klein_gordon_square.npz", {}, None, 10, {"u_tt", "u", "u_xx"}, ""),
    ("ks_end_point.mat", {}, None, 3, {"u_t", "u*u_x", "u_xx", "u_xxxx"}, ""),
    ("ks_end_point.mat", {"boundary": "periodic"}, None, 3, {"u_t", "u*u_x", "u_xx", "u_xxxx"}, ""),
    ("ks_fine_grid_noise.npz", {}, None, 3, {"u_t", "u*u_x", "u_xx", "u_xxxx"}, ""),
    ("porous_medium_u.npy", {"x": "1:2", "t": "0:0.5"}, None, 4, {"u_t", "u*u_xx", "u_x**2"}, ""),
    ("wave_matrix.csv", {"x": "0:1", "t": "0:1"}, None, 6, {"u_tt", "u_xx"}, "7 symmetries of the"),
    ("wave_numerical.mat", {}, None, 13, {"u_tt", "u_xx"}, "the solver's"),
    ("x_coefficient.npz", {}, None, 6, {"u_t", "u_xx", "u_x/x"}, ""),
]


DEGENERATE = ("burgers_inviscid_nested.mat", "heat_one_mode.mat", "kdv_one_soliton.npz", "wave_matrix.csv")
"""Single solutions on which terms are nearly alike: some or most symmetries of the equation found are undecided."""


@pytest.mark.slow
@pytest.mark.parametrize(("name", "given", "formula", "exact", "terms", "warning"), FOUND)
def test_symmetries(real, name, given, formula, exact, terms, warning):
    """From the file alone: the equation, the number of symmetries, what is left in doubt, and nothing false."""
    data, equation = find_source(None, real / name, formula, {}, **given)
    metadata = discover_spectral(data, equation, SpectralSettings()).metadata
    assert {str(term) for term in sympy.N(equation.expression).as_coefficients_dict()} == terms
    undecided = sum(record.undecided for record in metadata.generators)
    assert metadata.exact == exact or (exact is None and metadata.certainty.at_most > 24)
    assert metadata.certainty.at_least >= metadata.exact
    assert undecided == 0 or name in DEGENERATE
    assert warning in " ".join(metadata.warnings)
    assert metadata.algebra.shared <= metadata.algebra.dimension
    claimed = [r.formula for r in metadata.generators if r.status == "exact" and r.formula]
    assert len(claimed) >= min(metadata.exact, 3) - 1
    solutions = LocalSolutions(equation)
    assert max(solutions.defect(parse_field(f, "xtu")) for f in claimed) < 1e-9


def test_nothing_sparse_fits(real):
    with pytest.raises(DataError, match=r"none is found.*--equation"):
        find_source(None, real / "kdv_forced.npz", None, {})


@pytest.mark.slow
def test_augmentation_of_a_period_with_its_end(real, tmp_path):
    data, equation = find_source(None, real / "ks_end_point.mat", None, {})
    artifact = discover_spectral(data, equation, SpectralSettings())
    settings = AugmentationSettings(copies=2, min_times=40)
    written = write_augmented(tmp_path / "more.h5", data, equation, of_artifact(artifact), settings)
    assert written.copies > 0
    assert written.residual_copies < 0.01


def test_all_files_are_looked_at(real):
    """Also the coordinates of a set, which are no data by themselves."""
    known = {name for name, *_ in [*READ, *REFUSED]} | {"README.md", "chafee_infante_x.npy", "chafee_infante_t.npy"}
    assert {path.name for path in real.iterdir()} <= known
