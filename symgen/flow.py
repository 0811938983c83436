"""The one-parameter group of a generator: exp(sV), its flow from 0 to s."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import torch
from torchdiffeq import odeint, odeint_adjoint

from symgen.constants import constant
from symgen.exceptions import DataError
from symgen.generators.base import Generators
from symgen.runge_kutta import in_equal_steps

MOST_STEPS = 10_000
"""dopri5 gives up after as many: that close to a point where the flow ends, it never arrives."""
STAGES = 6
"""Evaluations in a step of dopri5."""


class FlowError(DataError):
    """A flow that leaves every bound, as those of quadratic fields do in finite time."""


class _Watch:
    """Ends dopri5 where it would never arrive: torchdiffeq does so by assert statements, which python -O leaves out."""

    def __init__(self, passes: int) -> None:
        self.left = passes * STAGES * (MOST_STEPS + 2)
        self.time, self.repeated = math.nan, 0

    def __call__(self, time: torch.Tensor, state: torch.Tensor) -> None:
        """Of an evaluation at a time of a state: FlowError after too many, at one time, or where it is not finite."""
        now = float(time)
        self.left -= 1
        self.repeated = self.repeated + 1 if now == self.time else 0
        self.time = now
        if self.left < 0 or self.repeated > 2 * STAGES or not (math.isfinite(now) and bool(state.isfinite().all())):
            raise FlowError("The flow leaves every bound: its steps shrink to nothing. Use smaller scales.")


class Flow:
    """Moves points along generators: z' = V(z) from group parameter 0 to s, forward (s > 0) or backward (s < 0).

    Units are physical: s multiplies the field as the generators give it, so s of a unit-norm generator moves the
    data by about |s| of their size. The result is differentiable in points, scales and generators.

    `rk4` takes equal steps of at most `step` in the group parameter; its error is of fourth order in the step.
    It does not notice a flow that ends between two of its steps: where that may be, use `dopri5`, whose local
    error in each coordinate is at most rtol |z_i| + atol scale_i, at every point (rtol no finer than the dtype allows).

    `adjoint`: gradients come from integrating backward instead of from all steps, so that memory does not grow with
    their number (Chen et al. 2018, Neural Ordinary Differential Equations); they are then as exact as the integration.
    """

    def __init__(
        self,
        generators: Generators,
        method: Literal["rk4", "dopri5"] = "rk4",
        step: float = 0.04,
        rtol: float = 1e-9,
        atol: float = 1e-9,
        adjoint: bool = False,
    ) -> None:
        if method not in ("rk4", "dopri5"):
            raise ValueError(f"the method is rk4 or dopri5, not {method!r}")
        if not (step > 0 and rtol > 0 and atol > 0):
            raise ValueError(f"step, rtol and atol must be positive, not {step}, {rtol}, {atol}")
        self.generators, self.method, self.step, self.rtol, self.atol = generators, method, step, rtol, atol
        self.adjoint = adjoint

    def __call__(
        self, points: torch.Tensor, scales: float | torch.Tensor, generator: int | torch.Tensor
    ) -> torch.Tensor:
        """exp(s V) of points (..., d), in physical units and of the same dtype -> (..., d).

        `scales`, s, is one number or a tensor that broadcasts to points.shape[:-1]: (P,) for points (P, d), or
        (B, 1) for samples of points (B, P, d). `generator` is the index a of V_a, or weights, of shape (n,) or
        broadcasting to (..., n), of the combination V = sum_a weights_a V_a.

        Fields are evaluated outside the data's range too, if the flow leads there. Raises FlowError where a point
        or the field on its way is not finite or dopri5 cannot go on, TypeError if the generators answer in
        another dtype than the points'.
        """
        shape, flat, count = points.shape[:-1], points.flatten(0, -2), self.generators.count
        if not isinstance(scales, torch.Tensor):
            scales = torch.full((), scales, dtype=torch.float64, device=points.device)
        scales = scales.to(points).expand(shape).reshape(-1, 1)
        chosen: int | None = None
        if isinstance(generator, torch.Tensor):
            if generator.shape[-1:] != (count,):
                raise ValueError(f"weights of shape {tuple(generator.shape)} for {count} generators")
            rates = scales * generator.to(points).expand(*shape, count).reshape(-1, count)
        else:
            if not -count <= generator < count:
                raise IndexError(f"there are {count} generators, none with the index {generator}")
            # the others are left out, not weighted with 0: they may be infinite where this one is not
            chosen, rates = generator % count, scales
        if not rates.numel():
            return points.clone()
        own = rates.detach()  # all that is to be known of them is read at once
        most, length = torch.stack([own.abs().max(), torch.linalg.vector_norm(own, dim=1).max()]).tolist()
        if not math.isfinite(most):
            raise ValueError("scales and weights must be finite")
        moved = self._integrate(flat, chosen, rates, length) if most else flat.clone()
        lost = int((~torch.isfinite(moved).all(-1)).sum())
        if lost:
            raise FlowError(f"{lost} of {len(flat)} points leave every bound within the flow. Use smaller scales.")
        return moved.reshape(points.shape)

    def _integrate(self, points: torch.Tensor, chosen: int | None, rates: torch.Tensor, longest: float) -> torch.Tensor:
        """Points (P, d) along sum_a rates[:, a] V_a, or rates V_chosen, for unit time: every point has its own scale.

        The `longest` is the greatest norm of a point's rates.
        """
        d = points.shape[-1]
        watch = _Watch(2 if self.adjoint else 1) if self.method == "dopri5" else None

        def field(z: torch.Tensor, rate: torch.Tensor) -> torch.Tensor:
            fields = self.generators(z) if chosen is None else self.generators.one(chosen, z)[None]
            if fields.dtype != z.dtype:
                raise TypeError(f"the generators answer in {fields.dtype} to points in {z.dtype}: convert one of them")
            return torch.einsum("npi,pn->pi", fields, rate)

        def velocity(time: torch.Tensor, state: torch.Tensor) -> torch.Tensor:
            if watch is not None:
                watch(time, state)
            return torch.cat([field(state[:, :d], state[:, d:]), torch.zeros_like(state[:, d:])], 1)

        steps = max(1, math.ceil(longest / self.step - 1e-6))
        if self.method == "rk4" and not self.adjoint:
            return in_equal_steps(lambda z: field(z, rates), points, steps)
        # the rates are part of the state, since the adjoint method gives gradients for nothing else but parameters
        state, ends = torch.cat([points, rates], 1), torch.tensor([0, 1], dtype=points.dtype, device=points.device)
        if self.method == "rk4":

            def grid(_: Callable[..., torch.Tensor], __: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
                return torch.linspace(float(times[0]), float(times[-1]), steps + 1).to(points)

            return self._solve(velocity, state, ends, method="rk4", options={"grid_constructor": grid})[:, :d]
        rtol = max(self.rtol, 50 * torch.finfo(points.dtype).eps)
        scale = [*self.generators.space.scale, *[1.0] * rates.shape[1]]
        atol = self.atol * constant(scale, points)
        options = {"norm": lambda error: error.abs().max(), "max_num_steps": MOST_STEPS, "step_t": ends[1:]}
        try:
            return self._solve(velocity, state, ends, method="dopri5", rtol=rtol, atol=atol, options=options)[:, :d]
        except AssertionError as error:  # torchdiffeq's word for a step that shrinks to nothing, unless under -O
            raise FlowError(f"The flow leaves every bound ({str(error)[:80]}). Use smaller scales.") from error

    def _solve(
        self, velocity: Callable[..., torch.Tensor], state: torch.Tensor, ends: torch.Tensor, **options: Any
    ) -> torch.Tensor:
        if not self.adjoint:
            return odeint(velocity, state, ends, **options)[-1]
        backward: dict[str, Any] = {"adjoint_params": tuple(p for p in self.generators.parameters() if p.requires_grad)}
        if self.method == "dopri5":  # the gradients have no scales of their own
            backward |= {"adjoint_atol": self.atol, "adjoint_options": {"max_num_steps": MOST_STEPS}}
        return odeint_adjoint(velocity, state, ends, **backward, **options)[-1]


def move_each(generators: Generators, points: torch.Tensor, scales: torch.Tensor, steps: int) -> torch.Tensor:
    """Every copy a of points (n, P, d) by exp(s_a V_a), with `scales` s (n,) or (n, P) -> (n, P, d).

    Fourth-order Runge-Kutta in so many steps. The fields may be of lower precision than the points: only what is
    added to these is rounded then. Nothing is checked: a flow that leaves every bound gives infinities or NaN.
    """
    rates = (scales[:, None] if scales.ndim == 1 else scales)[..., None].to(points)
    precision = next((p.dtype for p in generators.parameters()), points.dtype)

    def velocity(z: torch.Tensor) -> torch.Tensor:
        return generators.each(z.to(precision)).to(points.dtype) * rates

    return in_equal_steps(velocity, points, steps)
