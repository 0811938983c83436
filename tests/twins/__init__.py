"""Small synthetic twins of the kinds of data that people have, each with what is true of it."""

from twins import exact, lines, schemes, spectral

TWINS = {
    "one mode": exact.one_mode,
    "few modes": exact.few_modes,
    "string": exact.string,
    "klein-gordon": exact.klein_gordon,
    "advection": exact.advection,
    "one soliton": exact.one_soliton,
    "inviscid": exact.inviscid,
    "leapfrog": schemes.leapfrog,
    "explicit euler": schemes.explicit_euler,
    "implicit euler": schemes.implicit_euler,
    "upwind": schemes.upwind,
    "allen-cahn": spectral.allen_cahn,
    "cahn-hilliard": spectral.cahn_hilliard,
    "shock": spectral.shock,
    "noisy ks": spectral.noisy_ks,
    "forced kdv": spectral.forced_kdv,
    "chafee-infante": lines.chafee_infante,
    "porous medium": lines.porous_medium,
    "radial": lines.radial,
    "heated": lines.heated,
    "no divergence": lines.no_divergence,
}
"""Functions without arguments, by kind."""
