"""Flow training: generator networks trained on the defect of data that are moved at finite scale.

The method of Ko, Kim and Lee (2024). Every generator moves its own copy of every datum, and the fields are held
orthonormal in the data's inner product. What a datum is and when it is valid is the business of an `Objective`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import distributed

from symgen.discovery.fitting import fit
from symgen.discovery.flow_checkpoint import read_checkpoint, write_checkpoint
from symgen.discovery.flow_objective import Objective
from symgen.exceptions import TrainingError
from symgen.generators.base import Generators
from symgen.generators.network import Heads, HeadsShape, NetworkGenerators, TrunkShape
from symgen.processes import rank_and_count

CHECKS = 40
"""How often in a training the weights are compared with the best so far, and a checkpoint is written."""

Progress = Callable[[int, int, Mapping[str, float]], None]


@dataclass(frozen=True)
class Trained:
    """The outcome of a training."""

    generators: NetworkGenerators
    """Unit fields of the best weights, float64; with other last layers where `solved`."""
    history: dict[str, list[float]]
    """A value for every step: loss, its parts symmetry, orthonormality, lipschitz, sobolev; sigma, folds (share of
    the moved data) and defect_1 ... defect_n (root mean square defect of the moved data per unit of scale)."""
    best_step: int
    steps: int
    """How many were done: fewer than wanted if the training was interrupted."""
    wanted: int
    solved: bool = False
    """Whether the last layers are solved for, not as they were trained."""


def train_flow(
    objective: Objective,
    progress: Progress | None = None,
    initial: Generators | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
) -> Trained:
    """Train generator networks on the finite defect of an objective's data.

    `initial`: generators on the same space that the networks are fitted to first; needed for init="spectral".
    `progress(step, steps, figures)` is called after every step with that step's row of the history.
    `checkpoint`: a file written now and then, on KeyboardInterrupt and at the end; with `resume` the training goes
    on from it, if it exists, to the same result as if it had never stopped. After a KeyboardInterrupt what was
    reached is returned, unless no step was done.
    Where torch.distributed is initialised, each process moves its share of every batch.

    Raises TrainingError where the training breaks down, DataError for data too few for the differences or a checkpoint
    of another training.
    """
    if objective.settings.init == "spectral" and initial is None:
        raise ValueError('init="spectral" needs initial generators')
    path = Path(checkpoint) if checkpoint is not None else None
    going_on = resume and path is not None and path.exists()
    training = FlowTraining(objective, None if going_on or objective.settings.init == "random" else initial)
    if path is not None and going_on:
        training.restore(path)
    training.run(progress, path)
    return training.result()


class FlowTraining:
    """The state of a training and its steps."""

    def __init__(self, objective: Objective, initial: Generators | None = None) -> None:
        settings = objective.settings
        self.objective, self.settings, self.device = objective, settings, objective.device
        self.random = torch.Generator().manual_seed(settings.seed)
        self.network = self._network(self.random)
        if initial is not None:
            fit(self.network, initial, objective.points)
        self.network.to(torch.float32 if settings.precision == "float32" else torch.float64)
        self.parameters = list(self.network.parameters())
        self.optimiser = torch.optim.Adam(self.parameters, settings.learning_rate_at(0), betas=(0.9, settings.memory))
        self.fixed = objective.fixed()
        self.step, self.bad, self.best_step, self.best_score = 0, 0, 0, math.inf
        self.best = self._weights()
        self.history: dict[str, list[float]] = {}
        self.whole = True
        """False from a change of the weights to the end of what is done after the step: it is not to be saved then."""
        self.random_state = self.random.get_state()
        """That of the draws before the step under way, which is done again if it is interrupted."""

    def run(self, progress: Progress | None = None, checkpoint: Path | None = None) -> None:
        """Take the steps that are left, or those until Ctrl-C, which is passed on only before the first."""
        settings = self.settings
        every = max(1, settings.steps // CHECKS)
        try:
            if self.step == 0:
                self.compare()
            while self.step < settings.steps:
                figures = self.advance()
                checked = self.step % every == 0 or self.step == settings.steps
                if checked:
                    self.compare()
                    if settings.reorder:
                        self.reorder()
                self.whole = True
                if checked and checkpoint is not None:
                    self.save(checkpoint)
                if progress:
                    progress(self.step, settings.steps, figures)
        except KeyboardInterrupt:
            if not self.step:
                raise
            if checkpoint is not None and self.whole:
                self.save(checkpoint)

    def advance(self) -> dict[str, float]:
        """One step of the optimiser -> its row of the history."""
        settings, objective, network = self.settings, self.objective, self.network
        self.random_state = self.random.get_state()
        sigma = settings.sigma_at(self.step)
        batch = objective.draw(self.random, sigma)
        self.optimiser.zero_grad()
        regular, norms = objective.regularisers(network, batch, self.step / settings.steps, self.random)
        # the graph of the norms is shared by all samples, so it is differentiated once, at the end
        leaf = norms.detach().requires_grad_()
        network.norms = leaf
        rank, world = rank_and_count()
        squares, folds = torch.zeros(2, settings.count, dtype=torch.float64, device=self.device)
        symmetry = torch.zeros((), dtype=torch.float64, device=self.device)
        for piece in range(rank, objective.pieces, world):
            moved = objective.moved(network, batch, piece)
            loss = settings.validity_weight / settings.batch * moved.loss.sum()
            loss.backward()
            symmetry += loss.detach()
            squares += moved.squares
            folds += moved.folds
        weighted = sum(regular.values(), torch.zeros((), dtype=torch.float64, device=self.device))
        grad = leaf.grad if leaf.grad is not None else torch.zeros_like(leaf)
        torch.autograd.backward([weighted / world, norms], [torch.ones_like(weighted), grad])
        network.norms = leaf.detach()
        gradient = self._reduced(symmetry, squares, folds)
        losses = {"symmetry": symmetry, "sobolev": torch.zeros_like(symmetry)}
        losses |= {name: value.detach() for name, value in regular.items()}
        means = squares / (settings.batch - folds)  # NaN where all are folded
        total = sum(losses.values(), torch.zeros_like(symmetry))
        known = (torch.isfinite(gradient).all(), folds.mean(), total, *losses.values(), *means)
        # the one time in a step that the device is waited for
        finite, folded, *read = torch.stack([value.double() for value in known]).tolist()
        figures = dict(zip(("loss", *losses), read, strict=False))
        figures |= {"sigma": sigma, "folds": folded / settings.batch}
        figures |= {f"defect_{a}": value**0.5 for a, value in enumerate(read[len(losses) + 1 :], 1)}
        usable = bool(finite)
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
        return figures

    def reorder(self) -> None:
        """Put the slots, with their moments, in the order of the most valid orthonormal combinations of the fields.

        A slot gives way to all before it, so the best fields belong first. How valid a field is by itself does not
        tell: a mixture that holds a symmetry can be worse than a smooth field without one. So each combination, the
        most valid first (Rayleigh and Ritz), takes the slot that it mostly consists of.
        """
        network = deepcopy(self.network).double()
        with torch.no_grad():
            self.objective.normalise(network)  # combinations of other fields would be weighed by their sizes
            if not ((network.norms > 0) & network.norms.isfinite()).all():
                return
            combinations = self.objective.combinations(network)
        free, order = combinations.abs().cpu(), []
        for place in range(len(free)):
            order.append(int(free[place].argmax()))
            free[:, order[-1]] = -1
        if len(order) == network.count:  # else some are the same
            there = torch.tensor(order, device=self.device)
            heads = self.network.heads
            for parameter in (*heads.weights, *heads.biases):
                moments = self.optimiser.state.get(parameter, {})
                for tensor in (parameter.data, *(moments[k] for k in ("exp_avg", "exp_avg_sq") if k in moments)):
                    tensor.copy_(tensor[there].clone())
            self.network.norms = self.network.norms[there]

    def compare(self) -> None:
        """Keep the weights if they are the best so far on the fixed batch."""
        score = self._score(self.network)
        if score < self.best_score or self.best_score == math.inf:
            self.best_score, self.best_step, self.best = score, self.step, self._weights()

    def trained(self) -> NetworkGenerators:
        """Unit fields of the best weights, as they were trained."""
        network = self._network(None)
        network.load_state_dict(self.best)
        self.objective.normalise(network)
        return network.requires_grad_(False)

    def result(self) -> Trained:
        """The best weights, with the last layers that the objective solves for where moved data favour these."""
        network = self.trained()
        solved = self.objective.solved(network)
        if solved is not None and self._score(solved) < self._score(network):
            self.objective.normalise(solved)
            network = solved.requires_grad_(False)
        better = network is solved
        return Trained(network, self.history, self.best_step, self.step, self.settings.steps, better)

    def save(self, path: Path) -> None:
        """Write a checkpoint; only the first process does."""
        if rank_and_count()[0] == 0:
            write_checkpoint(path, self)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint."""
        read_checkpoint(path, self)

    def _network(self, random: torch.Generator | None) -> NetworkGenerators:
        """A network of the settings' size, float64."""
        settings, objective = self.settings, self.objective
        trunk = TrunkShape(width=settings.width, waves=objective.waves)
        heads = Heads(objective.space, trunk, HeadsShape(count=settings.count, width=settings.head_width), random)
        return NetworkGenerators(objective.space, heads).to(self.device)

    @torch.no_grad()
    def _score(self, network: NetworkGenerators) -> float:
        """What the fixed batch loses; infinite where copies fold. The network gets unit fields."""
        objective = self.objective
        regular, norms = objective.regularisers(network, self.fixed)
        network.norms = norms
        parts = [objective.moved(network, self.fixed, piece) for piece in range(objective.pieces)]
        squares = torch.stack([part.squares for part in parts]).sum(0) / self.settings.batch
        score = self.settings.validity_weight * 0.5 * float(squares.log().sum())
        score += float(regular["orthonormality"] + regular["lipschitz"])
        folded = any(part.folds.any() for part in parts)
        return math.inf if folded or not math.isfinite(score) else score

    def _reduced(self, *figures: torch.Tensor) -> torch.Tensor:
        """The gradient of all processes, clipped; the figures are added up over them, in place."""
        # zeros where there is none, as in a process without a piece: all have to add up the same parameters
        own = [torch.zeros_like(p) if p.grad is None else p.grad for p in self.parameters]
        gradient = torch.cat([each.flatten() for each in own])
        if rank_and_count()[1] > 1:
            for part in (gradient, *figures):
                distributed.all_reduce(part)
        length = torch.linalg.vector_norm(gradient).double()
        gradient = gradient * (self.settings.clip / length.clamp_min(1e-300)).clamp_max(1.0)
        start = 0
        for parameter in self.parameters:
            parameter.grad = gradient[start : start + parameter.numel()].reshape(parameter.shape)
            start += parameter.numel()
        return gradient

    def _watch(self, usable: bool, figures: Mapping[str, float]) -> None:
        """Raise TrainingError if the training has been broken for too long."""
        self.bad = 0 if usable and figures["folds"] <= 0.5 else self.bad + 1
        if self.bad < self.settings.patience:
            return
        terms = ", ".join(f"{k} {figures[k]:.3g}" for k in ("loss", "symmetry", "orthonormality", "lipschitz"))
        cause = f"{figures['folds']:.0%} of the moved samples are folded" if usable else "the gradient is not finite"
        raise TrainingError(
            f"Flow training broke down at step {self.step}: {cause}, as in the {self.bad} steps to then ({terms}, "
            f"sigma {figures['sigma']:.2g}). Lower the learning rate or sigma, or raise the Lipschitz weight."
        )

    def _weights(self) -> dict[str, torch.Tensor]:
        return {name: tensor.detach().clone() for name, tensor in self.network.state_dict().items()}
