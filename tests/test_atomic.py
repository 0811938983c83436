import os
from pathlib import Path

import pytest

from symgen.atomic import atomic_write, require_writable
from symgen.cli.figure_files import FigureFolder
from symgen.exceptions import UsageError


@pytest.fixture
def data(tmp_path, monkeypatch):
    """A file in the current folder, and the same under other names."""
    monkeypatch.chdir(tmp_path)
    path = Path("data.h5")
    path.write_bytes(b"precious")
    Path("link.h5").symlink_to(path)
    os.link(path, "hard.h5")
    Path("folder").mkdir()
    return path


NAMES = ("data.h5", "./data.h5", "folder/../data.h5", "link.h5", "hard.h5", "absolute")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("force", [False, True])
def test_what_is_read_is_never_replaced(data, name, force):
    output = str(data.resolve()) if name == "absolute" else name
    with pytest.raises(UsageError, match="would be lost"):
        require_writable(output, force, [None, data])
    with pytest.raises(UsageError, match="would be lost"), atomic_write(data, force, [output]) as temporary:
        temporary.write_bytes(b"new")
    assert data.read_bytes() == b"precious"
    assert sorted(os.listdir()) == ["data.h5", "folder", "hard.h5", "link.h5"]


def test_other_files_are(data):
    with atomic_write("other.h5", inputs=[data, "missing.h5", None]) as temporary:
        temporary.write_bytes(b"new")
    with atomic_write("other.h5", True, [data]) as temporary:
        temporary.write_bytes(b"newer")
    assert Path("other.h5").read_bytes() == b"newer"
    require_writable("missing.h5", inputs=["missing.h5"])  # there is nothing to lose


def test_figures_are_not_drawn_among_what_is_read(data):
    (Path("photos") / "cat").mkdir(parents=True)
    for folder in ("photos", "photos/cat", "photos/new"):
        with pytest.raises(UsageError, match="another --figures"):
            FigureFolder(Path(folder), "png", True, False).require_fresh(["photos"])
    pictures = Path("pictures")
    pictures.mkdir()
    (pictures / "spectrum.png").write_bytes(b"generators under an odd name")
    Path("alias.safetensors").symlink_to(pictures / "spectrum.png")
    for name in ("pictures/spectrum.png", "alias.safetensors"):
        with pytest.raises(UsageError, match="another --figures"):
            FigureFolder(pictures, "png", True, False).require_fresh([name])
    FigureFolder(pictures, "png", True, False).require_fresh([data, None, "lps"])
