from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file

import symgen
from symgen.discovery.pde import discover_network, discover_spectral
from symgen.discovery.settings import NetworkSettings, SpectralSettings
from symgen.exceptions import DataError, UsageError
from symgen.expressions import parse_field
from symgen.generators.artifact import Artifact, load
from symgen.generators.closed_form import ClosedFormGenerators
from symgen.pde.equation import Equation
from symgen.pde.readers.signature import kind_of
from symgen.tensor_file import digest

SMALL = {"t_degree": 4, "points": 2048}


@pytest.fixture(scope="module")
def artifact(waves):
    return discover_spectral(waves(), Equation.from_string("u_t + u*u_x + u_xxx"), SpectralSettings(**SMALL))


@pytest.fixture(scope="module")
def content(artifact, tmp_path_factory):
    """The bytes of a sound file."""
    path = tmp_path_factory.mktemp("artifact") / "sound.safetensors"
    artifact.save(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    return tmp_path_factory.mktemp("damage") / "damaged.safetensors"


@pytest.fixture
def path(tmp_path, content):
    """A sound file."""
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    return path


def opened(path: Path) -> tuple[dict[str, str], dict[str, torch.Tensor]]:
    with safe_open(path, "pt") as file:
        return file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def forge(path: Path, change=lambda document: None, change_tensors=lambda tensors: None) -> None:
    """Change a file and make its checksum right again."""
    header, tensors = opened(path)
    document = json.loads(header["symgen"])
    text = change(document)
    text = text if isinstance(text, str) else json.dumps(document)
    change_tensors(tensors)
    save_file(tensors, path, {"symgen": text, "sha256": digest(text, tensors)})


def assert_same(one: Artifact, two: Artifact) -> None:
    assert one.metadata == two.metadata
    assert one.metadata.model_dump_json() == two.metadata.model_dump_json()
    assert torch.equal(one.points, two.points)
    assert one.points.dtype == two.points.dtype
    assert set(one.specimen) == set(two.specimen)
    assert all(torch.equal(one.specimen[k], two.specimen[k]) for k in one.specimen)
    states = one.generators.state_dict(), two.generators.state_dict()
    assert set(states[0]) == set(states[1])
    assert all(torch.equal(states[0][k], states[1][k]) for k in states[0])
    assert torch.equal(one(one.points), two(one.points))
    assert torch.equal(one.defects, two.defects)


class TestRoundTrip:
    def test_exact_to_the_bit(self, artifact, path):
        assert_same(artifact, load(path))

    def test_saved_again(self, artifact, path, tmp_path):
        load(path).save(tmp_path / "b.safetensors")
        assert_same(artifact, load(tmp_path / "b.safetensors"))
        assert opened(path)[0] == opened(tmp_path / "b.safetensors")[0]

    def test_files_that_say_validity(self, artifact, path):
        """What defects were called."""

        def older(document):
            for record in document["generators"]:
                record["validity"], record["formula_validity"] = record.pop("defect"), record.pop("formula_defect")

        forge(path, older)
        assert_same(artifact, load(path))

    def test_what_a_user_gets(self, path):
        gens = symgen.load(path)
        assert (gens.defects.diff() >= 0).all()
        assert gens.defects.shape == (4,)
        points = torch.tensor([[1.0, 2.0, 0.5], [3.0, 1.5, -0.2]], dtype=torch.float64)
        values = gens(points)
        assert values.shape == (4, 2, 3)
        record = gens.metadata.generators[-1]
        assert record.formula == ("x", "3*t", "-2*u")
        x, t, u = points.T
        assert torch.allclose(values[-1] * record.norm, torch.stack([x, 3 * t, -2 * u], -1), atol=1e-8)

    def test_unit_norm_in_the_data(self, artifact):
        values = artifact.metadata.space.normalise_fields(artifact(artifact.points))
        assert values.square().sum(-1).mean(1).tolist() == pytest.approx([1] * 4)

    def test_network(self, waves, tmp_path):
        made = discover_network(
            waves(),
            Equation.from_string("u_t + u*u_x + u_xxx"),
            NetworkSettings(width=8, steps=2, points=1024, batch=256),
        )
        made.save(tmp_path / "n.safetensors")
        assert_same(made, load(tmp_path / "n.safetensors"))

    def test_closed_form(self, artifact, tmp_path):
        """What a formula says, and nothing else, is stored; it comes back exactly."""
        records = artifact.metadata.generators
        fields = [[c / r.norm for c in parse_field(r.formula, "xtu")] for r in records]
        metadata = artifact.metadata.model_copy(update={"kind": "closed-form", "library": None})
        generators = ClosedFormGenerators(metadata.space, fields)
        made = Artifact(generators, metadata, artifact.points, artifact.specimen)
        made.save(tmp_path / "c.safetensors")
        assert_same(made, load(tmp_path / "c.safetensors"))
        assert torch.allclose(made(made.points), artifact(made.points), atol=1e-8)

    @given(st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=20), st.integers(0, 2**31), st.floats(0, 1e308))
    @settings(max_examples=40, deadline=None)
    def test_any_numbers(self, artifact, damaged, values, seed, gap):
        """Denormal and negative zero among them."""
        own = artifact.generators.coefficients
        numbers = torch.tensor(values, dtype=torch.float64).repeat(own.numel())[: own.numel()].reshape(own.shape)
        numbers[:, :, 0] = 1.0  # a field of some size
        generators = type(artifact.generators)(artifact.metadata.space, artifact.generators.library, numbers)
        metadata = artifact.metadata.model_copy(update={"seed": seed, "gap": gap})
        Artifact(generators, metadata, artifact.points, artifact.specimen).save(damaged, force=True)
        loaded = load(damaged)
        assert torch.equal(loaded.generators.coefficients.view(torch.int64), generators.coefficients.view(torch.int64))
        assert loaded.metadata == metadata

    def test_existing_file_is_kept_without_force(self, artifact, path):
        path.write_text("precious")
        with pytest.raises(UsageError, match="exists already"):
            artifact.save(path)
        assert path.read_text() == "precious"
        artifact.save(path, force=True)
        assert_same(artifact, load(path))
        assert [p.name for p in path.parent.iterdir()] == [path.name]

    def test_no_folder(self, artifact, tmp_path):
        with pytest.raises(UsageError, match="does not exist"):
            artifact.save(tmp_path / "no" / "a.safetensors")

    def test_nothing_is_pickled(self, artifact, path, tmp_path, monkeypatch):
        def never(*_, **__):
            raise AssertionError("pickle is not to be used")

        for module, names in ((pickle, ("load", "loads", "dump", "dumps", "Unpickler")), (torch, ("load", "save"))):
            for name in names:
                monkeypatch.setattr(module, name, never)
        load(path)
        artifact.save(tmp_path / "b.safetensors")


class TestDamage:
    @given(st.floats(0, 1, exclude_max=True))
    @settings(max_examples=60, deadline=None)
    def test_truncated(self, content, damaged, fraction):
        damaged.write_bytes(content[: int(fraction * len(content))])
        with pytest.raises(DataError, match=r"damaged\.safetensors"):
            load(damaged)

    @given(st.integers(0, 9000), st.integers(0, 7))
    @settings(max_examples=300, deadline=None)
    def test_flipped_bit_in_the_header(self, content, damaged, place, bit):
        self.flip(content, damaged, place % int.from_bytes(content[:8], "little"), bit)

    @given(st.floats(0, 1, exclude_max=True), st.integers(0, 7))
    @settings(max_examples=100, deadline=None)
    def test_flipped_bit_anywhere(self, content, damaged, fraction, bit):
        self.flip(content, damaged, int(fraction * len(content)), bit)

    def flip(self, content, damaged, place, bit):
        changed = bytearray(content)
        changed[place] ^= 1 << bit
        damaged.write_bytes(changed)
        with pytest.raises(DataError, match=r"damaged\.safetensors"):
            load(damaged)

    @given(st.binary(max_size=200))
    @settings(max_examples=100, deadline=None)
    def test_anything_else(self, damaged, garbage):
        damaged.write_bytes(garbage)
        with pytest.raises(DataError, match=r"damaged\.safetensors"):
            load(damaged)

    def test_bytes_after_the_end(self, content, damaged):
        damaged.write_bytes(content + b"\0" * 16)
        with pytest.raises(DataError):
            load(damaged)

    def test_missing(self, tmp_path):
        with pytest.raises(DataError, match=r"no such file.*symgen discover"):
            load(tmp_path / "none.safetensors")
        with pytest.raises(DataError, match="is a folder"):
            load(tmp_path)

    def test_pickle(self, tmp_path):
        torch.save({"points": torch.ones(3)}, tmp_path / "a.safetensors")
        with pytest.raises(DataError, match="no safetensors file"):
            load(tmp_path / "a.safetensors")


def nan_in(name):
    def change(tensors):
        tensors[name].view(-1)[0] = torch.nan

    return change


def drop(name):
    return lambda tensors: tensors.pop(name)


def replace(name, function):
    return lambda tensors: tensors.update({name: function(tensors[name]).contiguous()})


class TestRefused:
    """Files whose checksum is right, so that it is the content that must be refused."""

    def test_forging_alone_does_no_harm(self, artifact, path):
        forge(path)
        assert_same(artifact, load(path))

    def test_foreign(self, path):
        save_file({"weight": torch.ones(2)}, path)
        with pytest.raises(DataError, match="not one of symgen's"):
            load(path)
        save_file({"weight": torch.ones(2)}, path, {"format": "pt"})
        with pytest.raises(DataError, match="not one of symgen's"):
            load(path)

    def test_without_checksum(self, path):
        header, tensors = opened(path)
        save_file(tensors, path, {"symgen": header["symgen"]})
        with pytest.raises(DataError, match="checksum"):
            load(path)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda d: d.update(schema_version=2), "has schema version 2; this symgen reads version 1"),
            (lambda d: d.pop("schema_version"), "has schema version None"),
            (lambda d: d.update(colour="red"), "not valid at 'colour': Extra inputs"),
            (lambda d: d["data"].update(colour="red"), "not valid at 'data.colour'"),
            (lambda d: d.pop("space"), "not valid at 'space': Field required"),
            (lambda d: d.update(seed="many"), "not valid at 'seed'"),
            (lambda d: d.update(kind="pickle"), "not valid at 'kind'"),
            (lambda d: d.update(generators=[]), "not valid at 'generators'"),
            (lambda d: d["space"].update(scale=[1.0, 0.0, 1.0]), "not valid at 'space.scale.1'"),
            (lambda d: d["domain"].update(kind="image"), "not valid at 'domain"),
            (lambda d: d.update(library=None), "do not fit its metadata"),
            (lambda d: d["library"][0].update(degree=5), "do not fit its metadata"),
            (lambda d: d["generators"].pop(), "do not fit its metadata"),
            (lambda d: d.update(kind="network"), "do not fit its metadata"),
            (
                lambda d: d.update(kind="closed-form", generators=[{**g, "formula": None} for g in d["generators"]]),
                "fit",
            ),
            (lambda d: d["generators"][0].update(formula=["__import__('os')", "0", "0"]), "do not fit its metadata"),
            (lambda d: d.update(exact=10_000), "do not fit its metadata"),
            (lambda d: "[" * 100_000, "no JSON object"),
            (lambda d: "[1]", "no JSON object"),
            (lambda d: "not JSON", "no JSON object"),
        ],
    )
    def test_metadata(self, path, change, message):
        forge(path, change)
        with pytest.raises(DataError, match=message) as caught:
            load(path)
        assert str(path) in str(caught.value)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (nan_in("points"), "'points' has numbers that are not finite"),
            (nan_in("generators.coefficients"), "'generators.coefficients' has numbers"),
            (nan_in("specimen.u"), "'specimen.u' has numbers"),
            (drop("points"), "do not fit its metadata"),
            (drop("generators.coefficients"), "do not fit its metadata"),
            (replace("generators.coefficients", lambda c: c[:, :2]), "do not fit its metadata"),
            (replace("generators.coefficients", lambda c: c[:2]), "do not fit its metadata"),
            (replace("generators.coefficients", lambda c: c.sum()), "do not fit its metadata"),
            (replace("generators.coefficients", lambda c: c.long()), "of type int64"),
            (replace("points", lambda p: p[:, :2]), "do not fit its metadata"),
            (replace("points", lambda p: p[:0]), "do not fit its metadata"),
            (replace("specimen.x", lambda x: x[:5]), "do not fit its metadata"),
            (drop("specimen.u"), "do not fit its metadata"),
        ],
    )
    def test_tensors(self, path, change, message):
        forge(path, change_tensors=change)
        with pytest.raises(DataError, match=message) as caught:
            load(path)
        assert str(path) in str(caught.value)

    def test_closed_form_of_hostile_formulas(self, path):
        def change(document):
            document.update(kind="closed-form", library=None)
            document["generators"][0]["formula"] = ["().__class__", "0", "0"]

        forge(path, change)
        with pytest.raises(DataError, match="do not fit its metadata"):
            load(path)

    def test_formulas_are_never_evaluated(self, path, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        text = "__import__('pathlib').Path('owned').touch()"
        forge(path, lambda d: d["generators"][0].update(formula=[text, "0", "0"]))
        with pytest.raises(DataError):
            load(path)
        assert not Path("owned").exists()


class TestSpaces:
    def test_normalised_fields(self, artifact):
        space = artifact.metadata.space
        assert space.names == ("x", "t", "u")
        assert space.scale[:2] == pytest.approx((8.0, 3.0))
        values = torch.tensor(space.scale, dtype=torch.float64)
        assert torch.equal(space.normalise_fields(values), torch.ones(3, dtype=torch.float64))

    def test_closed_form_checks_its_fields(self, artifact):
        for wrong in ([sympy.Symbol("q"), 0, 0], [1, 2]):
            with pytest.raises(ValueError, match="is no vector field in x, t, u"):
                ClosedFormGenerators(artifact.metadata.space, [wrong])


@pytest.mark.parametrize("first", range(0, 256, 8))
def test_whatever_byte_the_file_begins_with(tmp_path, first):
    """safetensors begins with the length of its header: 0x80 is also how pickles begin, 0x50 0x4b zip files."""
    path = tmp_path / "a.safetensors"
    base = len(json.dumps({"__metadata__": {"pad": ""}, "x": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}))
    save_file({"x": torch.zeros(1, dtype=torch.float64)}, path, {"pad": " " * ((first - base) % 256 + 256)})
    starts = {path.read_bytes()[0]}
    assert starts <= set(range(0, 256, 8))  # headers are padded to whole words
    assert kind_of(path) == "generators"
