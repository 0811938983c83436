"""Systems with known symmetries, for tests."""

from __future__ import annotations

NAVIER_STOKES = ("u_t + u*u_x + v*u_y + p_x = nu*lap(u)", "v_t + u*v_x + v*v_y + p_y = nu*lap(v)", "u_x + v_y = 0")
SYSTEMS: dict[str, tuple[tuple[str, ...], dict[str, float | str]]] = {
    "nls": (("I*psi_t + psi_xx + 2*abs(psi)^2*psi = 0",), {}),
    "nls 2-d": (("psi_t = I*(psi_xx + psi_yy)/2 - I*abs(psi)^2*psi",), {}),
    "lambda-omega": (
        (
            "u_t = d*(u_xx + u_yy) + (1 - u^2 - v^2)*u + (u^2 + v^2)*v",
            "v_t = d*(v_xx + v_yy) + (1 - u^2 - v^2)*v - (u^2 + v^2)*u",
        ),
        {"d": 0.1},
    ),
    "gray-scott": (
        ("u_t = 2*lap(u) - u*v^2 + F*(1 - u)", "v_t = v_xx + v_yy + u*v^2 - (F + k)*v"),
        {"F": 0.04, "k": 0.06},
    ),
    "shallow water": (("h_t + (h*u)_x + (h*v)_y = 0", "u_t + u*u_x + v*u_y + h_x", "v_t + u*v_x + v*v_y + h_y"), {}),
    "burgers 2-d": (("u_t + u*u_x + v*u_y = nu*lap(u)", "v_t + u*v_x + v*v_y = nu*lap(v)"), {"nu": 0.1}),
    "zakharov-kuznetsov": (("u_t + u*u_x + u_xxx + u_xyy = 0",), {}),
    "heat 2-d": (("u_t = u_xx + u_yy",), {}),
    "wave 2-d": (("u_tt = u_xx + u_yy",), {}),
    "fitzhugh-nagumo": (("u_t = u_xx + u - u^3/3 - w + I", "w_t = (u + a - b*w)/10"), {"I": 0.5, "a": 0.7, "b": 0.8}),
    "kepler": (("q1_tt = -q1/(q1^2 + q2^2)^(3/2)", "q2_tt = -q2/(q1^2 + q2^2)^(3/2)"), {}),
    "kepler, first order": (
        ("q1_t = p1", "q2_t = p2", "p1_t = -q1/(q1^2 + q2^2)^(3/2)", "p2_t = -q2/(q1^2 + q2^2)^(3/2)"),
        {},
    ),
    "navier-stokes": (NAVIER_STOKES, {"nu": 0.1}),
    "boussinesq": (
        (
            "u_t + u*u_x + v*u_y + p_x = lap(u)",
            "v_t + u*v_x + v*v_y + p_y = lap(v) + theta",
            "u_x + v_y = 0",
            "theta_t + u*theta_x + v*theta_y = lap(theta)",
        ),
        {},
    ),
    "maxwell": (("Ex_t = B_y", "Ey_t = -B_x", "B_t = Ex_y - Ey_x", "Ex_x + Ey_y = 0"), {}),
    "zakharov": (("I*E_t + E_xx = n*E", "n_tt - n_xx = (abs(E)^2)_xx"), {}),
    "lorenz": (("x_t = 10*(y - x)", "y_t = x*(28 - z) - y", "z_t = x*y - 8*z/3"), {}),
}
"""Formulas and parameters by name."""
