from __future__ import annotations

from dataclasses import replace

import h5py
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from symgen.catalog import get, names
from symgen.discovery.pde import discover_spectral
from symgen.discovery.settings import SpectralSettings
from symgen.exceptions import DataError, UsageError
from symgen.expressions import parse_field
from symgen.generators.algebra import grassmann_distance
from symgen.generators.inner_product import field_matrix
from symgen.inspection.brackets import bracket_table
from symgen.inspection.comparison import compare
from symgen.inspection.reference import closed_form, lie_point_symmetries, reference, same_equation
from symgen.pde.equation import Equation
from symgen.pde.trajectories import Trajectories, TrajectoryInfo, load_trajectories

KDV = "u_t + u*u_x + u_xxx"
BURGERS_FORMULAS = [
    ("1", "0", "0"),
    ("0", "1", "0"),
    ("t", "0", "1"),
    ("x", "2*t", "-u"),
    ("t*x", "t**2", "-t*u + x"),
]
KDV_FORMULAS = [("1", "0", "0"), ("0", "1", "0"), ("t", "0", "1"), ("x", "3*t", "-2*u")]


def find(data, text=KDV, parameters=None, **options):
    """Discovery in a small library and few points."""
    options = {"t_degree": 4, "points": 2048, **options}
    return discover_spectral(data, Equation.from_string(text, parameters), SpectralSettings(**options))


def formulas(artifact):
    return [record.formula for record in artifact.metadata.generators]


def distance(artifact, true, parameters=None, count=None):
    """Grassmann distance of the exact generators to formulas, over the data's points."""
    found = field_matrix(artifact.generators, artifact.points)[:, :count]
    exact = closed_form(artifact.metadata.space, true, parameters)
    return grassmann_distance(found, field_matrix(exact, artifact.points))


def changed(data, u=None, x=None, t=None, periodic=None):
    u, x, t = (old if new is None else new for new, old in ((u, data.u), (x, data.x), (t, data.t)))
    periodic = data.info.periodic if periodic is None else periodic
    length = float((x[-1] - x[0]) / (len(x) - 1) * len(x))
    return Trajectories.from_arrays(u, x, t, TrajectoryInfo(length=length, periodic=periodic))


class TestAlgebras:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (KDV, KDV_FORMULAS),
            ("u_t + u**2*u_x + u_xxx", [("1", "0", "0"), ("0", "1", "0"), ("x", "3*t", "-u")]),
            ("u_t - u_xx - u*(1 - u)", [("1", "0", "0"), ("0", "1", "0")]),
            ("u_t + u*u_x + u_xxx - u_xxxxx", KDV_FORMULAS[:3]),
            ("u_t + u*u_x - u_xxxxx", [*KDV_FORMULAS[:3], ("x", "5*t", "-4*u")]),
            ("u_t + u*u_x + u_xx + u_xxxx", KDV_FORMULAS[:3]),
            ("u_t + x*u*u_x", None),
            ("u_t - exp(-t)*u*u_x + u_xxx/3 + sin(1)*u", [("1", "0", "0")]),
        ],
    )
    def test_formulas(self, waves, text, expected):
        artifact = find(waves(), text)
        assert artifact.metadata.exact >= 1
        if expected is not None:
            found = formulas(artifact)
            assert found[: len(expected)] == expected

    def test_burgers_with_an_odd_viscosity(self, waves):
        artifact = find(waves(), "u_t + u*u_x - nu*u_xx", {"nu": 0.0137})
        assert formulas(artifact) == [
            ("1", "0", "0"),
            ("0", "1", "0"),
            ("t", "0", "1"),
            ("x", "2*t", "-u"),
            ("t*x", "t**2", "-t*u + x"),
        ]

    def test_heat_with_an_odd_diffusivity(self, waves):
        """The true six are in the span, beside (0, 0, b) for the solutions b = 1, x, x^2 + 2 nu t."""
        artifact = find(waves(), "u_t - nu*u_xx", {"nu": 0.0137})
        assert artifact.metadata.exact == 9
        true = [s.components for s in get("heat").symmetries]
        assert distance(artifact, [*true, ("0", "0", "1"), ("0", "0", "x")], {"nu": 0.0137}) < 1e-7
        assert all(record.formula for record in artifact.metadata.generators)
        assert all(record.formula_defect < 1e-5 for record in artifact.metadata.generators)

    def test_inviscid_burgers(self, waves):
        """Infinitely many; those of the projective group are among what the library holds."""
        metadata = find(waves(), "u_t + u*u_x").metadata
        assert len(metadata.generators) == 12 < metadata.exact
        artifact = find(waves(), "u_t + u*u_x", n_generators=metadata.exact)
        true = [*KDV_FORMULAS[:3], ("x", "t", "0"), ("0", "t", "-u"), ("x*t", "t**2", "x - t*u"), ("u", "0", "0")]
        assert distance(artifact, true) < 1e-9

    @pytest.mark.slow
    @pytest.mark.parametrize("name", names())
    def test_the_catalog_in_its_own_data(self, simulated, name):
        entry = get(name)
        data = simulated(name, **({"nu": 0.1} if entry.parameters else {"nx": 128, "max_step": 0.05}))
        artifact = find(data, entry.expression, data.info.parameters, t_degree=16, points=4096)
        true = [s.components for s in entry.symmetries]
        assert artifact.metadata.exact >= len(true) - (name == "ckdv") * 2
        if name != "ckdv":  # from t = 0 on, its square roots take a longer series
            assert distance(artifact, true, data.info.parameters) < 1e-6
            assert artifact.metadata.exact == (9 if name == "heat" else len(true))

    def test_cylindrical_kdv(self, simulated):
        data = simulated("ckdv", nt=250, stored=140, max_step=0.1)
        artifact = find(data, data.info.equation, t_degree=12, points=4096)
        true = [s.components for s in get("ckdv").symmetries]
        assert artifact.metadata.exact == 4
        assert distance(artifact, true) < 1e-5
        assert all("sqrt" in "".join(f) or f in [("1", "0", "0"), ("x", "3*t + 3", "-2*u")] for f in formulas(artifact))

    def test_approximate_symmetry(self, simulated):
        """Time translation of the cylindrical equation: third, after two exact ones, with a residual of its own."""
        data = simulated("ckdv", nt=250, stored=140, max_step=0.1)
        artifact = find(data, data.info.equation, t_degree=12, points=4096, periodic=True)
        metadata = artifact.metadata
        assert [g.status for g in metadata.generators] == ["exact", "exact", "approximate"]
        assert (metadata.exact, metadata.approximate) == (2, 1)
        third = metadata.generators[2]
        assert 1e-3 < third.defect < 5e-2
        assert third.formula is None  # time translation alone is far less valid
        assert third.near == ("0", "1", "0")
        assert third.near_error < 0.05
        assert metadata.domain.periodic_fields

    def test_periodic_fields_only(self, waves):
        assert formulas(find(waves(), periodic=True)) == KDV_FORMULAS[:3]

    def test_no_clear_gap(self, waves):
        artifact = find(waves(), "u_t + sin(x)*exp(t)*u*u_x + cos(3*x)*u_xxx + u**3*x")
        assert artifact.metadata.exact == 0
        assert [g.status for g in artifact.metadata.generators] == ["none"]
        assert artifact.metadata.generators[0].defect == pytest.approx(artifact.metadata.spectrum[0], rel=0.2)


class TestWhatIsStored:
    def test_records(self, waves):
        artifact = find(waves())
        metadata = artifact.metadata
        assert (metadata.kind, metadata.method, metadata.exact, metadata.approximate) == ("library", "spectral", 4, 0)
        assert metadata.gap > 1e6
        assert list(metadata.spectrum) == sorted(metadata.spectrum)
        assert len(metadata.spectrum) == 3 * 3 * 5 * 3
        assert (artifact.defects.diff() >= 0).all()
        assert all(r.defect >= metadata.rounding for r in metadata.generators)
        assert all(r.formula_error < 1e-9 and r.formula_defect < 1e-12 for r in metadata.generators)
        assert metadata.settings["points"] == 2048
        assert (metadata.data.samples, metadata.data.times, metadata.data.points) == (4, 24, 64)
        assert metadata.data.skipped == 0
        assert metadata.domain.equation == "u*u_x + u_t + u_xxx"

    def test_the_generator_is_the_formula_over_its_norm(self, waves):
        artifact = find(waves())
        exact = closed_form(artifact.metadata.space, formulas(artifact))(artifact.points)
        for record, found, formula in zip(artifact.metadata.generators, artifact(artifact.points), exact, strict=True):
            assert torch.allclose(found * record.norm, formula, atol=1e-8 * float(formula.abs().max()))

    def test_space(self, waves):
        data = waves()
        space = find(data).metadata.space
        assert space.origin == (0.0, 1.0, 0.0)
        assert space.scale == pytest.approx((8.0, 3.0, data.u.std() / 0.29))
        assert (space.lower[2], space.upper[2]) == (data.u.min(), data.u.max())
        assert space.periodic == (True, False, False)

    @pytest.mark.parametrize("count", [1, 2, 3, 4, 6])
    def test_as_many_as_asked_for(self, waves, count):
        """The best formulas first, also where fewer than the exact ones are wanted."""
        artifact = find(waves(), n_generators=count)
        assert formulas(artifact)[:4] == KDV_FORMULAS[:count]
        assert artifact.generators.count == len(artifact.metadata.generators) == count
        assert [g.status for g in artifact.metadata.generators[4:]] == ["none"] * max(0, count - 4)
        assert artifact.metadata.exact == 4

    def test_without_any_formula(self, waves, monkeypatch):
        monkeypatch.setattr("symgen.discovery.pde_problem.formula_stages", lambda *_: [])
        artifact = find(waves())
        assert formulas(artifact) == [None] * 4
        assert distance(artifact, KDV_FORMULAS) < 1e-9

    def test_part_without_formula_is_orthogonal_to_the_rest(self, waves, monkeypatch):
        monkeypatch.setattr(
            "symgen.discovery.pde_problem.formula_stages", lambda equation, origin: [[1 + 0 * equation.expression]]
        )
        artifact = find(waves())
        assert [f is None for f in formulas(artifact)] == [False, False, True, True]
        matrix = field_matrix(artifact.generators, artifact.points)
        gram = matrix.T @ matrix
        assert gram[2:, :2].abs().max() < 1e-9
        assert distance(artifact, KDV_FORMULAS) < 1e-9


@pytest.fixture(scope="module")
def plain(waves):
    return find(waves())


class TestInvariance:
    def test_seed(self, waves, plain):
        for seed in (1, 2):
            other = find(waves(), seed=seed)
            assert formulas(other) == formulas(plain)
            assert other.metadata.exact == 4
            assert distance(other, KDV_FORMULAS) < 1e-9
        assert find(waves()).metadata == plain.metadata

    def test_order_of_samples(self, waves, plain):
        data = waves()
        other = find(changed(data, data.u[[2, 0, 3, 1]]))
        assert formulas(other) == formulas(plain)
        ratios = np.array(other.metadata.spectrum[4:20]) / np.array(plain.metadata.spectrum[4:20])
        assert 0.7 < ratios.min() < ratios.max() < 1.4

    def test_how_many_samples_are_read_at_once(self, waves, plain, monkeypatch):
        monkeypatch.setattr("symgen.pde.solutions.CHUNK_BYTES", 1)
        monkeypatch.setattr("symgen.discovery.problem.CHUNK_POINTS", 100)
        other = find(waves())
        assert formulas(other) == formulas(plain)
        assert other.metadata.spectrum[4:] == pytest.approx(plain.metadata.spectrum[4:], rel=1e-9)
        assert torch.equal(other.points, plain.points)

    @given(st.tuples(st.floats(-3, 3), st.floats(-3, 3), st.floats(-3, 3)))
    @settings(max_examples=12, deadline=None)
    def test_units(self, waves, plain, exponents):
        """x, t, u in other units and the equation with them: the same spectrum, formulas in the new units."""
        a, b, c = (float(f"{10**e:.3g}") for e in exponents)
        data = waves()
        text = "(b/c)*u_t + (a/c**2)*u*u_x + (a**3/c)*u_xxx"
        other = find(changed(data, data.u * c, data.x * a, data.t * b), text, {"a": a, "b": b, "c": c})
        assert other.metadata.exact == 4
        assert other.metadata.spectrum[4:40] == pytest.approx(plain.metadata.spectrum[4:40], rel=1e-6)
        assert distance(other, [KDV_FORMULAS[0], KDV_FORMULAS[1], (f"{a}*t/{b}", "0", str(c)), KDV_FORMULAS[3]]) < 1e-8
        assert formulas(other)[:2] == KDV_FORMULAS[:2]
        assert ("x", "3*t", "-2*u") in formulas(other)
        assert all(record.formula for record in other.metadata.generators)

    def test_extreme_units(self, waves):
        """Metres and picoseconds: coefficients of 1e15 are still formulas that can be read back."""
        data = waves()
        a, b = 1e9, 1e-6
        other = find(changed(data, x=data.x * a, t=data.t * b), "b*u_t + a*u*u_x + a**3*u_xxx", {"a": a, "b": b})
        assert other.metadata.exact == 4
        assert distance(other, [*KDV_FORMULAS[:2], (f"{a / b:.0f}*t", "0", "1"), KDV_FORMULAS[3]]) < 1e-8
        for record in other.metadata.generators:
            parse_field(record.formula, "xtu")

    def test_far_origin(self, waves):
        """A window far from x = t = 0, as of a date: the same algebra."""
        data = waves()
        artifact = find(changed(data, x=data.x + 1000, t=data.t + 2000))
        assert artifact.metadata.exact == 4
        assert distance(artifact, KDV_FORMULAS) < 1e-5

    @pytest.mark.parametrize("name", ["kdv", "ks", "burgers"])
    def test_noise(self, waves, name):
        """Any u is a sample of jet space, noisy or not."""
        entry = get(name)
        artifact = find(waves().with_noise(0.05), entry.expression, entry.parameters)
        assert artifact.metadata.exact == len(entry.symmetries)
        assert distance(artifact, [s.components for s in entry.symmetries], entry.parameters) < 1e-7

    @pytest.mark.parametrize("name", ["kdv", "ks", "burgers"])
    def test_open_piece(self, waves, name):
        """The middle of each trajectory, not periodic any more: the full algebra all the same."""
        data, entry = waves(nx=128), get(name)
        piece = changed(data, data.u[..., 30:90], data.x[30:90], periodic=False)
        artifact = find(piece, entry.expression, entry.parameters)
        assert artifact.metadata.exact == len(entry.symmetries)
        assert distance(artifact, [s.components for s in entry.symmetries], entry.parameters) < 1e-8
        assert artifact.metadata.space.periodic == (False, False, False)
        assert artifact.metadata.space.upper[0] == data.x[89]

    def test_length_that_includes_the_end(self, waves):
        """For an open piece, `length` may mean the way from end to end: steps come from the coordinates."""
        x, t = np.arange(200) / 100, np.linspace(0, 1, 60)
        u = np.exp(-t)[:, None] * np.sin(x)
        data = Trajectories.from_arrays(u[None], x, t, TrajectoryInfo(length=x[-1] - x[0], periodic=False))
        artifact = find(data, "u_t - u_xx", u_degree=1)
        assert artifact.metadata.data.residual < 1e-7

    def test_single_precision_file(self, waves, plain, tmp_path):
        data = waves()
        with h5py.File(tmp_path / "a.h5", "w") as file:
            file["tensor"] = data.u.astype("f4")
            file["x-coordinate"], file["t-coordinate"] = data.x.astype("f4"), data.t.astype("f4")
        artifact = find(load_trajectories(tmp_path / "a.h5"))
        assert formulas(artifact) == formulas(plain)
        assert artifact.metadata.data.residual == pytest.approx(plain.metadata.data.residual, rel=1e-3)


class TestFewData:
    """What one smooth trajectory or a small grid does not tell, the equation does: it is counted on free jets."""

    def test_few_points(self, waves):
        metadata = find(waves(n=1, nt=10, nx=10), "u_t - u_xx", t_degree=9).metadata
        assert (metadata.exact, metadata.ranked_on) == (9, "free")

    @pytest.mark.parametrize(("nt", "ranked_on"), [(13, "data"), (12, "free")])
    def test_fewer_times_than_the_degree(self, waves, nt, ranked_on):
        """A polynomial that vanishes at all times would blur the ranking of all fields."""
        metadata = find(waves(nt=nt), t_degree=12).metadata
        assert (metadata.exact, metadata.ranked_on) == (4, ranked_on)

    @pytest.mark.parametrize("t_degree", [2, 4, 8, 12])
    def test_one_smooth_trajectory(self, t_degree):
        """On it polynomials of high degree in t nearly satisfy anything."""
        x, t = np.linspace(0, 1, 50), np.linspace(0, 1, 50)
        u = np.exp(-t)[:, None] * np.sin(2 * x) + 0.3 * np.exp(-3 * t)[:, None] * np.cos(3 * x + 1)
        data = Trajectories.from_arrays(u[None], x, t, TrajectoryInfo(length=1.0, periodic=False))
        metadata = find(data, "u_t - u_xx + u - u**3", t_degree=t_degree).metadata
        assert (metadata.exact, metadata.approximate) == (2, 0)
        assert [g.formula for g in metadata.generators] == KDV_FORMULAS[:2]
        assert metadata.alike > 0
        assert metadata.gap > 1e6

    def test_one_mode(self):
        """u, u_xx and u_t are proportional: on these data nearly every field satisfies the condition."""
        x, t = np.linspace(0, 1, 40), np.linspace(0, 1, 40)
        u = np.exp(-t)[:, None] * np.sin(3 * x)
        data = Trajectories.from_arrays(u[None], x, t, TrajectoryInfo(length=1.0, periodic=False))
        metadata = find(data, "u_t - u_xx/9", u_degree=1).metadata
        assert metadata.exact == 9
        assert metadata.alike > 10

    def test_one_travelling_wave(self):
        x, t = np.linspace(-10, 10, 120, endpoint=False), np.linspace(0, 2, 40)
        u = 3 / np.cosh((x - t[:, None]) / 2) ** 2
        data = Trajectories.from_arrays(u[None], x, t, TrajectoryInfo(length=20.0, periodic=False))
        assert formulas(find(data)) == KDV_FORMULAS

    def test_where_u_vanishes(self):
        """All terms of u_t + u u_x vanish with u, over much of the data."""
        x, t = np.linspace(0, 1, 60), np.linspace(0, 0.5, 30)
        u = np.maximum(x - 0.5, 0) / (1 + t[:, None])
        data = Trajectories.from_arrays(u[None], x, t, TrajectoryInfo(length=1.0, periodic=False))
        assert find(data, "u_t + u*u_x").metadata.exact > 24

    def test_straight_lines(self):
        """u_xx vanishes in the data: it is free all the same."""
        x, t = np.linspace(0, 1, 40), np.linspace(1, 2, 40)
        data = Trajectories.from_arrays((x / t[:, None])[None], x, t, TrajectoryInfo(length=1.0, periodic=False))
        assert formulas(find(data, "u_t + u*u_x - u_xx")) == BURGERS_FORMULAS


class TestNearlyExact:
    """A small term that breaks a symmetry leaves an approximate one, never an exact one."""

    @pytest.mark.parametrize("size", [1e-7, 1e-5, 1e-3])
    def test_broken_scaling(self, waves, size):
        metadata = find(waves(), f"u_t + u*u_x + u_xxx + {size}*u**2*u_x").metadata
        assert (metadata.exact, metadata.approximate) == (3, 1)
        assert metadata.generators[3].status == "approximate"
        assert metadata.generators[3].defect > metadata.rounding

    def test_truncated_series_are_exact(self, waves):
        """exp(t) is no polynomial: what the library leaves of it falls with its degree."""
        metadata = find(waves(), "u_t - u_xx - u", t_degree=6).metadata
        assert metadata.spectrum[metadata.exact - 1] > 1e-9
        assert metadata.exact == 9

    def test_not_even_where_more_degrees_bring_more_symmetries(self, waves):
        """u_t = u_x has one for every function of x + t."""
        metadata = find(waves(), "u_t - u_x - 1e-3*u_xx", x_degree=4, t_degree=4, u_degree=1).metadata
        assert all(g.formula_defect is None or g.formula_defect < 1e-9 for g in metadata.generators[: metadata.exact])
        assert metadata.spectrum[metadata.exact - 1] < 1e-9 < metadata.spectrum[metadata.exact]


class TestFarFromTheOrigin:
    @pytest.mark.parametrize(
        ("x", "t", "u"), [(0, 100, 0), (0, 1000, 0), (0, 1e6, 0), (0, 0, 300), (-5e4, 2e5, 100)], ids=str
    )
    def test_the_same_algebra(self, waves, x, t, u):
        data = waves()
        artifact = find(changed(data, u=data.u + u, x=data.x + x, t=data.t + t))
        assert artifact.metadata.exact == 4
        assert sorted(formulas(artifact)[:4]) == sorted(KDV_FORMULAS)
        assert (
            compare(artifact, lie_point_symmetries(artifact.metadata.pde, artifact.metadata.space)).full_distance < 1e-6
        )

    def test_nothing_that_is_no_symmetry(self, waves):
        """t d/du is within 1e-6 rad of d/du, at t = 1e6; for u_t = u_xx - u**2 it is none, and d/du neither."""
        data = waves()
        artifact = find(changed(data, t=data.t + 1e6), "u_t - u_xx + u**2")
        assert formulas(artifact) == [("1", "0", "0"), ("0", "1", "0"), ("x", "2*t", "-2*u")]

    def test_shorter_about_the_window(self, waves):
        """What is too close to be told apart about the origin is written about the window."""
        data = waves()
        artifact = find(changed(data, t=data.t + 1e8), "u_t + u*u_x - 0.1*u_xx")
        assert artifact.metadata.exact == 5
        assert "t - 100000000" in str(formulas(artifact))

    def test_coefficients_of_t(self, waves):
        """An equation that knows its time keeps it."""
        data = waves()
        artifact = find(changed(data, t=data.t + 1000), "u_t + u*u_x + u_xxx + u/(2*t)")
        assert artifact.metadata.exact == 4

    def test_against_the_true_ones(self, waves):
        """The projective field of Burgers' equation differs from others by 1e-12 of itself, about t = 0."""
        data = waves()
        artifact = find(changed(data, t=data.t + 1e6), "u_t + u*u_x - 0.1*u_xx")
        comparison = compare(artifact, reference(artifact, "lps"))
        assert (comparison.missed, comparison.outside) == ((), ())
        assert len(comparison.principal_angles) == 5
        assert comparison.full_distance < 1e-4
        assert artifact.metadata.algebra.missing == ()
        assert artifact.metadata.algebra.shared == 5

    def test_a_field_of_another_kind_is_seen(self, waves):
        """d/du passes for the Galilean boost at t = 1e6 by its own angle."""
        data = waves()
        artifact = find(changed(data, t=data.t + 1e6), periodic=True)
        truth = lie_point_symmetries(artifact.metadata.pde, artifact.metadata.space)
        wrong = closed_form(artifact.metadata.space, [("1", "0", "0"), ("0", "1", "0"), ("0", "0", "t")])
        other = replace(artifact, generators=wrong)
        assert compare(artifact, truth).missed == compare(artifact, truth).outside == ()
        assert compare(other, truth).missed != ()
        assert compare(other, truth).outside == (3,)


class TestRefused:
    def test_too_few_times_for_derivatives_in_t(self, waves):
        with pytest.raises(DataError, match=r"8 times; differences in t need at least 9"):
            find(waves(nt=8), "u_tt - u_xx", t_degree=2)

    def test_grid_too_coarse(self, waves):
        """For the data's own derivatives: free ones need none."""
        artifact = find(waves(nx=8), "u_t + u*u_x + u_xxxxx")
        assert (artifact.metadata.exact, artifact.metadata.ranked_on) == (4, "free")
        assert any("8 points in x; derivatives of order" in doubt for doubt in artifact.metadata.warnings)

    def test_periodic_fields_on_an_open_piece(self, waves):
        data = waves()
        with pytest.raises(DataError, match=r"the data are not periodic. Leave out --periodic"):
            find(changed(data, data.u[..., :40], data.x[:40], periodic=False), periodic=True)

    @pytest.mark.parametrize("value", [0.1, 0.3, 1.0, -7.7])
    def test_constant_data(self, waves, value):
        with pytest.raises(DataError, match="u is constant over all the data"):
            find(changed(waves(), np.full_like(waves().u, value)))

    def test_every_sample_constant(self, waves):
        u = np.ones_like(waves().u) * np.arange(1, 5)[:, None, None]
        with pytest.raises(DataError, match="vanish on the data"):
            find(changed(waves(), u))

    def test_trivial_equation(self, waves):
        with pytest.raises(DataError, match="vanish on the data"):
            find(waves(), "u_t")

    def test_equation_without_a_value(self, waves):
        with pytest.raises(DataError, match="no finite value"):
            find(waves(), "u_t + sqrt(u)*u_x")

    def test_too_few_times(self, waves):
        data = waves(n=1, nt=8)
        with pytest.raises(DataError, match=r"8 times; differences in t need at least 9"):
            find(data)

    def test_more_generators_than_fields(self, waves):
        with pytest.raises(DataError, match=r"136 generators were asked for; 135 independent fields"):
            find(waves(), n_generators=136)


@pytest.fixture(scope="module")
def burgers(waves):
    data = waves()
    info = TrajectoryInfo(length=8.0, equation="u_t + u*u_x - nu*u_xx", name="burgers", parameters={"nu": 0.1})
    data = Trajectories.from_arrays(data.u, data.x, data.t, info)
    return find(data, info.equation, info.parameters)


class TestInspection:
    def test_against_the_catalog(self, burgers):
        comparison = compare(burgers, reference(burgers, "lps"))
        assert comparison.names == ("x-translation", "t-translation", "Galilean boost", "scaling", "projective")
        assert comparison.distance < 1e-9
        assert comparison.full_distance == comparison.distance
        assert (comparison.missed, comparison.outside, comparison.compared) == ((), (), 5)
        assert [row[i] for i, row in enumerate(comparison.alignment)] == pytest.approx([1] * 5)
        assert max(comparison.found_angles) < 1e-9

    def test_what_is_missed_and_what_is_outside(self, waves):
        """KdV fields judged as Burgers': scaling does not fit, two are missed."""
        data = waves()
        info = TrajectoryInfo(length=8.0, equation=get("burgers").expression, name="burgers", parameters={"nu": 0.1})
        artifact = find(data)
        burgers = find(Trajectories.from_arrays(data.u, data.x, data.t, info), info.equation, info.parameters)
        comparison = compare(artifact, reference(burgers, "lps"))
        assert comparison.missed == ("scaling", "projective")
        assert comparison.outside == (4,)
        assert comparison.distance > 0.01
        assert comparison.full_distance**2 == pytest.approx(comparison.distance**2 + 2 * (np.pi / 2) ** 2)

    def test_fewer_generators_than_exact_ones(self, waves):
        data = waves()
        info = TrajectoryInfo(length=8.0, equation=KDV, name="kdv")
        artifact = find(Trajectories.from_arrays(data.u, data.x, data.t, info), n_generators=2)
        comparison = compare(artifact, reference(artifact, "lps"))
        assert comparison.compared == 2
        assert comparison.missed == ("Galilean boost", "scaling")
        assert comparison.distance < 1e-9 < 2 < comparison.full_distance

    def test_only_periodic_ones_count_where_only_those_were_looked_at(self, waves):
        data = waves()
        info = TrajectoryInfo(length=8.0, equation=KDV, name="kdv")
        artifact = find(Trajectories.from_arrays(data.u, data.x, data.t, info), periodic=True)
        truth = reference(artifact, "lps")
        assert truth.names == ("x-translation", "t-translation", "Galilean boost")
        assert "periodic in x" in truth.title
        assert compare(artifact, truth).missed == ()

    def test_by_algebra_outside_the_catalog(self, waves):
        found = find(waves(), "u_t + u**2*u_x + u_xxx")
        assert compare(found, reference(found, "lps")).full_distance < 1e-9
        with pytest.raises(UsageError, match=r"Algebra finds no symmetry of .* among polynomials of degree 4.*FILE"):
            reference(find(waves(), "u_t + sin(x)*exp(t)*u*u_x + cos(3*x)*u_xxx + u**3*x"), "lps")

    def test_against_a_file(self, burgers, waves, tmp_path):
        burgers.save(tmp_path / "b.safetensors")
        comparison = compare(burgers, reference(burgers, str(tmp_path / "b.safetensors")))
        assert comparison.distance < 1e-12  # rounding, which differs by processor
        assert comparison.names[0] == "b 1"
        with pytest.raises(DataError, match="is of another domain: its equation is"):
            reference(find(waves()), str(tmp_path / "b.safetensors"))
        with pytest.raises(UsageError, match="there is no such file"):
            reference(burgers, str(tmp_path / "none.safetensors"))

    def test_against_a_file_of_other_data(self, waves, tmp_path):
        """Its own normalisation does not count: u is three times as large there."""
        data = waves()
        find(changed(data, 3 * data.u)).save(tmp_path / "b.safetensors")
        artifact = find(data)
        assert compare(artifact, reference(artifact, str(tmp_path / "b.safetensors"))).distance < 1e-9

    def test_same_equation(self, burgers):
        domain = burgers.metadata.domain
        written = domain.model_copy(update={"equation": "u_t = nu*u_xx - u_x*u"})
        assert same_equation(domain, written)
        assert not same_equation(domain, domain.model_copy(update={"parameters": {"nu": 0.2}}))

    def test_brackets(self, burgers):
        """[X, S] = X, [T, G] = X, [T, S] = 2 T, [T, P] = S, [X, P] = G, [G, S] = -G, [S, P] = 2 P."""
        table = {(b.first, b.second): b for b in bracket_table(burgers)}
        assert len(table) == 10
        assert {k: str(b) for k, b in table.items() if b.constants} == {
            (1, 4): "F1",
            (1, 5): "F3",
            (2, 3): "F1",
            (2, 4): "2 F2",
            (2, 5): "F4",
            (3, 4): "-F3",
            (4, 5): "2 F5",
        }
        assert max(b.closure_error for b in table.values()) < 1e-8
        assert str(table[1, 2]) == "0"
