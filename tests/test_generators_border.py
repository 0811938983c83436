"""Generators files whose checksum is right and whose content is not: refused where they are read, in a sentence."""

from __future__ import annotations

import json
import math

import pytest
from generators_files import KINDS, forge, leaves, opened, value_at, with_value

from symgen.exceptions import DataError
from symgen.generators.artifact import load

HOSTILE = {
    "nan": math.nan,
    "inf": math.inf,
    "huge": 1e300,
    "minus": -1e300,
    "minus three": -3,
    "text": "",
    "null": None,
    "nested": {"a": [{"b": {}}]},
    "list": [[]],
}


@pytest.fixture(scope="module", params=list(KINDS))
def sound(request, tmp_path_factory):
    """A sound file of each kind, and its metadata."""
    path = tmp_path_factory.mktemp("sound") / f"{request.param}.safetensors"
    KINDS[request.param]().save(path)
    return path, json.loads(opened(path)[0]["symgen"])


def test_every_value_replaced(sound, tmp_path):
    """What loads says what was written; what does not is a sentence with the file and the field."""
    original, document = sound
    path = tmp_path / "changed.safetensors"
    text = original.read_bytes()
    refused = 0
    for place in leaves(document):
        for value in HOSTILE.values():
            changed = with_value(document, place, value)
            path.write_bytes(text)
            forge(path, lambda _, changed=changed: json.dumps(changed))
            try:
                loaded = load(path)
            except DataError as error:
                refused += 1
                message = str(error)
                assert str(path) in message
                assert len(message) < 1000 + len(str(path))
                assert message.endswith((".", ".\n"))
                field = next(part for part in reversed(place) if isinstance(part, str))
                assert field.replace("_", " ") in message.replace("_", " ") or "fit its metadata" in message, message
            else:
                told = value_at(json.loads(loaded.metadata.model_dump_json()), place)
                assert told == value or (told == [] and not value), (place, value)
    assert refused > 5 * len(list(leaves(document)))
