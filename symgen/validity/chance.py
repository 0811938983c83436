"""Whether an extractor knows its classes at all: if not, what its features ignore is no symmetry of the data."""

from __future__ import annotations

from scipy.special import bdtrc

from symgen.image.extractor import Extractor
from symgen.image.labelled import ImageData

LEVEL = 0.01
"""Probability of an accuracy as good by chance, at which it counts as chance."""
POOR = 0.5
"""Share of the errors of guessing from which on an extractor is called poor: of ten classes, 55% right."""


def chance_doubt(extractor: Extractor, data: ImageData) -> str | None:
    """A warning where the extractor's accuracy on the test images could be chance, else None.

    Chance is to say always the most frequent class, or any where they are equal: so many or more of the test images
    are right with the probability of a binomial tail. An extractor of other classes cannot be judged so
    (`other_classes`).
    """
    info, count = extractor.info, len(data.test)
    if info.classes != data.classes:
        return None
    known = info.accuracy is not None and info.dataset_sha256 == data.sha256
    accuracy = info.accuracy if known and info.accuracy is not None else extractor.accuracy(data.test)
    guess = float(data.test.labels.bincount().max()) / count
    if guess < 1 and bdtrc(round(accuracy * count) - 1, count, guess) <= LEVEL:
        return None
    return (
        f"The extractor is right for {accuracy:.1%} of {count} test images, which chance could be "
        f"({guess:.1%} are of one class): what its features ignore says nothing, and nothing is called a symmetry. "
        "Train it longer or on more images, or give another one (--extractor)."
    )


def poor_accuracy(extractor: Extractor, data: ImageData) -> str | None:
    """A warning where the extractor knows its classes, but errs on many of the test images; else None.

    Many are more than POOR of those that a guess among equally frequent classes gets wrong.
    """
    info, classes = extractor.info, len(data.classes)
    if info.classes != data.classes or info.accuracy is None or classes < 2:
        return None
    if info.accuracy - 1 / classes >= (1 - POOR) * (1 - 1 / classes):
        return None
    return (
        f"The extractor is right for {info.accuracy:.1%} of its test images only: its features miss much of what tells "
        "the classes apart, so that fields may count as symmetries that are none. Train it longer or on more images "
        "(--extractor-schedule, --extractor-width), or give another one (--extractor)."
    )


def other_classes(extractor: Extractor, data: ImageData) -> str | None:
    """A warning where the extractor was trained on other classes, so that its accuracy says nothing here, else None."""
    if extractor.info.classes == data.classes:
        return None
    return "The extractor was trained on other classes; whether it knows what these images show was not measured."
