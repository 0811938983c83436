"""Flow training: generator networks trained on what is left of the equation when data are moved at finite scale.

The method of Ko, Kim and Lee (2024). Every generator moves its own copy of every trajectory; validity is the
residual on the deformed grid, and the fields are held orthonormal in the data's inner product.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import distributed

from symgen.discovery.fitting import fit
from symgen.discovery.flow_batches import Batches
from symgen.discovery.flow_checkpoint import read_checkpoint, write_checkpoint
from symgen.discovery.flow_loss import FlowLoss
from symgen.discovery.problem import inner_product_points, normalised_space, require_periodic
from symgen.discovery.settings import FlowSettings
from symgen.exceptions import SymgenError
from symgen.generators.base import Generators
from symgen.generators.network import NetworkGenerators, TrunkShape
from symgen.pde.equation import Equation
from symgen.pde.trajectories import Trajectories
from symgen.validity.finite import FiniteValidity

INNER_POINTS = 2048
"""Points over which norms and overlaps are taken in every step."""
CHECKS = 40
"""How often in a training the weights are compared with the best so far, and a checkpoint is written."""
CLEARLY = math.log(1.5)
CHECK_SCALE = 0.25  # of sigma: of the fixed windows that the best weights are chosen by

Progress = Callable[[int, int, Mapping[str, float]], None]


@dataclass(frozen=True)
class Trained:
    """The outcome of a training."""

    generators: NetworkGenerators
    """Unit fields of the best weights, float64."""
    history: dict[str, list[float]]
    """A value for every step: loss, its parts symmetry, orthonormality, lipschitz, sobolev; sigma, folds (share of
    the moved samples) and validity_1 ... validity_n (root mean square residual of the moved data per unit of scale,
    relative to the equation's terms)."""
    best_step: int


def train_flow(
    data: Trajectories,
    equation: Equation,
    settings: FlowSettings,
    device: str | torch.device = "cpu",
    progress: Progress | None = None,
    initial: Generators | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
) -> Trained:
    """Train generator networks on the finite validity of `equation` on `data`.

    `initial`: generators on the same space that the networks are fitted to first; needed for init="spectral".
    `progress(step, steps, figures)` is called after every step with that step's row of the history.
    `checkpoint`: a file written now and then, on KeyboardInterrupt and at the end; with `resume` the training goes
    on from it, if it exists, to the same result as if it had never stopped.
    Where torch.distributed is initialised, each process moves its share of every batch.

    Raises SymgenError where the training breaks down, DataError for data too few for the differences or a checkpoint
    of another training.
    """
    if settings.init == "spectral" and initial is None:
        raise ValueError('init="spectral" needs initial generators')
    path = Path(checkpoint) if checkpoint is not None else None
    going_on = resume and path is not None and path.exists()
    wanted = initial if settings.init == "spectral" and not going_on else None
    training = FlowTraining(data, equation, settings, torch.device(device), wanted)
    if path is not None and going_on:
        training.restore(path)
    every = max(1, settings.steps // CHECKS)
    try:
        while training.step < settings.steps:
            figures = training.advance()
            if training.step % every == 0 or training.step == settings.steps:
                training.compare()
                if path is not None:
                    training.save(path)
            if progress:
                progress(training.step, settings.steps, figures)
    except KeyboardInterrupt:
        if path is not None and training.whole:
            training.save(path)
        raise
    return training.result()


class FlowTraining:
    """The state of a training and its steps."""

    def __init__(
        self,
        data: Trajectories,
        equation: Equation,
        settings: FlowSettings,
        device: torch.device,
        initial: Generators | None = None,
    ) -> None:
        require_periodic(data, settings)
        self.settings, self.device = settings, device
        self.space = normalised_space(data)
        self.batches = Batches(data, settings, device)
        points = inner_product_points(data, settings, device)
        self.random = torch.Generator().manual_seed(settings.seed)
        inner = points[torch.randperm(len(points), generator=self.random)[:INNER_POINTS].to(device)]
        shape = TrunkShape(width=settings.width, waves=(settings.periodic, False, False))
        self.network = NetworkGenerators(self.space, settings.n_generators, shape, settings.head_width, self.random)
        self.network.to(device)
        if initial is not None:
            fit(self.network, initial, points)
        self.network.to(torch.float32 if settings.precision == "float32" else torch.float64)
        self.parameters = list(self.network.parameters())
        self.optimiser = torch.optim.Adam(self.parameters, settings.learning_rate_at(0))
        self.fixed = self.batches.draw(torch.Generator().manual_seed(settings.seed + 1), CHECK_SCALE * settings.sigma)
        self.loss = FlowLoss(self.network, FiniteValidity(equation, settings.accuracy), settings, inner, self.fixed)
        self.step, self.bad, self.best_step, self.best_score = 0, 0, 0, math.inf
        self.best = self._weights()
        self.history: dict[str, list[float]] = {}
        self.whole = True
        """False while the state changes: it is not to be saved then."""
        self.random_state = self.random.get_state()
        """That of the draws before the step under way, which is done again if it is interrupted."""

    def advance(self) -> dict[str, float]:
        """One step of the optimiser -> its row of the history."""
        settings = self.settings
        self.random_state = self.random.get_state()
        sigma = settings.sigma_at(self.step)
        batch = self.batches.draw(self.random, sigma)
        ending = self.batches.data.info.periodic and self.step >= (1 - settings.sobolev_share) * settings.steps
        rows = self.batches.rows(self.random) if ending and settings.sobolev_share else None
        self.optimiser.zero_grad()
        regular, norms = self.loss.regularisers(batch, rows)
        # the graph of the norms is shared by all samples, so it is differentiated once, at the end
        leaf = norms.detach().requires_grad_()
        self.network.norms = leaf
        rank, world = _place()
        squares, folds = torch.zeros(2, *batch.scales.shape, dtype=torch.float64, device=self.device)
        symmetry = torch.zeros((), dtype=torch.float64, device=self.device)
        for sample in range(rank, settings.batch, world):
            moved = self.loss.moved(batch, sample)
            loss = settings.validity_weight / settings.batch * moved.loss.sum()
            loss.backward()
            symmetry += loss.detach()
            squares[:, sample], folds[:, sample] = moved.squares, moved.folds.double()
        weighted = sum(regular.values(), torch.zeros((), dtype=torch.float64, device=self.device))
        grad = leaf.grad if leaf.grad is not None else torch.zeros_like(leaf)
        torch.autograd.backward([weighted / world, norms], [torch.ones_like(weighted), grad])
        self.network.norms = leaf.detach()
        gradient = self._reduced(symmetry, squares, folds)
        losses = {"symmetry": symmetry, "sobolev": torch.zeros_like(symmetry)}
        losses |= {name: value.detach() for name, value in regular.items()}
        figures = {"loss": float(sum(losses.values())), **{name: float(value) for name, value in losses.items()}}
        means = squares.sum(1) / (1 - folds).sum(1)  # NaN where all samples are folded
        figures |= {"sigma": sigma, "folds": float(folds.mean())}
        figures |= {f"validity_{a}": float(value) ** 0.5 for a, value in enumerate(means, 1)}
        usable = bool(torch.isfinite(gradient).all())
        self._watch(usable, figures)
        self.whole = False
        if usable:
            for group in self.optimiser.param_groups:
                group["lr"] = settings.learning_rate_at(self.step)
            self.optimiser.step()
        for name, value in figures.items():
            self.history.setdefault(name, []).append(value)
        self.step += 1
        self.random_state = self.random.get_state()
        self.whole = True
        return figures

    def compare(self) -> None:
        """Keep the weights if they are the best so far on the fixed windows; put the slots in order."""
        self.whole = False
        with torch.no_grad():
            regular, norms = self.loss.regularisers(self.fixed, None)
            self.network.norms = norms
            samples = [self.loss.moved(self.fixed, sample) for sample in range(self.settings.batch)]
        logs = 0.5 * torch.stack([moved.squares for moved in samples]).mean(0).log()
        folded = any(moved.folds.any() for moved in samples)
        score = self.settings.validity_weight * float(logs.sum()) + float(regular["orthonormality"])
        score = math.inf if folded or not math.isfinite(score) else score
        if score < self.best_score or self.best_step == 0:
            self.best_score, self.best_step, self.best = score, self.step, self._weights()
        if self.settings.reorder and not folded:
            self._reorder(logs.tolist())
        self.whole = True

    def _reorder(self, logs: list[float]) -> None:
        """Let neighbouring slots change places, with their moments, where the later one is clearly more valid."""
        order = list(range(len(logs)))
        for a in range(len(order) - 1, 0, -1):
            if logs[order[a]] < logs[order[a - 1]] - CLEARLY:
                order[a - 1], order[a] = order[a], order[a - 1]
        network = self.network
        for parameter in (network.hidden, network.hidden_bias, network.out, network.out_bias):
            moments = self.optimiser.state.get(parameter, {})
            for tensor in (parameter.data, *(moments[name] for name in ("exp_avg", "exp_avg_sq") if name in moments)):
                tensor.copy_(tensor[order].clone())
        network.norms = network.norms[order]

    def result(self) -> Trained:
        """The best weights."""
        network = NetworkGenerators(
            self.space, self.settings.n_generators, self.network.trunk.shape, self.settings.head_width
        ).to(self.device)
        network.load_state_dict(self.best)
        network.norms.fill_(1)
        with torch.no_grad():
            network.norms = self.loss.norms_of(network)
        return Trained(network.requires_grad_(False), self.history, self.best_step)

    def _reduced(self, *figures: torch.Tensor) -> torch.Tensor:
        """The gradient of all processes, clipped; the figures are added up over them, in place."""
        gradient = torch.cat([p.grad.flatten() for p in self.parameters if p.grad is not None])
        if _place()[1] > 1:
            for part in (gradient, *figures):
                distributed.all_reduce(part)
        length = float(torch.linalg.vector_norm(gradient))
        gradient = gradient * min(1.0, self.settings.clip / max(length, 1e-300))
        start = 0
        for parameter in self.parameters:
            parameter.grad = gradient[start : start + parameter.numel()].reshape(parameter.shape)
            start += parameter.numel()
        return gradient

    def _watch(self, usable: bool, figures: Mapping[str, float]) -> None:
        """Raise SymgenError if the training has been broken for too long."""
        self.bad = 0 if usable and figures["folds"] <= 0.5 else self.bad + 1
        if self.bad < self.settings.patience:
            return
        terms = ", ".join(f"{k} {figures[k]:.3g}" for k in ("loss", "symmetry", "orthonormality", "lipschitz"))
        cause = f"{figures['folds']:.0%} of the moved samples are folded" if usable else "the gradient is not finite"
        raise SymgenError(
            f"Flow training broke down at step {self.step}: {cause}, as in the {self.bad} steps to then ({terms}, "
            f"sigma {figures['sigma']:.2g}). Lower the learning rate or sigma, or raise the Lipschitz weight."
        )

    def _weights(self) -> dict[str, torch.Tensor]:
        return {name: tensor.detach().clone() for name, tensor in self.network.state_dict().items()}

    def save(self, path: Path) -> None:
        """Write a checkpoint; only the first process does."""
        if _place()[0] == 0:
            write_checkpoint(path, self)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint."""
        read_checkpoint(path, self)


def _place() -> tuple[int, int]:
    """Rank and number of the processes."""
    if distributed.is_available() and distributed.is_initialized():
        return distributed.get_rank(), distributed.get_world_size()
    return 0, 1
