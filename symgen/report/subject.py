"""What the report is about: headline, equations or function, and how many symmetries there are."""

from __future__ import annotations

from pathlib import PurePath

from symgen.discovery.regression.fit import doubt_in_brief
from symgen.generators.domains import ImageDomain, PdeDomain, PointsDomain, SystemDomain
from symgen.generators.metadata import Metadata
from symgen.report.html import Html, element, formula, join, text
from symgen.report.mathml import name_parts
from symgen.report.numbers import defect, scientific
from symgen.words import numbered

CONDITIONS = {
    "invariance": "What leaves a function as it is",
    "equivariance": "How a function's values move with its arguments",
    "density": "What leaves a density as it is",
    "samples": "What leaves the density of points as it is",
    "own": "What leaves a score as it is",
}


def name_of(metadata: Metadata) -> str:
    """Of the data, for the title: of a file its name alone, as a page is sent to others."""
    return metadata.domain.name or PurePath(metadata.data.source or "generators").name


def headline(metadata: Metadata) -> str:
    """How many symmetries were found, and of what certainty."""
    if isinstance(metadata.domain, ImageDomain):
        are = "is an approximate symmetry" if metadata.approximate == 1 else "are approximate symmetries"
        return f"{metadata.approximate} of {numbered(len(metadata.generators), 'generator')} {are}"
    exact = metadata.exact - metadata.trivial
    undecided = sum(record.verdict == "undecided" for record in metadata.generators)
    parts = []
    if exact or not metadata.approximate:
        parts.append(numbered(exact, "symmetry", "symmetries"))
    if metadata.approximate:
        parts.append(numbered(metadata.approximate, "approximate symmetry", "approximate symmetries"))
    if metadata.trivial:
        parts.append(numbered(metadata.trivial, "trivial field"))
    if not exact and not metadata.approximate and not metadata.trivial:
        return "Nothing can be decided" if undecided else "No symmetry found"
    found = f"{', '.join(parts[:-1])}{' and ' if parts[1:] else ''}{parts[-1]} found"
    found += f" and {undecided} undecided" if undecided else ""
    count = len(metadata.generators)
    kept = f", the first {count} kept" if count < metadata.exact + metadata.approximate else ""
    return f"{found}{kept}{doubt_in_brief(metadata)}"


def kicker(metadata: Metadata) -> str:
    """What kind of thing is studied."""
    domain = metadata.domain
    if isinstance(domain, PointsDomain):
        return CONDITIONS[domain.judged]
    if isinstance(domain, SystemDomain):
        stands = {f"{name}_{part}" for name in domain.complex for part in "ri"}
        unknowns = [*domain.complex, *(name for name in domain.unknowns if name not in stands)]
        count = len(domain.equations)
        what = "an equation" if count == 1 else f"a system of {count} equations"
        unknowns = ["_".join(filter(None, name_parts(name))) for name in unknowns]
        return f"Symmetries of {what} for {', '.join(unknowns)} over {', '.join(domain.independent)}"
    return f"Symmetries of {domain.acts_on}"


def statement(metadata: Metadata) -> Html:
    """The equations, or what is invariant."""
    domain = metadata.domain
    if isinstance(domain, PdeDomain | SystemDomain):
        equations = [domain.equation] if isinstance(domain, PdeDomain) else list(domain.equations)
        lines = [element("p", formula(one if "=" in one else f"{one} = 0"), class_="equation") for one in equations]
        given = {name: value if isinstance(value, str) else f"{value:g}" for name, value in domain.parameters.items()}
        if given:
            lines.append(
                element("p", formula(", ".join(f"{k} = {v}" for k, v in given.items())), class_="equation small")
            )
        if isinstance(domain, SystemDomain) and domain.complex:
            stands = ", ".join(f"{name} = {name}_r + I*{name}_i" for name in domain.complex)
            lines.append(element("p", formula(stands), class_="equation small"))
        return join(lines)
    if isinstance(domain, ImageDomain):
        classes = "" if domain.classes is None else f", {numbered(domain.classes, 'class', 'classes')}"
        return element("p", f"{domain.name}, {domain.height} × {domain.width} pixels{classes}", class_="equation words")
    first, comma, rest = domain.words.partition(",")
    said = join([formula(first), comma, rest]) if " " not in first else text(domain.words)
    return element("p", said, class_="equation words")


def tiles(metadata: Metadata) -> Html:
    """The few numbers that say most."""
    data, domain = metadata.data, metadata.domain
    found: dict[str, Html] = {}
    if not isinstance(domain, ImageDomain):
        if metadata.exact and metadata.gap > 1 and "gap" in metadata.rule:
            found["factor across the gap"] = scientific(metadata.gap, 0)
        elif metadata.spectrum:
            found["least defect"] = defect(metadata.spectrum[0], metadata.rounding)
    if metadata.certainty is not None:
        certain = metadata.certainty
        most = certain.at_most
        count = str(certain.at_least) if certain.at_least == most else f"≥ {certain.at_least}"
        if most is not None and most != certain.at_least:
            count = f"{certain.at_least} to {most}"
        found[f"in the library, at {certain.confidence:.0%} confidence"] = text(count)
    if isinstance(domain, ImageDomain):
        found["held-out images"] = text(str(domain.moved.images))
    what = {"image": "image", "points": "point"}.get(domain.kind, "solution")
    found[what if data.samples == 1 else f"{what}s"] = text(f"{data.samples:,}")
    if isinstance(domain, PdeDomain | SystemDomain):
        weak = data.weak_residual is not None and data.weak_residual < data.residual
        found[f"own residual of the data{', in weak form' if weak else ''}"] = scientific(
            data.weak_residual if data.weak_residual is not None and weak else data.residual
        )
    found["method"] = text(metadata.method)
    return element(
        "ul",
        *(element("li", element("b", value), element("span", name)) for name, value in found.items()),
        class_="tiles",
    )


def doubts(metadata: Metadata) -> Html:
    """What there is to doubt about the result; it stands above everything else."""
    if not metadata.warnings:
        return Html("")
    said = [element("li", warning) for warning in metadata.warnings]
    return element("aside", element("strong", "In doubt"), element("ul", *said), class_="doubts", aria_label="Doubts")
