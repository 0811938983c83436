"""Neural operators: what they can be exactly, what training promises, how errors are counted."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from symgen.exceptions import DataError, UsageError
from symgen.operators.fourier import (
    FourierNeuralOperator,
    SpectralConvolution,
    bootstrap_error,
    unrolled_errors,
    window_errors,
)
from symgen.operators.training import (
    LAST_RATE,
    OperatorSettings,
    Windows,
    first_operator,
    train_operator,
)

SMALL = OperatorSettings(
    history=4, future=4, width=8, modes=4, layers=2, learning_rate=1e-2, epochs=4, passes=20, batch=4
)


def waves(count: int, times: int = 24, points: int = 16, seed: int = 0) -> torch.Tensor:
    """u = sin(x - t + phase) at times 0.2 apart."""
    phase = 2 * math.pi * torch.rand(count, 1, 1, generator=torch.Generator().manual_seed(seed))
    x = 2 * math.pi / points * torch.arange(points)
    return torch.sin(x - 0.2 * torch.arange(times)[:, None] + phase)[..., None]


def windows(u: torch.Tensor, versions: int = 1) -> Windows:
    copies = u[:, None].expand(-1, versions, *u.shape[1:])
    valid = torch.tensor([0, u.shape[1]]).expand(len(u), versions, 2)
    return Windows(copies, valid, torch.ones(len(u), versions, 2))


def test_published_size():
    operator = FourierNeuralOperator()
    spectral = sum(p.numel() for layer in operator.spectral for p in layer.parameters()) // 2
    others = sum(p.numel() for n, p in operator.named_parameters() if not n.startswith("spectral"))
    assert spectral == 5 * 256 * 256 * 32  # complex
    assert 10.8e6 < spectral + others < 11e6


def test_spectral_convolution_is_the_product_of_spectra():
    torch.manual_seed(0)
    layer, x = SpectralConvolution(3, 4).double(), torch.randn(3, 2, 16, dtype=torch.float64)
    real, imaginary = layer.weight
    product = torch.einsum("ibk,kio->obk", torch.fft.rfft(x)[..., :4], torch.complex(real, imaginary))
    torch.testing.assert_close(layer(x), torch.fft.irfft(product, n=16))


def test_spectral_convolution_in_the_plane_has_waves_forth_and_back():
    torch.manual_seed(0)
    layer, x = SpectralConvolution(3, 4, 2).double(), torch.randn(3, 2, 12, 10, dtype=torch.float64)
    weights = torch.complex(*layer.weight).unflatten(0, (7, 4))
    spectrum, product = torch.fft.rfft2(x), torch.zeros(3, 2, 12, 6, dtype=torch.complex128)
    for row, wave in enumerate([0, 1, 2, 3, -3, -2, -1]):
        for column in range(4):
            product[:, :, wave, column] = torch.einsum("ib,io->ob", spectrum[:, :, wave, column], weights[row, column])
    torch.testing.assert_close(layer(x), torch.fft.irfft2(product, s=(12, 10)))


@pytest.mark.parametrize(("grid", "unknowns"), [((16,), 1), ((16,), 2), ((10, 12), 2), ((8, 9, 10), 3)])
@pytest.mark.parametrize("centred", [False, True])
def test_operators_commute_with_translations_of_the_grid(grid, unknowns, centred):
    torch.manual_seed(0)
    operator = FourierNeuralOperator(4, 5, 8, 3, 2, centred, len(grid), unknowns).double()
    u, steps = torch.randn(3, 4, *grid, unknowns).double(), torch.rand(3, len(grid) + 1).double()
    predicted = operator(u, steps)
    assert predicted.shape == (3, 5, *grid, unknowns)
    shifts, axes = tuple(range(3, 3 + len(grid))), tuple(range(2, 2 + len(grid)))
    torch.testing.assert_close(operator(u.roll(shifts, axes), steps), predicted.roll(shifts, axes))


def test_operators_stay_on_their_device():
    """On a device without numbers, anything from the CPU would be refused."""
    operator = FourierNeuralOperator(4, 4, 8, 3, 2, True, 2, 2).to("meta")
    predicted = operator(torch.empty(3, 4, 8, 9, 2, device="meta"), torch.empty(3, 3, device="meta"))
    assert predicted.device.type == "meta"
    assert predicted.shape == (3, 4, 8, 9, 2)


def test_every_unknown_is_seen_and_predicted():
    torch.manual_seed(0)
    operator, u, steps = FourierNeuralOperator(4, 4, 8, 3, 2, False, 2, 2), torch.randn(1, 4, 8, 8, 2), torch.ones(1, 3)
    for unknown in range(2):
        other = u.clone()
        other[..., unknown] += 1
        change = (operator(other, steps) - operator(u, steps)).abs().amax((0, 1, 2, 3))
        assert (change > 1e-4).all()
    assert not torch.allclose(operator(u, steps)[..., 0], operator(u, steps)[..., 1])


def test_the_steps_of_the_grid_count():
    torch.manual_seed(0)
    operator, u = FourierNeuralOperator(4, 4, 8, 4, 2), torch.randn(3, 4, 16, 1)
    assert not torch.allclose(operator(u, torch.ones(3, 2)), operator(u, 2 * torch.ones(3, 2)))


def test_centred_operators_see_u_around_its_mean():
    """Added to u, a constant is added to the prediction, but for what the channel with the mean does."""
    torch.manual_seed(0)
    operator, u, steps = FourierNeuralOperator(4, 4, 8, 4, 2, centred=True), torch.randn(3, 4, 16, 1), torch.ones(3, 2)
    assert not torch.allclose(operator(u + 2, steps), operator(u, steps) + 2, atol=1e-3)
    with torch.no_grad():
        operator.lift.weight[:, -1] = 0
    torch.testing.assert_close(operator(u + 2, steps), operator(u, steps) + 2)
    plain = FourierNeuralOperator(4, 4, 8, 4, 2)
    assert not torch.allclose(plain(u + 2, steps), plain(u, steps) + 2, atol=1e-3)


class Scaled(FourierNeuralOperator):
    """Predicts that the last known time stays, times a factor."""

    def __init__(self, factor: float) -> None:
        super().__init__(4, 4, 2, 1, 1)
        self.factor = factor

    def forward(self, u: torch.Tensor, steps: torch.Tensor) -> torch.Tensor:
        return self.factor * u[:, -1:].expand(-1, 4, -1, -1)


def test_errors_are_summed_over_windows_of_the_fed_back_prediction():
    u = torch.ones(2, 13, 8, 1)  # 4 known, two windows of 4, one time left over
    steps = torch.ones(2, 2)
    torch.testing.assert_close(unrolled_errors(Scaled(1.0), u, steps), torch.zeros(2))
    # the second window starts from the first one's prediction: 0.5, then 0.25
    torch.testing.assert_close(unrolled_errors(Scaled(0.5), u, steps), torch.full((2,), 0.25 + 0.5625))


def test_single_windows_start_from_the_true_times():
    u, steps = torch.ones(2, 13, 8, 1), torch.ones(2, 2)
    torch.testing.assert_close(window_errors(Scaled(0.5), u, steps), torch.full((2,), 0.25))
    one, operator = waves(2, times=8), Scaled(0.5)  # one window, which is all that there is to unroll
    torch.testing.assert_close(window_errors(operator, one, steps), unrolled_errors(operator, one, steps))


def test_trajectories_shorter_than_a_window_are_refused():
    for errors in (unrolled_errors, window_errors):
        with pytest.raises(DataError, match="7 times, fewer than the 8 of a window"):
            errors(Scaled(1.0), torch.ones(2, 7, 8, 1), torch.ones(2, 2))


def test_errors_are_relative_and_do_not_depend_on_the_batches():
    operator, u = Scaled(0.9), waves(5)
    errors = unrolled_errors(operator, u, torch.ones(5, 2))
    torch.testing.assert_close(unrolled_errors(operator, 7 * u, torch.ones(5, 2), batch=2), errors)


def test_bootstrap_error_is_that_of_the_mean():
    values = torch.randn(400, generator=torch.Generator().manual_seed(1))
    assert bootstrap_error(values) == pytest.approx(float(values.std()) / 20, rel=0.1)
    assert bootstrap_error(torch.ones(9)) == 0.0


def test_training_learns_a_travelling_wave():
    u, steps = waves(8), torch.ones(4, 2)
    held_out = waves(4, seed=1)
    before = float(unrolled_errors(first_operator(SMALL), held_out, steps).mean())
    trained = train_operator(windows(u), held_out, steps, SMALL)
    assert min(trained.validation) < 0.05 * before
    assert trained.updates == 4 * 20 * 8 // 4


def test_training_learns_fields_that_turn_and_copies_help():
    """u + i v turns in the plane; where there is one solution, copies with other phases teach all of them."""
    points = 2 * math.pi / 8 * torch.arange(8)
    x, y = torch.meshgrid(points, points, indexing="ij")

    def turning(phase: torch.Tensor) -> torch.Tensor:
        angle = phase[..., None, None, None] - 0.1 * torch.arange(12)[:, None, None] + 0.3 * x.sin()
        return torch.stack([angle.cos(), angle.sin()], -1) * (1 + 0.5 * (x - y).cos())[..., None]

    held_out, steps = turning(torch.linspace(0, 6, 4)), torch.ones(4, 3)
    settings = SMALL.model_copy(update={"modes": 3, "passes": 200})
    before = float(unrolled_errors(first_operator(settings, 2, 2), held_out, steps).mean())
    phases = {"alone": torch.tensor([[0.0]]), "copied": torch.tensor([[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]])}
    errors = {}
    for name, own in phases.items():
        copies = turning(own)
        valid, same = torch.tensor([0, 12]).expand(1, own.numel(), 2), torch.ones(1, own.numel(), 3)
        errors[name] = min(train_operator(Windows(copies, valid, same), held_out, steps, settings).validation)
    assert errors["copied"] < 0.05 * before
    assert errors["copied"] < 0.2 * errors["alone"]


def test_the_rate_falls_in_steps_or_along_a_cycle():
    # 4 epochs, so that a quarter is one of them
    assert [SMALL.rate(update, 5) for update in (0, 4, 5, 19)] == pytest.approx([1, 1, 0.4, 0.4**3])
    cycle = SMALL.model_copy(update={"schedule": "one-cycle"})
    rates = [cycle.rate(update, 25) for update in range(100)]
    assert rates.index(max(rates)) == 5, "the rate rises for a twentieth of the updates"
    assert max(rates) == pytest.approx(1)
    assert rates[0] == pytest.approx(1 / 6)
    assert rates[-1] == pytest.approx(LAST_RATE, rel=0.1)
    assert rates[5:] == sorted(rates[5:], reverse=True)
    assert cycle.model_copy(update={"epochs": 1}).rate(1, 1) > 0


def test_small_solutions_need_a_relative_loss():
    small, held_out, steps = 1e-3 * waves(8), 1e-3 * waves(4, seed=1), torch.ones(4, 2)
    square, relative = (
        min(train_operator(windows(small), held_out, steps, settings).validation)
        for settings in (SMALL.model_copy(update={"loss": loss, "passes": 60}) for loss in ("square", "relative"))
    )
    assert relative < 1e-3 < 1e-2 < square


def test_a_cycle_and_a_centred_operator_learn_too():
    settings = SMALL.model_copy(update={"schedule": "one-cycle", "memory": 0.95, "centred": True})
    held_out, steps = waves(4, seed=1), torch.ones(4, 2)
    before = float(unrolled_errors(first_operator(settings), held_out, steps).mean())
    assert min(train_operator(windows(waves(8)), held_out, steps, settings).validation) < 0.05 * before


def test_the_operator_kept_is_that_of_the_best_epoch():
    u, held_out, steps = waves(4), waves(3, seed=1), torch.ones(3, 2)
    wild = SMALL.model_copy(update={"learning_rate": 0.1, "decay": 1.0, "epochs": 6, "passes": 3, "seed": 1})
    trained = train_operator(windows(u), held_out, steps, wild)
    assert trained.epoch < wild.epochs, "the last epoch is the best: nothing is shown"
    kept = float(unrolled_errors(trained.operator, held_out, steps).mean())
    assert kept == pytest.approx(min(trained.validation))


def test_arms_differ_in_their_copies_only():
    """Copies that equal their original train the same operator as no copies: same weights, order and windows."""
    u, held_out, steps = waves(4), waves(3, seed=1), torch.ones(3, 2)
    alone = train_operator(windows(u), held_out, steps, SMALL)
    copied = train_operator(windows(u, versions=3), held_out, steps, SMALL)
    for mine, other in zip(alone.operator.parameters(), copied.operator.parameters(), strict=True):
        torch.testing.assert_close(mine, other, rtol=0, atol=0)
    assert alone.updates == copied.updates


def test_copies_are_used():
    u, held_out, steps = waves(4), waves(3, seed=1), torch.ones(3, 2)
    same = windows(u, versions=2)
    other = replace(same, u=torch.stack([u, -u], 1))
    results = [train_operator(data, held_out, steps, SMALL).validation for data in (same, other)]
    assert results[0] != results[1]


def test_windows_stay_in_the_valid_times():
    u = torch.arange(20.0)[None, None, :, None, None].expand(1, 2, -1, 4, 1)
    data = Windows(u, torch.tensor([[[0, 20], [5, 14]]]), torch.ones(1, 2, 2))
    place = torch.linspace(0, 1, 1001)[:-1]
    zeros = torch.zeros(1000, dtype=torch.long)
    cut, _ = data.cut(zeros, zeros + 1, place, 8)
    assert cut.min() == 5
    assert cut.max() == 13
    whole, _ = data.cut(zeros, zeros, place, 8)
    assert whole.min() == 0
    assert whole.max() == 19


def test_short_copies_and_coarse_grids_are_refused():
    u, steps = waves(4), torch.ones(4, 2)
    short = replace(windows(u), valid=torch.tensor([0, 7]).expand(4, 1, 2))
    with pytest.raises(DataError, match="fewer than 8 valid times"):
        train_operator(short, u, steps, SMALL)
    with pytest.raises(UsageError, match="18 points"):
        train_operator(windows(u), u, steps, SMALL.model_copy(update={"modes": 9}))
    with pytest.raises(DataError, match="Validation trajectories have 7 times, fewer than the 8"):
        train_operator(windows(u), u[:, :7], steps, SMALL)
