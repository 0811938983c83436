"""Conservation laws of partial differential equations: known ones, built ones, and equations that have none."""

from __future__ import annotations

import json
import random
from functools import lru_cache
from itertools import combinations_with_replacement

import mpmath
import pytest
import sympy

from symgen.catalog import all_names, get, system
from symgen.catalog.entry import CatalogEntry
from symgen.equations.conservation.divergence import divergence_of
from symgen.equations.conservation.law import ConservationLaw, Conserved
from symgen.equations.conservation.laws import conservation_laws
from symgen.equations.grammar import Notation
from symgen.equations.system import System
from symgen.exceptions import UsageError
from symgen.jets.space import Jet, JetSpace, orders_of

SHALLOW = ("h_t + (h*u)_x + (h*v)_y", "u_t + u*u_x + v*u_y + h_x", "v_t + u*v_x + v*v_y + h_y")
FLOW = ("u_t + u*u_x + v*u_y + p_x = nu*(u_xx + u_yy)", "v_t + u*v_x + v*v_y + p_y = nu*(v_xx + v_yy)", "u_x + v_y")
EULER = tuple(text.partition(" = ")[0] for text in FLOW)
MAXWELL = ("e_t = b_y", "f_t = -b_x", "b_t = e_y - f_x", "e_x + f_y")
MUCH = ("reaction-diffusion", "wave2d", "navier-stokes", "shallow-water", "nls", "burgers2d")
NLS = ("I*psi_t + psi_xx + 2*abs(psi)^2*psi",)

KNOWN: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "kdv": (
        ("u_t + u*u_x + u_xxx",),
        {
            "mass": "u",
            "momentum": "u^2/2",
            "energy": "u_x^2/2 - u^3/6",
            "centre of mass": "t*u^2/2 - x*u",
        },
    ),
    "mkdv": (("u_t + u^2*u_x + u_xxx",), {"mass": "u", "momentum": "u^2/2", "energy": "u_x^2/2 - u^4/12"}),
    "gkdv": (("u_t + u^4*u_x + u_xxx",), {"mass": "u", "momentum": "u^2/2", "energy": "u_x^2/2 - u^6/30"}),
    "kawahara": (
        ("u_t + u*u_x + u_xxx - u_xxxxx",),
        {"mass": "u", "momentum": "u^2", "energy": "u_xx^2/2 + u_x^2/2 - u^3/6", "centre of mass": "t*u^2/2 - x*u"},
    ),
    "nls": (
        NLS,
        {
            "mass": "psi_r^2 + psi_i^2",
            "momentum": "psi_i*psi_r_x",
            "energy": "psi_r_x^2 + psi_i_x^2 - (psi_r^2 + psi_i^2)^2",
            "centre of mass": "t*psi_i*psi_r_x + x*(psi_r^2 + psi_i^2)/4",
        },
    ),
    "sine-Gordon": (
        ("u_tt = u_xx - sin(u)",),
        {
            "momentum": "u_t*u_x",
            "energy": "u_t^2/2 + u_x^2/2 - cos(u)",
            "centre of energy": "t*u_t*u_x + x*(u_t^2/2 + u_x^2/2 - cos(u))",
        },
    ),
    "sine-Gordon on the light cone": (("u_xt = sin(u)",), {"momentum": "u_x^2", "energy": "cos(u)"}),
    "two functions": (
        ("u_tt = u_xx - sin(u) - exp(u)",),
        {"momentum": "u_t*u_x", "energy": "u_t^2/2 + u_x^2/2 - cos(u) + exp(u)"},
    ),
    "wave": (("u_tt = 4*u_xx",), {"momentum": "u_t*u_x", "energy": "u_t^2/2 + 2*u_x^2"}),
    "wave in the plane": (
        ("u_tt = u_xx + u_yy",),
        {
            "momentum in x": "u_t*u_x",
            "momentum in y": "u_t*u_y",
            "energy": "u_t^2 + u_x^2 + u_y^2",
            "angular momentum": "u_t*(x*u_y - y*u_x)",
        },
    ),
    "heat": (("u_t = u_xx/3",), {"mass": "u"}),
    "burgers": (("u_t + u*u_x = u_xx/3",), {"mass": "u"}),
    "Boussinesq": (
        ("u_t = v_x", "v_t = u_x + (u^2)_x + u_xxx"),
        {"momentum": "u*v", "energy": "u^3/3 + u^2/2 - u_x^2/2 + v^2/2", "integral of u": "u", "integral of v": "v"},
    ),
    "shallow water": (
        SHALLOW,
        {
            "mass": "h",
            "momentum in x": "h*u",
            "momentum in y": "h*v",
            "energy": "(h*u^2 + h*v^2 + h^2)/2",
            "angular momentum": "h*(x*v - y*u)",
            "centre of mass in x": "h*(t*u - x)",
        },
    ),
    "gas": (
        ("r_t + (r*w)_x", "w_t + w*w_x + r^(-3/5)*r_x"),
        {"mass": "r", "momentum": "r*w", "energy": "r*w^2/2 + 25*r^(7/5)/14"},
    ),
    "Navier-Stokes": (
        tuple(text.replace("nu", "1/10") for text in FLOW),
        {"momentum in x": "u", "momentum in y": "v", "angular momentum": "x*v - y*u"},
    ),
    "Euler": (
        EULER,
        {"momentum in x": "u", "momentum in y": "v", "angular momentum": "x*v - y*u", "energy": "u^2 + v^2"},
    ),
    "Maxwell": (MAXWELL, {"energy": "e^2 + f^2 + b^2"}),
    "Zakharov-Kuznetsov": (
        ("u_t + u*u_x + u_xxx + u_xyy",),
        {
            "mass": "u",
            "momentum in x": "u^2",
            "energy": "u_x^2/2 + u_y^2/2 - u^3/6",
            "centre of mass in x": "t*u^2/2 - x*u",
        },
    ),
    "kdv with a growing coefficient": (
        ("u_t + exp(t/50)*(u*u_x + u_xxx)",),
        {"mass": "u", "momentum": "u^2", "energy": "u_x^2/2 - u^3/6", "centre of mass": "25*exp(t/50)*u^2 - x*u"},
    ),
}


@lru_cache(None)
def laws_of(*equations: str, **options) -> Conserved:
    return conservation_laws(System.from_strings(equations), **options)


def _laws(equations: tuple[str, ...]) -> list[tuple[JetSpace, ConservationLaw]]:
    found = laws_of(*equations)
    return [(found.system.space, law) for law in found.laws]


def expression(space: JetSpace, text: str) -> sympy.Expr:
    return Notation(space).parse(text)


def is_multiple(first: sympy.Expr, second: sympy.Expr) -> bool:
    return sympy.simplify(sympy.expand(first) / sympy.expand(second)).is_number


def variational_derivative(space: JetSpace, density: sympy.Expr, unknown: str) -> sympy.Expr:
    """By its definition, without anything of the code that is tested."""
    total = sympy.S.Zero
    for jet in space.jets(density):
        if jet.unknown == unknown:
            part = sympy.diff(density, space.symbol(jet))
            for axis, order in enumerate(jet.orders):
                for _ in range(order):
                    part = -space.total_derivative(part, axis)
            total += part
    return sympy.expand(total)


def left_over(found: Conserved, seed: int = 0) -> list[float]:
    """D_t density + sum of D_i flux on solutions for each law, at random values of the free derivatives."""
    space, draw = found.system.space, random.Random(seed)
    first = space.independent.index("t") if "t" in space.independent else 0
    axes = [first, *(axis for axis in range(len(space.independent)) if axis != first)]
    values = []
    for law in found.laws:
        parts = zip(axes, (law.density, *law.flux), strict=True)
        total = sympy.Add(*(found.system.total_derivative(part, axis, expand=False) for axis, part in parts))
        point = {s: mpmath.mpf(draw.randint(20, 90)) / 37 for s in sorted(total.free_symbols, key=str)}
        with mpmath.workdps(40):
            values.append(float(abs(total.evalf(40, subs=point))) if total.free_symbols else float(abs(total)))
    return values


class TestKnown:
    @pytest.mark.parametrize("name", KNOWN)
    def test_all_are_found_by_name_and_no_false_one(self, name):
        equations, densities = KNOWN[name]
        found = laws_of(*equations)
        space = found.system.space
        by_name = {law.name: law.density for law in found.laws if law.name}
        assert {key for key in by_name if key in densities} == set(densities)
        for key, text in densities.items():
            assert is_multiple(by_name[key], expression(space, text)), key
        assert max(left_over(found)) < 1e-25

    @pytest.mark.parametrize("name", ["kdv", "mkdv", "burgers", "kdv with a growing coefficient", "kawahara"])
    def test_multipliers_are_variational_derivatives_of_densities(self, name):
        found = laws_of(*KNOWN[name][0])
        for law in found.laws:
            wanted = variational_derivative(found.system.space, law.density, "u")
            assert sympy.expand(law.multiplier[0] - wanted) == 0

    @pytest.mark.parametrize(
        ("equation", "solution"),
        [
            ("u_t + u*u_x + u_xxx", "6/cosh((x - 2*t)/sqrt(2))**2"),
            ("u_tt = u_xx - sin(u)", "4*atan(exp((x - 3*t/5)*5/4))"),
        ],
    )
    def test_along_a_wave(self, equation, solution):
        """Off solutions the divergence is a function of all jets; those of a soliton and a kink are known."""
        found = laws_of(equation)
        space = found.system.space
        x, t = space.variables
        wave = sympy.sympify(solution, locals={"x": x, "t": t})
        for law in found.laws:
            total = space.total_derivative(law.density, 1) + space.total_derivative(law.flux[0], 0)
            point = {x: sympy.Rational(3, 10), t: sympy.Rational(1, 5)}
            values = {space.symbol(jet): _value(wave, space, jet, point) for jet in space.jets(total, law.density)}
            assert abs(total.evalf(30, subs={**values, **point})) < 1e-20
            assert abs(law.density.evalf(30, subs={**values, **point})) > 1e-3

    def test_symmetries_by_noether(self):
        found = laws_of("u_tt = u_xx - sin(u)")
        assert {law.name: law.symmetry for law in found.laws} == {
            "momentum": "d/dx",
            "energy": "d/dt",
            "centre of energy": "t d/dx + x d/dt",
        }
        space = found.system.space
        wave = variational_derivative(space, found.lagrangian, "u")
        assert is_multiple(wave, found.system.expressions[0])

    @pytest.mark.slow
    def test_mixed_derivatives_beside_a_function(self):
        found = laws_of("u_tt - u_xxtt = u*log(u)")
        energy = next(law.density for law in found.laws if law.name == "energy")
        wanted = "u_t^2/2 + u_xt^2/2 - u^2*log(u)/2 + u^2/4"
        assert sympy.expand(energy - expression(found.system.space, wanted)) == 0
        assert max(left_over(found)) < 1e-20

    def test_higher_laws_of_higher_order(self):
        found = laws_of("u_t + u*u_x + u_xxx", order=4)
        highest = found.laws[-1].density
        assert len(found.laws) == 5
        assert is_multiple(highest, expression(found.system.space, "u_xx^2 - 5*u*u_x^2/3 + 5*u^4/36"))

    @pytest.mark.slow
    def test_sine_gordon_of_order_three(self):
        found = laws_of("u_xt = sin(u)", order=3)
        densities = [law.density for law in found.laws]
        space = found.system.space
        assert any(is_multiple(d, expression(space, "u_xx^2 - u_x^4/4")) for d in densities)

    def test_liouville(self):
        """Conformal transformations, of which degree 3 has those up to x^2 d/dx."""
        assert len(laws_of("u_tt = u_xx - exp(u)").laws) == 6

    @pytest.mark.slow
    def test_camassa_holm(self):
        found = laws_of("u_t - u_xxt + 3*u*u_x = 2*u_x*u_xx + u*u_xxx")
        densities = [law.density for law in found.laws]
        for text in ("u", "u^2 + u_x^2", "u^3 + u*u_x^2"):
            assert any(is_multiple(d, expression(found.system.space, text)) for d in densities)


def _value(wave: sympy.Expr, space: JetSpace, jet: Jet, point: dict[sympy.Symbol, sympy.Rational]) -> sympy.Expr:
    for variable, order in zip(space.variables, jet.orders, strict=True):
        wave = sympy.diff(wave, variable, order) if order else wave
    return wave.evalf(40, subs=point)


class TestBuilt:
    """Equations that are made to have a law."""

    @pytest.mark.parametrize("seed", range(6))
    def test_hamiltonian(self, seed):
        """u_t = D_x dH/du conserves H, u^2 and u, whatever H."""
        draw = random.Random(seed)
        space = JetSpace(("x", "t"), ("u",))
        terms = [sympy.Mul(*powers) for powers in _terms(space, draw, 3, 2)]
        energy = sympy.Add(*terms, expression(space, "u_x^2/2"))
        flow = space.total_derivative(variational_derivative(space, energy, "u"), 0)
        found = laws_of(f"u_t = {flow}")
        by_name = {law.name: law for law in found.laws}
        assert {"mass", "momentum", "energy"} <= set(by_name)
        numbers = sympy.symbols(f"c:{len(found.laws)}")
        combined = sympy.Add(*(c * law.multiplier[0] for c, law in zip(numbers, found.laws, strict=True)))
        left = sympy.Poly(combined - variational_derivative(space, energy, "u"), *space.variables, *_symbols(space, 4))
        assert sympy.solve(left.coeffs(), numbers, dict=True)
        assert max(left_over(found)) < 1e-20

    @pytest.mark.parametrize("seed", range(6))
    def test_divergences(self, seed):
        """D_t T + D_x X = 0 with T(u) and X at random."""
        draw = random.Random(100 + seed)
        space = JetSpace(("x", "t"), ("u",))
        density = expression(space, "u") + sympy.Rational(draw.randint(1, 3), 2) * expression(space, "u^2")
        density += draw.choice([sympy.S.Zero, expression(space, "u^3/3"), expression(space, "exp(u)")])
        flux = sympy.Add(*(sympy.Mul(*powers) for powers in _terms(space, draw, 3, 3)), expression(space, "u_xx"))
        equation = space.total_derivative(density, 1) + space.total_derivative(flux, 0)
        found = laws_of(str(equation))
        assert any(is_multiple(law.density, density) for law in found.laws)
        assert max(left_over(found)) < 1e-20

    @pytest.mark.parametrize("seed", range(8))
    def test_potentials_of_divergences_are_recovered(self, seed):
        draw = random.Random(200 + seed)
        space = [JetSpace(("x", "t"), ("u",)), JetSpace(("x", "y", "t"), ("u", "v"))][seed % 2]
        parts = []
        for _ in space.independent:
            own = sympy.Add(*(sympy.Mul(*powers) for powers in _terms(space, draw, 2, 3)))
            parts.append(own * space.variables[0] if draw.random() < 0.3 else own)
        whole = sum(space.total_derivative(part, axis) for axis, part in enumerate(parts))
        found = divergence_of(space, sympy.expand(whole))
        again = sum(space.total_derivative(part, axis) for axis, part in enumerate(found))
        assert sympy.expand(again - whole) == 0

    @pytest.mark.slow
    def test_energies_of_potentials(self):
        for potential in ("cosh(u)", "log(u)", "u^(3/2)", "1/u", "u*sin(u)", "sqrt(1 + u^2)"):
            space = JetSpace(("x", "t"), ("u",))
            force = sympy.diff(expression(space, potential), space.unknowns[0])
            found = laws_of(f"u_tt = u_xx - ({force})")
            energy = next(law.density for law in found.laws if law.name == "energy")
            wanted = expression(space, f"u_t^2/2 + u_x^2/2 + {potential}")
            assert sympy.simplify(energy - wanted) == 0, potential


def _symbols(space: JetSpace, order: int) -> list[sympy.Symbol]:
    size = len(space.independent)
    return [space.symbol(Jet(u, o)) for u in space.dependent for k in range(order + 1) for o in orders_of(size, k)]


def _terms(space: JetSpace, draw: random.Random, count: int, degree: int) -> list[list[sympy.Expr]]:
    """Factors of random terms, of jets up to order 1."""
    jets = [Jet(u, o) for u in space.dependent for k in (0, 1) for o in orders_of(len(space.independent), k)]
    jets = [jet for jet in jets if not jet.orders[space.independent.index("t")]]
    terms = []
    for _ in range(count):
        factors = [space.symbol(draw.choice(jets)) for _ in range(draw.randint(1, degree))]
        terms.append([sympy.Rational(draw.randint(1, 5), draw.randint(1, 3)), space.unknowns[0], *factors])
    return terms


class TestNone:
    def test_kuramoto_sivashinsky_has_mass_alone(self):
        found = laws_of("u_t + u*u_x + u_xx + u_xxxx", order=4)
        assert [law.name for law in found.laws] == ["mass"]

    @pytest.mark.parametrize(
        "equation", ["u_t = u_xx + u^2", "u_t = u_xx + u - u^3", "u_t + u*u_x + u_xxx = u_x^2", "u_tt + u_t = u^2*u_xx"]
    )
    def test_generic_equations_have_none(self, equation):
        assert laws_of(equation).laws == ()

    def test_boundaries_decide_the_integral_of_vorticity(self):
        """w = -div grad psi is a divergence of single-valued functions, with every multiple by t."""
        found = laws_of("w_t + psi_y*w_x - psi_x*w_y = (w_xx + w_yy)/10", "psi_xx + psi_yy = -w")
        assert all(not law.density.has(sympy.Symbol("t", real=True)) for law in found.laws)
        assert not any(is_multiple(law.density, found.system.space.unknowns[0]) for law in found.laws)
        assert any("a divergence in space" in note for note in found.notes)

    def test_laws_of_identities_are_trivial(self):
        """The divergence of Maxwell's first two equations follows from the last: any g gives T = e g_x + f g_y."""
        found = laws_of(*MAXWELL)
        assert all(not any(jet.order for jet in found.system.space.jets(law.density)) for law in found.laws)
        densities = [law.density for law in found.laws]
        assert len(densities) == 9
        higher = laws_of(*MAXWELL, order=1).laws  # where g may have jets of order 0
        assert [law.density for law in higher] == densities

    def test_momentum_of_a_flow_is_kept_and_its_multiples_by_t_are_not(self):
        found = laws_of(*EULER)
        assert not any(law.density.has(sympy.Symbol("t", real=True)) for law in found.laws)
        assert "(0, 0, 1) times any function of t" in found.infinite


class TestAnsatz:
    def test_function_that_is_given(self):
        found = laws_of("u_t = u^3*u_xxx", functions=(sympy.Symbol("u", real=True) ** -2,))  # Harry Dym
        u = found.system.space.unknowns[0]
        assert any(is_multiple(law.density, 1 / u) for law in found.laws)
        assert found.functions

    def test_function_that_depends_on_others(self):
        t = sympy.Symbol("t", real=True)
        found = laws_of("u_t + u*u_x + u_xxx", functions=((t + 1) ** 2 - t**2,))
        assert any("left out: it depends on the others" in note for note in found.notes)

    def test_growth_in_time(self):
        found = laws_of("u_t + u*u_x + u_xxx + u/2")
        space = found.system.space
        for text in ("exp(t/2)*u", "exp(t)*u^2"):
            assert any(is_multiple(law.density, expression(space, text)) for law in found.laws)

    def test_constants(self):
        system_ = System.from_strings(["u_tt = c*u_xx - k*sin(u)"], {"c": "pi", "k": "sqrt(2)"})
        found = conservation_laws(system_)
        energy = next(law for law in found.laws if law.name == "energy").density
        wanted = expression(system_.space, "u_t^2/2 + pi*u_x^2/2 - sqrt(2)*cos(u)")
        assert sympy.expand(energy - wanted) == 0

    def test_linear_equations_have_infinitely_many(self):
        found = laws_of("u_tt = u_xx")
        assert found.infinite.startswith("the equations are linear")
        plain = [law for law in found.laws if not found.system.space.jets(*law.multiplier)]
        assert [*found.laws[-len(plain) :]] == plain
        assert [str(law.density) for law in plain] == ["u_t", "t*u_t - u"]

    def test_any_function_of_a_variable(self):
        found = laws_of("u_t + u*u_x + u_xxx + u_xyy")
        assert found.infinite == "the multiplier (1) times any function of y is a multiplier too"

    def test_equations_without_time(self):
        found = laws_of("u_xx + u_yy = u^3")
        space = found.system.space
        texts = {str(law.symmetry) for law in found.laws}
        assert {"d/dx", "d/dy", "y d/dx - x d/dy"} <= texts
        assert len(found.laws[0].flux) == 1
        assert space.independent[0] == "x"
        assert max(left_over(found)) < 1e-25

    def test_size_is_known_before_it_is_built(self):
        own = System.from_strings(["u_t + u*u_x + v*u_y", "v_t + u_x + v_yy"])
        for order, degree in ((0, 0), (0, 3), (2, 2), (3, 3)):
            found = conservation_laws(own, order, degree)
            symbols = [*own.space.variables, *(s for s in _symbols(own.space, order) if not str(s).count("t"))]
            weights = [str(s).partition("_")[2] for s in symbols]
            wanted = sum(
                sum(len(weights[k]) for k in chosen) <= order
                for size in range(degree + 1)
                for chosen in combinations_with_replacement(range(len(symbols)), size)
            )
            assert found.unknowns == 2 * wanted

    def test_too_large(self):
        with pytest.raises(UsageError, match=r"at most 6000 are supported. Choose a lower --order or --degree"):
            laws_of(*SHALLOW, order=4, degree=6)

    def test_function_without_a_variable(self):
        with pytest.raises(UsageError, match="is constant"):
            laws_of("u_t = u_xx", functions=(sympy.Integer(2),))


class TestCatalog:
    @pytest.mark.parametrize(
        "name", [pytest.param(n, marks=pytest.mark.slow if n in MUCH else ()) for n in all_names()]
    )
    def test_its_densities_are_found(self, name):
        if isinstance(entry := _entry(name), CatalogEntry):
            found = conservation_laws(System.from_strings([entry.expression], entry.parameters))
            assert len(found.laws) == {"kdv": 4, "nkdv": 4, "ckdv": 3}.get(name, 1)
            assert max(left_over(found)) < 1e-20
            return
        own = entry.system()
        if own.space.independent == ("t",):
            return
        found = conservation_laws(own)
        densities = [law.density for law in found.laws]
        assert not densities or max(left_over(found)) < 1e-20
        for density, wanted in zip(entry.densities, entry.density_expressions(), strict=True):
            if density.name != "circulation":  # a divergence in space, so that nothing is left of it
                assert any(_same(own.space, wanted, d) for d in densities), density.name


def _entry(name: str):
    try:
        return get(name)
    except UsageError:
        return system(name)


def _same(space: JetSpace, first: sympy.Expr, second: sympy.Expr) -> bool:
    """Up to a factor and a divergence."""
    pairs = [[variational_derivative(space, e, u) for u in space.dependent] for e in (first, second)]
    ratios = {sympy.cancel(a / b) if b != 0 else sympy.nan for a, b in zip(*pairs, strict=True) if (a, b) != (0, 0)}
    return len(ratios) == 1 and ratios.pop().is_number


class TestCommand:
    def test_json(self, run):
        code, out, _ = run("inspect", "--equation", "u_t + u*u_x + u_xxx", "--conserved", "--json")
        assert code == 0
        document = json.loads(out)
        assert document["conserved"][0] == {
            "name": "mass",
            "density": "u",
            "flux": ["u**2/2 + u_xx"],
            "multiplier": ["1"],
            "symmetry": None,
        }
        assert [law["name"] for law in document["conserved"]] == ["mass", "momentum", "energy", "centre of mass"]
        assert document["order"] == 2
        assert document["warnings"] == []

    def test_human(self, run):
        code, out, err = run("inspect", "--equation", "u_t + u*u_x + u_xxx", "--conserved")
        assert code == 0
        for text in ("4 conservation laws", "-u^3/6 + u_x^2/2", "u^2/2 + u_xx", "centre of mass", "solved for u_t"):
            assert text in out
        assert "**" not in out
        assert err == ""

    def test_complex_unknown_and_symmetry(self, run):
        code, out, _ = run("inspect", "--equation", NLS[0], "--conserved")
        assert code == 0
        assert "psi_r^2/2" in out
        assert "psi_i d/dpsi_r" in out

    def test_parameters_order_degree_and_function(self, run):
        options = ("--param", "a=2", "--order", "0", "--degree", "1", "--function", "exp(a*t)", "--json")
        code, out, err = run("inspect", "--equation", "u_t + u*u_x + u_xxx + a*u", "--conserved", *options)
        assert code == 0, err
        document = json.loads(out)
        assert document["conserved"][0]["density"] == "u*exp(2*t)"
        assert (document["order"], document["degree"]) == (0, 1)

    def test_plane_by_variables(self, run):
        options = ("--variables", "x,y,t", "--conserved", "--json")
        code, out, _ = run("inspect", "--equation", "u_tt = lap(u) - u^3", *options)
        assert code == 0
        energy = next(law for law in json.loads(out)["conserved"] if law["name"] == "energy")
        assert energy["density"] == "u**4/4 + u_t**2/2 + u_x**2/2 + u_y**2/2"
        assert energy["flux"] == ["-u_t*u_x", "-u_t*u_y"]

    def test_none(self, run):
        code, out, _ = run("inspect", "--equation", "u_t = u_xx + u^2", "--conserved")
        assert code == 0
        assert "No conservation laws in the ansatz" in out

    def test_ansatz_of_ordinary_equations(self, run):
        code, out, _ = run("inspect", "--equation", "x_tt = -x^3", "--conserved")
        assert code == 0
        assert "1 first integral in the ansatz" in out
        assert "integrals of degree 4 in t and the state" in out
        assert "derivatives in a product" not in out

    def test_unknown_with_the_name_of_a_constant(self, run):
        code, out, _ = run("inspect", "--equation", "E_t + E*E_x + E_xxx", "--conserved")
        assert code == 0
        assert "-E^3/6 + E_x^2/2" in out

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--equation", "u_t = u_xx", "--order", "1"), "--order belongs to --conserved"),
            (("--conserved",), "Give a FILE, or an equation"),
            (("--equation", "u_t = u_xx", "--conserved", "--function", "2"), "is constant"),
            (("--equation", "u_t = u_xx", "--conserved", "--function", "sin(q)"), "q"),
            (("--equation", "u_t = a*u_xx", "--conserved"), "--param"),
        ],
    )
    def test_bad_input(self, run, options, message):
        code, _, err = run("inspect", *options)
        assert code == 2
        assert message in err
