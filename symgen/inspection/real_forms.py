"""Simple real Lie algebras by dimension and Killing form (Helgason, Differential Geometry, Lie Groups, chapter X).

Of absolutely simple algebras up to dimension 45 these tell all but few apart: so(7) and sp(3), say, are alike in them.
"""

from __future__ import annotations

from functools import cache

LARGEST = 45
"""Dimension up to which the table is complete."""

Invariants = tuple[int, int]
"""Dimension, and how many squares of the Killing form are positive."""

SAME = {
    "su(2)": "so(3)",
    "su(1,1)": "sl(2,R)",
    "so(1,2)": "sl(2,R)",
    "sp(1)": "so(3)",
    "sp(2,R)": "sl(2,R)",
    "su*(2)": "so(3)",
    "sp(2)": "so(5)",
    "sp(1,1)": "so(1,4)",
    "sp(4,R)": "so(2,3)",
    "su(4)": "so(6)",
    "su(2,2)": "so(2,4)",
    "so*(6)": "su(1,3)",
    "su*(4)": "so(1,5)",
    "so(3,3)": "sl(4,R)",
    "so*(8)": "so(2,6)",
}
"""Isomorphic algebras, under the name that stands for both."""
ALSO = {"sl(2,R)": "so(1,2)", "so(3)": "su(2)", "sl(4,R)": "so(3,3)"}
"""Another name that people know it by."""


@cache
def absolutely_simple() -> dict[Invariants, frozenset[str]]:
    """The names of all algebras with the same invariants; those that stay simple over the complex numbers."""
    table: dict[Invariants, set[str]] = {}

    def add(name: str, dimension: int, positive: int) -> None:
        if dimension <= LARGEST:
            table.setdefault((dimension, positive), set()).add(SAME.get(name, name))

    for n in range(2, 8):
        size = n * n - 1
        add(f"sl({n},R)", size, n * (n + 1) // 2 - 1)
        for p in range(n // 2 + 1):
            add(f"su({p},{n - p})" if p else f"su({n})", size, 2 * p * (n - p))
        if n % 2 == 0:
            add(f"su*({n})", size, n * (n - 1) // 2 - 1)
    for n in range(1, 6):
        size = n * (2 * n + 1)
        add(f"sp({2 * n},R)", size, n * (n + 1))
        for p in range(n // 2 + 1):
            add(f"sp({p},{n - p})" if p else f"sp({n})", size, 4 * p * (n - p))
    for n in (3, 5, *range(6, 11)):
        size = n * (n - 1) // 2
        for p in range(n // 2 + 1):
            add(orthogonal(p, n - p), size, p * (n - p))
        if n % 2 == 0:
            m = n // 2
            add(f"so*({n})", size, m * (m - 1))
    add("g2", 14, 0)
    add("g2, split", 14, 8)
    return {key: frozenset(names) for key, names in table.items()}


COMPLEX = {3: "so(1,3)", 8: "sl(3,C)", 10: "so(5,C)", 15: "sl(4,C)"}
"""Complex simple algebras as real ones, by complex dimension. sl(2,C) is so(1,3)."""


def orthogonal(p: int, q: int) -> str:
    """The name of the algebra of a form with p squares of one sign and q of the other."""
    p, q = sorted((p, q))
    return f"so({p},{q})" if p else f"so({q})"


def simple_name(dimension: int, positive: int, centroid: int) -> str | None:
    """The name, or None where the invariants do not tell; `centroid` is the dimension of what commutes with all ad."""
    if centroid == 2:
        return COMPLEX.get(dimension // 2)
    names = absolutely_simple().get((dimension, positive), frozenset())
    return next(iter(names)) if len(names) == 1 else None
