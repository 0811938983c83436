from __future__ import annotations

import json
import urllib.error

import numpy as np
import pytest
import torch
from PIL import Image

import symgen
from symgen.discovery import image_problem
from symgen.discovery.flow_image import ImageObjective
from symgen.discovery.flow_training import FlowTraining
from symgen.discovery.image import discover_image_flow, discover_image_spectral, spectral_fields
from symgen.discovery.image_problem import ImageProblem
from symgen.discovery.image_settings import ImageFlowSettings, ImageSpectralSettings
from symgen.exceptions import DataError, UsageError
from symgen.generators.artifact import Artifact
from symgen.generators.inner_product import field_matrix
from symgen.image.datasets import ImageData, load_images
from symgen.image.extractor import Extractor, ExtractorInfo
from symgen.image.labelled import Labelled
from symgen.image.polynomial import quadratic_fit
from symgen.image.warp import pixel_grid
from symgen.inspection.brackets import bracket_table
from symgen.inspection.comparison import compare
from symgen.inspection.reference import reference
from symgen.plots import all_figures
from symgen.validity.moved_images import at_scale

pytestmark = pytest.mark.usefixtures("module_cache")
STATUSES = ("approximate", "approximate", "none")
FEW = {"n_generators": 3, "images": 8, "weight_images": 16, "held_out": 8, "seed": 3}
FLOW = {**FEW, "steps": 4, "batch": 4, "width": 8, "head_width": 4}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """shapes/<class>/*.png: blobs and stripes of 12 x 12 pixels."""
    root, draw = tmp_path_factory.mktemp("data") / "shapes", np.random.default_rng(0)
    y, x = np.mgrid[-1:1:12j, -1:1:12j]
    for name in ("blobs", "stripes"):
        (root / name).mkdir(parents=True)
        for i in range(20):
            a, b = draw.uniform(-0.5, 0.5, 2)
            value = np.exp(-4 * ((x - a) ** 2 + (y - b) ** 2)) if name == "blobs" else 0.5 + 0.5 * np.sin(5 * x + 9 * a)
            pixels = value[..., None] * draw.uniform(100, 255, 3)
            Image.fromarray(pixels.astype(np.uint8)).save(root / name / f"{i}.png")
    return root


@pytest.fixture(scope="module")
def data(folder):
    return load_images(folder)


@pytest.fixture(scope="module")
def extractor(data):
    """An untrained network: enough for everything but what is found."""
    channels = {"mean": (0.4, 0.4, 0.4), "std": (0.3, 0.3, 0.3)}
    said = {"accuracy": 1.0, "dataset_sha256": data.sha256}  # as one that knows its classes
    info = ExtractorInfo(width=2, classes=data.classes, **channels, **said)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Extractor.untrained(info).freeze()


@pytest.fixture(scope="module")
def spectral(data, extractor):
    return discover_image_spectral(data, extractor, ImageSpectralSettings(**FEW))


@pytest.fixture(scope="module")
def flow(data, extractor):
    return discover_image_flow(data, extractor, ImageFlowSettings(**FLOW, slots=4))


@pytest.mark.parametrize("method", ["spectral", "flow"])
def test_fields_are_orthonormal_and_in_the_order_of_their_validity(method, request):
    found = request.getfixturevalue(method)
    artifact = found if method == "spectral" else found[0]
    m = artifact.metadata
    matrix = field_matrix(artifact.generators, artifact.points, weight=artifact.weight)
    assert torch.allclose(matrix.T @ matrix, torch.eye(3, dtype=torch.float64), atol=1e-6)
    assert (artifact.defects.diff() >= 0).all()
    assert (m.method, m.domain.kind, len(m.generators)) == (method, "image", 3)
    table = m.image.moved
    assert table.scales == (-0.3, -0.1, 0.1, 0.3)
    assert table.images == 8
    assert at_scale(table.generators, table.scales) == pytest.approx(artifact.defects.tolist())
    assert set(table.affine) >= {"rotation", "translation x"}
    assert len(table.random) == 10
    least = min(at_scale(table.random, table.scales))
    assert [g.status == "approximate" for g in m.generators] == [g.defect < least for g in m.generators]


def test_file_gives_back_what_was_saved(flow, tmp_path):
    artifact = flow[0]
    artifact.save(tmp_path / "a.safetensors")
    again = symgen.load(tmp_path / "a.safetensors")
    assert again.metadata == artifact.metadata
    assert torch.equal(again.weight, artifact.weight)
    assert torch.equal(again(again.points), artifact(artifact.points))
    assert again.specimen["image"].shape == (3, 12, 12)


def test_same_seed_gives_the_same(data, extractor, flow):
    again, trained = discover_image_flow(data, extractor, ImageFlowSettings(**FLOW, slots=4))
    assert again.metadata == flow[0].metadata
    assert trained.history == flow[1].history


def test_interrupted_training_goes_on_to_the_same_end(data, extractor, flow, tmp_path):
    def stop(step, *_):
        if step == 2:
            raise KeyboardInterrupt

    settings, checkpoint = ImageFlowSettings(**FLOW, slots=4), tmp_path / "c.safetensors"
    _, part = discover_image_flow(data, extractor, settings, stop, checkpoint)
    assert part.steps == 2
    whole, _ = discover_image_flow(data, extractor, settings, None, checkpoint, resume=True)
    assert whole.metadata == flow[0].metadata
    other = extractor.info.model_copy(update={"seed": 9})
    with pytest.raises(DataError, match="training with other settings or data"):
        discover_image_flow(data, Extractor(extractor.body, extractor.head, other), settings, None, checkpoint, True)


def test_pieces_add_up(data, extractor):
    gradients = []
    for memory in (2.0, 1e-4):
        settings = ImageFlowSettings(**FLOW, scales=4, memory_limit=memory, init="random")
        objective = ImageObjective(ImageProblem(data, extractor, settings), settings)
        training = FlowTraining(objective)
        batch = objective.draw(torch.Generator().manual_seed(1), 0.4)
        assert batch.scales.unique().numel() == 12
        moved = [objective.moved(training.network, batch, piece) for piece in range(objective.pieces)]
        gradients.append(torch.autograd.grad(sum(m.loss.sum() for m in moved), training.parameters))
    assert objective.pieces == 4
    assert objective.problem.validity.limit < 16
    for left, right in zip(*gradients, strict=True):
        assert torch.allclose(left, right, atol=1e-5)


def test_fewer_images_to_compare_on_than_pieces(data, extractor):
    scores = []
    for pieces in (1, 16):
        settings = ImageFlowSettings(**FLOW | {"batch": 16}, scales=16, memory_limit=2e-5 if pieces > 1 else 2.0)
        training = FlowTraining(ImageObjective(ImageProblem(data, extractor, settings), settings))
        assert training.objective.pieces == pieces
        assert len(training.fixed.data) == 24  # the training images that the eigenproblem leaves
        training.compare()
        scores.append(training.best_score)
    assert scores[0] == pytest.approx(scores[1], rel=1e-5)


def test_every_process_has_a_piece(data, extractor, monkeypatch):
    monkeypatch.setattr("symgen.discovery.flow_image.rank_and_count", lambda: (0, 3))
    settings = ImageFlowSettings(**FLOW)
    assert ImageObjective(ImageProblem(data, extractor, settings), settings).pieces == 3


def test_the_eigenproblem_needs_no_square_of_its_rows(data, extractor, monkeypatch):
    problem, shapes, solved = ImageProblem(data, extractor, ImageSpectralSettings(**FEW)), [], image_problem.solve

    def solve(rows, *arguments):
        shapes.append(tuple(rows.shape))
        return solved(rows, *arguments)

    monkeypatch.setattr(image_problem, "solve", solve)
    spectral_fields(problem, 3)
    assert shapes == [(18, 18)]  # not one for every feature of every image


def test_combinations_are_orthonormal(data, extractor):
    settings = ImageFlowSettings(**FLOW, init="random")
    objective = ImageObjective(ImageProblem(data, extractor, settings), settings)
    network = FlowTraining(objective).network.double()
    network.norms = objective.norms(network).detach()
    with torch.no_grad():
        mixed = objective.problem.matrix(network) @ objective.combinations(network).T
    assert torch.allclose(mixed.T @ mixed, torch.eye(3, dtype=torch.float64), atol=1e-6)


def test_images_of_one_pixel_across(extractor):
    images = Labelled(torch.zeros(2, 3, 1, 8, dtype=torch.uint8), torch.arange(2))
    line = ImageData("lines", images, images, ("a", "b"), "0" * 64)
    with pytest.raises(DataError, match="1 x 8 pixels"):
        ImageProblem(line, extractor, ImageSpectralSettings(**FEW))


@pytest.mark.parametrize(("size", "count"), [(3, 20), (2, 3)])
def test_more_fields_than_pixels_have_room_for(extractor, size, count):
    draw = torch.Generator().manual_seed(0)
    pixels = torch.randint(0, 256, (40, 3, size, size), generator=draw, dtype=torch.uint8)
    images = Labelled(pixels, torch.arange(40) % 2)
    tiny = ImageData.of("tiny", images, images, ("a", "b"))
    settings = ImageFlowSettings(**FLOW | {"n_generators": count, "init": "random", "degree": 3})
    with pytest.raises(DataError, match=f"room for|{size} x {size} pixels, too few"):
        discover_image_flow(tiny, extractor, settings)


def test_extractor_of_other_classes_is_a_warning(data, extractor):
    info = extractor.info.model_copy(update={"classes": ("x", "y")})
    found = discover_image_spectral(data, Extractor(extractor.body, extractor.head, info), ImageSpectralSettings(**FEW))
    assert any("trained on other classes" in warning for warning in found.metadata.warnings)


def test_derivatives_stand_for_scale_zero(data, extractor):
    artifact = discover_image_spectral(data, extractor, ImageSpectralSettings(**FEW, scale=0))
    assert len(artifact.metadata.generators) == 3


def test_extractor_that_sees_nothing_is_refused(data, extractor):
    blind = Extractor.untrained(extractor.info)
    for parameter in blind.body.conv1.parameters():
        torch.nn.init.zeros_(parameter)
    with pytest.raises(DataError, match="No feature reacts"):
        discover_image_spectral(data, blind.freeze(), ImageSpectralSettings(**FEW))


def test_settings():
    paper = ImageFlowSettings.paper(seed=1)
    assert (paper.count, paper.batch, paper.steps, paper.sigma) == (10, 128, 19550, 0.4)
    assert {paper.learning_rate_at(step) for step in (0, 10_000, 19_549)} == {1e-4}
    # per unit of length, of which an image of 32 pixels has 2
    assert (paper.lipschitz_bound * 2 / 31, paper.lipschitz_weight * 31 / 2) == pytest.approx((0.5, 10))
    assert paper.orthonormality_weight == 10
    assert paper.sigma_at(0) == 0.4
    assert ImageSpectralSettings(n_generators=20).library_degree(20) == 3
    with pytest.raises(ValueError, match="fields of degree 1 have 8 dimensions"):
        ImageSpectralSettings(n_generators=10, degree=1)
    with pytest.raises(ValueError, match="fields of degree 1 have 8 dimensions"):
        ImageFlowSettings(init="spectral", degree=1)
    with pytest.raises(ValueError, match="3 slots cannot give 10"):
        ImageFlowSettings(slots=3)


def test_quadratic_fit_names_the_field_and_its_error():
    points = pixel_grid(16, 16, torch.float64).reshape(-1, 2)
    x, y = points.unbind(1)
    weight = torch.ones(len(points), dtype=torch.float64)
    field, error = quadratic_fit(torch.stack([-y, x + 0.5 * x * y], 1), points, weight)
    assert tuple(map(str, field)) == ("-1.0*y", "0.5*x*y + 1.0*x")
    assert error < 1e-6
    _, error = quadratic_fit(torch.stack([-y, (3 * x).sin()], 1), points, weight)
    assert 0.05 < error < 1


def test_inspection(spectral, flow):
    found = compare(spectral, reference(spectral, "affine"))
    assert found.names[-1] == "rotation"
    assert np.shape(found.alignment) == (3, 6)
    assert found.compared == (spectral.metadata.approximate or 3)
    assert len(bracket_table(flow[0])) == 3
    for artifact in (spectral, flow[0]):
        assert set(all_figures(artifact, found)) == {"fields", "moved", "defect", "alignment"}
    with pytest.raises(UsageError, match="lps are the symmetries of equations"):
        reference(spectral, "lps")
    with pytest.raises(UsageError, match="act on images"):
        _ = spectral.metadata.pde


def test_generators_are_no_distance_from_themselves(spectral, tmp_path):
    """Also where some of them are no symmetries."""
    records = [
        record.model_copy(update={"status": s})
        for record, s in zip(spectral.metadata.generators, STATUSES, strict=True)
    ]
    metadata = spectral.metadata.model_copy(update={"generators": tuple(records), "approximate": 2})
    artifact = Artifact(spectral.generators, metadata, spectral.points, spectral.specimen, spectral.weight)
    artifact.save(tmp_path / "a.safetensors")
    found = compare(artifact, reference(artifact, str(tmp_path / "a.safetensors")))
    assert (found.compared, found.missed) == (2, ())
    assert found.full_distance < 1e-6


@pytest.mark.usefixtures("terminal")
class TestCommandLine:
    @pytest.fixture
    def file(self, extractor):
        extractor.save("extractor.safetensors")
        return "extractor.safetensors"

    def test_discover_and_inspect(self, run, folder, file):
        discover = ("discover", str(folder), "--extractor", file, "--n-generators", "3", "--device", "cpu")
        quick = ("--steps", "2", "--batch", "2", "--width", "8")
        code, out, err = run(*discover, *quick)
        assert code == 0, err
        for text in ("of 3 generators", "rotation", "random, mean", "|s| = 0.3", "shapes-generators"):
            assert text in out
        assert "classifies 100.0%" in err
        code, out, err = run("inspect", "shapes-generators.safetensors", "--against", "affine", "--figures", "figures")
        assert code == 0, err
        for text in ("s = -0.3", "nearest affine and quadratic field", "Grassmann distance", "Lie brackets"):
            assert text in out
        assert symgen.load("shapes-generators.safetensors").metadata.settings["steps"] == 2

    def test_json(self, run, folder, file):
        code, out, err = run(
            "discover", str(folder), "--extractor", file, "--method", "spectral", "--no-figures", "--json",
            "--device", "cpu", "-o", "a.safetensors", "--scale", "0.1", "--memory", "0.5",
        )  # fmt: skip
        assert (code, err) == (0, "")
        document = json.loads(out)
        assert document["name"] == "shapes"
        assert len(document["generators"]) == 10
        assert len(document["moved"]["affine"]) == 6
        assert document["settings"]["memory_limit"] == 0.5
        code, out, _ = run("inspect", "a.safetensors", "--json")
        assert code == 0
        assert json.loads(out)["affine_ratios"] == document["affine_ratios"]

    def test_few_images_to_train_on(self, run, folder):
        train = ("discover", str(folder), "--extractor-width", "2", "--method", "spectral", "--no-figures")
        code, _, err = run(*train, "--device", "cpu", "--n-generators", "3")
        assert code == 0, err
        assert "trained in batches of 8: there are 32 images" in err
        assert "no folder of test images: 20% of every class" in err
        code, _, err = run(*train, "--extractor-schedule", "whitened", "-o", "c.safetensors")
        assert code == 0, err
        assert "whitened network of width 2" in err
        code, _, err = run(*train, "--extractor-batch", "100", "-o", "b.safetensors")
        assert code == 2
        assert "--extractor-batch 100: shapes has 32 training images" in err

    def test_name_decides(self, run, folder, file):
        code, _, err = run("discover", "cifar11")
        assert code == 2
        assert "kdv" in err
        assert "Did you mean 'cifar10'?" in err
        assert "Images: cifar10, cifar100, mnist" in err
        for options, message in (
            (("--equation", "u_t"), "--equation makes no sense for images"),
            (("--periodic",), "--periodic makes no sense for this kind of data"),
            (("--method", "network"), "There is flow and spectral"),
            (("--steps", "3", "--method", "spectral"), "--steps belongs to --method flow"),
            (("--extractor", file, "--extractor-width", "3"), "of an extractor that is trained"),
            (("--n-generators", "0"), "--n-generators 0"),
        ):
            code, _, err = run("discover", str(folder), *options)
            assert code == 2
            assert message in err
        code, _, err = run("discover", "kdv", "--extractor", file)
        assert code == 2
        assert "--extractor makes no sense for equations" in err

    def test_neither_dataset_nor_network(self, run, monkeypatch):
        def offline(*_, **__):
            raise urllib.error.URLError("no network")

        monkeypatch.setattr("urllib.request.urlopen", offline)
        code, _, err = run("discover", "cifar10")
        assert code == 3
        assert "cifar10 could not be downloaded" in err
        assert "--data" in err
        assert "Traceback" not in err

    def test_bad_extractor(self, run, folder, extractor):
        sick = Extractor.untrained(extractor.info)
        torch.nn.init.constant_(sick.head.weight, float("nan"))
        sick.save("nan.safetensors")
        code, _, err = run("discover", str(folder), "--extractor", "nan.safetensors")
        assert code == 3
        assert "not finite" in err
        assert run("discover", str(folder), "--extractor", "none.safetensors")[0] == 3
