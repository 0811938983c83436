"""Generators files whose checksum is right and whose content is not: refused where they are read, in a sentence."""

from __future__ import annotations

import json
import math
import struct
import subprocess
import sys

import pytest
import torch
from generators_files import KINDS, forge, leaves, opened, value_at, with_value

import symgen
from symgen.exceptions import DataError
from symgen.generators import border
from symgen.generators.artifact import _metadata as metadata_of
from symgen.generators.artifact import load

HOSTILE = {
    "nan": math.nan,
    "inf": math.inf,
    "huge": 1e300,
    "minus": -1e300,
    "minus three": -3,
    "text": "",
    "null": None,
    "nested": {"a": [{"b": {}}]},
    "list": [[]],
}


QUICK = ("pde", "image", "points", "heads")
"""Kinds that have all records among them."""


@pytest.fixture(
    scope="module", params=[pytest.param(kind, marks=() if kind in QUICK else pytest.mark.slow) for kind in KINDS]
)
def sound(request, tmp_path_factory):
    """A sound file of each kind, and its metadata."""
    path = tmp_path_factory.mktemp("sound") / f"{request.param}.safetensors"
    KINDS[request.param]().save(path)
    return path, json.loads(opened(path)[0]["symgen"])


def test_every_value_replaced(sound, tmp_path):
    """What loads says what was written; what does not is a sentence with the file and the field."""
    original, document = sound
    path = tmp_path / "changed.safetensors"
    text = original.read_bytes()
    refused = 0
    for place in leaves(document):
        for value in HOSTILE.values():
            changed = with_value(document, place, value)
            try:
                metadata_of(path, json.dumps(changed))  # most are refused here, without a file
                path.write_bytes(text)
                forge(path, lambda _, changed=changed: json.dumps(changed))
                loaded = load(path)
            except DataError as error:
                refused += 1
                message = str(error)
                assert str(path) in message
                assert len(message) < 1000 + len(str(path))
                assert message.endswith((".", ".\n"))
                field = next(part for part in reversed(place) if isinstance(part, str))
                assert field.replace("_", " ") in message.replace("_", " ") or "fit its metadata" in message, message
            else:
                told = value_at(json.loads(loaded.metadata.model_dump_json()), place)
                assert told == value or (told == [] and not value), (place, value)
    assert refused > 5 * len(list(leaves(document)))


def cast(name, dtype):
    return lambda tensors: tensors.update({name: tensors[name].to(dtype)})


def scaled(name, factor):
    return lambda tensors: tensors.update({name: tensors[name] * factor})


def resized(name, *shape):
    return lambda tensors: tensors.update({name: torch.ones(shape, dtype=torch.float64)})


def set_to(name, place, value):
    return lambda tensors: tensors[name].view(-1).__setitem__(place, value)


C = "generators.coefficients"
WEIGHTS = "generators.library.trunk.weights.0"
TENSORS = [
    *(("library", cast(C, kind), "of type") for kind in (torch.float32, torch.float16, torch.bfloat16)),
    *(("library", cast(C, kind), "of type") for kind in (torch.int64, torch.uint8, torch.bool, torch.complex64)),
    *((kind, cast(name, torch.float32), "of type") for kind, name in (("trunk", C), ("heads", WEIGHTS))),
    *(("pde", cast(name, torch.float32), "of type") for name in ("points", "specimen.u", "specimen.x")),
    ("library", scaled(C, 0.0), "V1 is 0 on the data, and no unit field, and so are 3 others"),
    ("library", set_to(C, slice(0, 30), 0.0), "V1 is 0 on the data, and no unit field"),
    *(("library", scaled(C, factor), "no unit field") for factor in (1e-300, 1e-9, 1e9, 1e90)),
    *(("library", set_to(C, 0, value), "beyond 1e") for value in (1e300, -1e300)),
    *(("library", set_to(C, 0, value), "not finite") for value in (math.nan, math.inf, -math.inf)),
    ("heads", set_to(WEIGHTS, 0, 1e300), "beyond"),
    ("heads", scaled(WEIGHTS, math.nan), "not finite"),
    *(("library", resized(C, *shape), "has the shape") for shape in ((4,), (), (4, 3), (5, 3, 10), (4, 3, 0))),
    *(("heads", resized(WEIGHTS, *shape), "has the shape") for shape in ((3,), (6, 3), (3, 6, 1))),
    ("heads", lambda tensors: tensors.pop(WEIGHTS), "is missing"),
    ("pde", lambda tensors: tensors.update(more=torch.ones(2)), "none of theirs"),
    *(("pde", resized("points", *shape), "points of shape") for shape in ((), (9,), (0, 3), (9, 2), (9, 4), (3, 3, 3))),
    *(("pde", set_to("points", 1, value), "range of the data in t") for value in (1e90, -1e9)),
    ("pde", set_to("points", 0, 1e300), "beyond"),
    *(("pde", resized(f"specimen.{name}", *shape), "grid") for name in "xtu" for shape in ((), (1,), (2, 2), (0,))),
    ("pde", set_to("specimen.x", 3, 0.0), "x does not ascend"),
    ("pde", set_to("specimen.u", 3, 1e90), "specimen far out of the range"),
    ("system", set_to("specimen.v", 3, 1e90), "specimen far out of the range"),
    ("ode", set_to("specimen.t", 3, 0.0), "t does not ascend"),
    ("points", set_to("specimen.points", 3, 1e90), "specimen far out of the range"),
    ("points", resized("specimen.values", 3), "values are not those"),
    ("image", scaled("weight", -1.0), "negative"),
    ("image", scaled("weight", 0.0), "0 everywhere"),
    ("image", resized("weight", 3), "a weight"),
    ("image", resized("specimen.image", 3, 16), "not on the grid"),
]


@pytest.mark.parametrize(("kind", "change", "message"), TENSORS)
def test_tensors(tmp_path, kind, change, message):
    path = tmp_path / "a.safetensors"
    KINDS[kind]().save(path)
    load(path)
    forge(path, change_tensors=change)
    with pytest.raises(DataError, match=message) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))


def test_a_field_that_is_large_on_a_few_points_alone(tmp_path):
    """As are powers of heavy-tailed data; only some of the points are looked at where these suffice."""
    path = tmp_path / "a.safetensors"
    KINDS["pde"]().save(path)

    def heavy_tailed(tensors):
        points = tensors["points"][:1].repeat(border.TRIED * 2, 1)
        points[:, 2] = 0.0
        points[1, 2] = tensors["points"][:, 2].abs().max()
        tensors["points"] = points

    forge(path, put("generators.0.formula", ["0", "0", "u^9"]), heavy_tailed)
    document = json.loads(opened(path)[0]["symgen"])
    assert load(path).generators.count == len(document["generators"])


def put(place, value):
    *parents, last = place.split(".")

    def change(document):
        for part in parents:
            document = document[int(part) if part.isdigit() else part]
        document[int(last) if last.isdigit() else last] = value

    return change


def many(count):
    return lambda document: document.update(generators=document["generators"] * count)


DOCUMENTS = [
    *(("pde", put("generators.0.formula", ["1"] * count), "formula of .* components") for count in (1, 2, 5)),
    *(("pde", put("generators.0.near", ["1"] * count), "near") for count in (1, 2, 5)),
    ("pde", put("generators.0.formula", ["1", "q", "0"]), "unknown name"),
    *(("pde", put("generators.0.formula", [text, "0", "0"]), "no unit field") for text in ("0", "1e90", "x**20")),
    *(("pde", put("generators.0.norm", value), "V1 is") for value in (1e-90, 1e90)),
    *(("pde", put("generators.0.norm", value), "generators.0.norm") for value in (0, 1e-300, math.inf, -1)),
    *(("pde", put("space.scale.2", value), "space.scale.2") for value in (0, 1e-300, 1e300, math.inf, math.nan, -1)),
    *(("pde", put("space.scale.2", value), "the unit .* of u") for value in (1e-90, 1e90)),
    ("library", put("library.0.upper", -1e90), "not below"),
    *(("library", put("library.0.upper", value), "range of x") for value in (1e-9, -1e-9 + 1e-7)),
    ("library", put("library", [{"kind": "chebyshev", "degree": 40, "lower": -1, "upper": 9}] * 3), "68921 functions"),
    ("library", put("library", []), "library"),
    ("library", put("total_degree", 13), "total_degree"),
    ("trunk", put("trunk.waves", [False] * 2), "other coordinates"),
    ("heads", put("heads.count", 3), "has the shape"),
    ("heads", put("heads", {"count": 256, "width": 4096}), "has the shape"),
    ("pde", put("spectrum", [0.1] * 1_000_001), "spectrum.*at most 100000"),
    ("pde", many(1000), "generators.*at most 1024"),
    ("pde", put("exact", 1000), "more symmetries"),
    ("pde", put("trivial", 1000), "more trivial"),
    ("pde", put("spectrum", []), "spectrum"),
    ("pde", put("warnings", ["x" * 1_000_000]), "warnings"),
    ("pde", put("warnings", ["x"] * 100_000), "warnings"),
    ("pde", put("warnings", ["x" * 33_000_000]), "at most 32.0 MB"),
    ("pde", put("settings", {"seed": math.nan}), "settings.*seed: has the number nan"),
    ("pde", put("settings.a", json.loads("[" * 40 + "]" * 40)), "settings.*deep"),
    ("pde", put("seed", 10**400), "seed"),
    ("pde", put("data.samples", -3), "data.samples"),
    ("pde", put("conserved.0.curve.change", [1.0]), "another number of changes"),
    ("system", put("domain.periodic", ["q"]), "periodic axes"),
    ("image", put("domain.moved.scales", [0.1]), "row of another width"),
    ("points", put("domain.moved.scales", [0.1]), "row of another width"),
]


@pytest.mark.parametrize(("kind", "change", "message"), DOCUMENTS)
def test_metadata(tmp_path, kind, change, message):
    path = tmp_path / "a.safetensors"
    KINDS[kind]().save(path)
    forge(path, change)
    with pytest.raises(DataError, match=message) as caught:
        load(path)
    assert str(caught.value).startswith(str(path))
    assert len(str(caught.value)) < 1000


def claim(path, header, size):
    """A sparse file of so many bytes of tensors, as a header claims them."""
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + size)


@pytest.fixture
def hostile(tmp_path):
    """Files that claim more than there is, and more than there is memory for."""
    sound = tmp_path / "sound.safetensors"
    KINDS["pde"]().save(sound)
    told = {"__metadata__": opened(sound)[0]}
    huge = 100 * 2**30
    point = {"dtype": "F64", "shape": [huge // 24, 3], "data_offsets": [0, huge // 24 * 24]}
    flat = {"dtype": "F64", "shape": [2**27], "data_offsets": [0, 2**30]}
    claim(tmp_path / "sparse.safetensors", told | {"points": point}, huge // 24 * 24)
    claim(tmp_path / "lies.safetensors", told | {"points": point}, 0)
    claim(
        tmp_path / "gigabyte.safetensors",
        told | {"points": flat},
        2**30,
    )
    empty = {"dtype": "F64", "shape": [0, 2**60], "data_offsets": [0, 0]}
    claim(tmp_path / "empty.safetensors", told | {"points": empty}, 0)
    claim(tmp_path / "many.safetensors", told | {f"t{k}": empty for k in range(20_000)}, 0)
    claim(tmp_path / "long.safetensors", {"__metadata__": {"symgen": "[" * 40_000_000}}, 0)
    with (tmp_path / "header.safetensors").open("wb") as file:
        file.write(struct.pack("<Q", 2**40) + b"{")
    sound.unlink()
    return sorted(tmp_path.glob("*.safetensors"))


LOADING = """
import resource, sys
import torch
from symgen.exceptions import DataError
from symgen.generators.artifact import load
held = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (held + 700_000_000,) * 2)
for path in sys.argv[1:]:
    try:
        load(path)
    except DataError as error:
        print(str(error)[:300])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_what_is_claimed_takes_no_memory(hostile):
    """In 700 MB, of which the gigabyte is no part."""
    done = subprocess.run(
        [sys.executable, "-c", LOADING, *map(str, hostile)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    told = done.stdout.splitlines()
    assert [line.split()[0].rstrip(":") for line in told] == [str(path) for path in hostile]
    words = {"sparse": "107.4 GB; files of its kind have at most 2.0 GB", "many": "20000 tensors", "long": "40.0 MB"}
    for path, line in zip(hostile, told, strict=True):
        assert words.get(path.stem, "") in line


DOORS = {
    "inspect": lambda bad, good: ("inspect", bad),
    "against": lambda bad, good: ("inspect", good, "--against", bad),
    "report": lambda bad, good: ("report", bad, "-o", "r.html"),
    "report-against": lambda bad, good: ("report", good, "-o", "r.html", "--against", bad),
    "augment": lambda bad, good: ("augment", "--pde", "kdv", "-n", "1", "--generators", bad, "-o", "m.h5"),
}


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("change", "change_tensors", "message"),
    [
        (put("generators.0.defect", math.nan), lambda tensors: None, "generators.0.defect"),
        (lambda document: None, scaled(C, 0.0), "no unit field"),
        (lambda document: None, cast(C, torch.float16), "of type float16"),
    ],
)
def test_every_door(run, terminal, tmp_path, door, change, change_tensors, message):
    good, bad = tmp_path / "good.safetensors", tmp_path / "bad.safetensors"
    KINDS["library"]().save(good)
    KINDS["library"]().save(bad)
    forge(bad, change, change_tensors)
    code, _, error = run(*DOORS[door](str(bad), str(good)))
    assert code == 3
    assert message in " ".join(error.split())
    assert "bug" not in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.safetensors", "good.safetensors"]
    with pytest.raises(DataError, match=message):
        symgen.load(bad)
