"""Numbers as the report writes them."""

from __future__ import annotations

from symgen.report.html import Html, text


def scientific(value: float, digits: int = 1) -> Html:
    """5.7 × 10⁻¹¹; plain decimals between 0.01 and 1000."""
    if value == 0:
        return Html("0")
    if 0.01 <= abs(value) < 1000:
        return text(f"{value:.{digits + 1}g}".replace("-", "−"))
    mantissa, exponent = f"{value:.{digits}e}".split("e")
    power = str(int(exponent)).replace("-", "−")
    return Html(f"{mantissa.replace('-', '−')}&thinsp;×&thinsp;10<sup>{power}</sup>")


def defect(value: float, rounding: float) -> Html:
    """A defect; one within the rounding of the spectrum, which cannot be told from 0, as an upper bound."""
    return Html(f"&lt;&thinsp;{scientific(rounding, 0)}") if value <= rounding else scientific(value)
