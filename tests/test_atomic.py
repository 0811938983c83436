import errno
import fcntl
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from symgen.atomic import atomic_write, draft, require_writable
from symgen.cli.figure_files import FigureFolder
from symgen.exceptions import DataError, SymgenWarning, UsageError
from symgen.hidden_file import HIDDEN


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


class TestLinks:
    """A link is followed, and stays; what is no file is never replaced, through links either."""

    @pytest.mark.parametrize("name", ["link.h5", "twice.h5", "folder/up.h5"])
    def test_its_file_is_replaced(self, data, name):
        Path("twice.h5").symlink_to("link.h5")
        Path("folder/up.h5").symlink_to("../data.h5")
        with pytest.raises(UsageError, match="exists already"):
            require_writable(name)
        with atomic_write(name, force=True) as temporary:
            temporary.write_bytes(b"new")
        assert Path(name).is_symlink()
        assert not data.is_symlink()
        assert (data.read_bytes(), os.listdir("folder")) == (b"new", ["up.h5"])
        assert Path("hard.h5").read_bytes() == b"precious"

    @pytest.mark.parametrize("kind", ["dangling", "circle"])
    def test_that_leads_nowhere(self, data, kind):
        link = Path("away.h5")
        link.symlink_to("folder/missing.h5" if kind == "dangling" else "away.h5")
        with pytest.raises(UsageError, match="link"):
            require_writable(link)
        if kind == "circle":
            with pytest.raises(UsageError, match="link"):
                require_writable(link, force=True)
            return
        with atomic_write(link, force=True) as temporary:
            temporary.write_bytes(b"new")
        assert link.is_symlink()
        assert Path("folder/missing.h5").read_bytes() == b"new"
        link.unlink()
        link.symlink_to("no/folder/missing.h5")
        with pytest.raises(UsageError, match="does not exist"):
            require_writable(link, force=True)

    @pytest.mark.parametrize("force", [False, True])
    @pytest.mark.parametrize("kind", ["device", "pipe", "socket", "folder"])
    @pytest.mark.parametrize("linked", [False, True])
    def test_what_is_no_file(self, data, kind, linked, force):
        special = {"device": Path("/dev/null"), "folder": Path("folder").resolve()}.get(kind, Path("special"))
        if kind == "pipe":
            os.mkfifo(special)
        if kind == "socket":
            socket.socket(socket.AF_UNIX).bind(str(special))
        before = os.stat(special)
        name = Path("alias") if linked else special
        if linked:
            name.symlink_to(special)
        with pytest.raises(UsageError, match=kind), atomic_write(name, force) as temporary:
            temporary.write_bytes(b"new")
        assert (os.stat(special).st_ino, os.stat(special).st_mode) == (before.st_ino, before.st_mode)
        assert name.is_symlink() == linked

    def test_a_file_that_becomes_something_else_meanwhile(self, data):
        def replace_it():
            data.unlink()
            os.mkfifo(data)

        with pytest.raises(UsageError, match="pipe"):
            put(data, b"new", force=True, meanwhile=replace_it)
        assert data.is_fifo()
        assert not hidden()


class TestPermissions:
    @pytest.mark.parametrize("mask", [0o022, 0o027, 0o077])
    def test_new_files_get_those_of_the_umask(self, data, mask):
        script = "import os, sys; os.umask(int(sys.argv[1]));"
        script += "from symgen.atomic import atomic_write\nwith atomic_write('new.h5') as path: path.write_bytes(b'')"
        subprocess.run([sys.executable, "-c", script, str(mask)], check=True)
        assert stat.S_IMODE(os.stat("new.h5").st_mode) == 0o666 & ~mask

    def test_the_umask_is_never_touched(self, data, monkeypatch):
        monkeypatch.setattr("os.umask", lambda mask: pytest.fail("it is that of all threads"))
        with atomic_write("new.h5") as temporary:
            temporary.write_bytes(b"new")

    @pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o444])
    def test_a_file_that_is_replaced_passes_its_own_on(self, data, mode):
        data.chmod(mode)
        with atomic_write(data, force=True) as temporary:
            temporary.write_bytes(b"new")
        assert stat.S_IMODE(data.stat().st_mode) == mode


def test_file_and_folder_are_synchronised(data, monkeypatch):
    synchronised = []
    monkeypatch.setattr("os.fsync", lambda handle: synchronised.append(stat.S_IFMT(os.fstat(handle).st_mode)))
    with atomic_write("new.h5") as temporary:
        temporary.write_bytes(b"new")
    assert synchronised == [stat.S_IFREG, stat.S_IFDIR]


class TestMeanwhile:
    """Something else takes the name while a file is written: neither is lost."""

    @pytest.mark.parametrize("links", [True, False])
    def test_without_force_both_are_kept(self, data, monkeypatch, links):
        if not links:
            monkeypatch.setattr("os.link", lambda *_: (_ for _ in ()).throw(PermissionError(errno.EPERM, "no links")))

        def take_names():
            Path("new.h5").write_bytes(b"theirs")
            Path("new-2.h5").symlink_to("nowhere")

        with pytest.warns(SymgenWarning, match=r"new\.h5 was written by another program .* new-3\.h5"):
            assert put("new.h5", b"mine", meanwhile=take_names) == Path("new-3.h5")
        assert [Path(name).read_bytes() for name in ("new.h5", "new-3.h5")] == [b"theirs", b"mine"]
        assert not hidden()

    def test_a_name_that_was_free_when_the_work_began(self, data):
        require_writable("new.h5")
        Path("new.h5").write_bytes(b"theirs")
        with pytest.warns(SymgenWarning, match=r"new\.h5 was written by another program .* new-2\.h5"):
            assert put("new.h5", b"mine") == Path("new-2.h5")
        assert [Path(name).read_bytes() for name in ("new.h5", "new-2.h5")] == [b"theirs", b"mine"]
        with pytest.raises(UsageError, match="exists already"):  # that work is done
            put("new.h5", b"mine")

    def test_a_name_that_was_free_for_work_that_failed(self, data):
        require_writable("new.h5")
        Path("new.h5").write_bytes(b"theirs")
        for save in (require_writable, lambda name: put(name, b"mine")):
            with pytest.raises(UsageError, match="exists already"):
                save("new.h5")

    def test_with_force_the_last_wins(self, data):
        final = put("new.h5", b"mine", force=True, meanwhile=lambda: Path("new.h5").write_bytes(b"theirs"))
        assert (final, Path("new.h5").read_bytes()) == (Path("new.h5"), b"mine")

    @pytest.mark.parametrize("force", [False, True])
    def test_many_threads(self, data, force):
        def write(number):
            return put("new.h5", b"%d" % number * 1000, force, meanwhile=gate.wait)

        count = 16
        gate = threading.Barrier(count)
        with warnings.catch_warnings(), ThreadPoolExecutor(count) as pool:
            warnings.simplefilter("ignore", SymgenWarning)
            finals = list(pool.map(write, range(count)))
        assert len(set(finals)) == (1 if force else count)
        if not force:
            assert [path.read_bytes() for path in finals] == [b"%d" % number * 1000 for number in range(count)]
        assert not hidden()


class TestOrphans:
    """Hidden files of killed processes go with the next write to the same place; those in use and of others stay."""

    @pytest.fixture
    def orphan(self, data):
        script = "import os, signal\nfrom symgen.atomic import atomic_write\n"
        script += "with atomic_write('new.h5') as path: path.write_bytes(b'x'); os.kill(os.getpid(), signal.SIGKILL)"
        assert subprocess.run([sys.executable, "-c", script]).returncode == -signal.SIGKILL
        (path,) = hidden()
        assert not Path("new.h5").exists()
        return path

    def test_is_removed(self, orphan):
        with atomic_write("other.h5"):
            assert orphan in hidden()
        with atomic_write("new.h5"):
            assert orphan not in hidden()
        assert not hidden()

    def test_of_another_machine_stays(self, orphan, monkeypatch):
        monkeypatch.setattr("socket.gethostname", lambda: "elsewhere")
        with atomic_write("new.h5"):
            pass
        assert hidden() == [orphan]

    def test_in_use_stays(self, data):
        with draft("new.h5", force=True) as first:
            first.path.write_bytes(b"first")
            with draft("new.h5", force=True) as second:
                second.path.write_bytes(b"second")
        assert Path("new.h5").read_bytes() == b"first"

    def test_taken_for_one_at_the_worst_moment(self, data, monkeypatch):
        lock, taken = fcntl.flock, []

        def late(handle, operation):
            if not taken:
                taken.extend(hidden())
                taken[0].unlink()  # between the creation and the lock
            lock(handle, operation)

        monkeypatch.setattr("fcntl.flock", late)
        with atomic_write("new.h5") as temporary:
            temporary.write_bytes(b"new")
        assert len(taken) == 1
        assert Path("new.h5").read_bytes() == b"new"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO])
def test_a_disk_that_fails(data, code):
    def fail():
        raise OSError(code, os.strerror(code))

    with pytest.raises(DataError, match=rf"new\.h5 could not be written: {os.strerror(code)}"):
        put("new.h5", b"half", meanwhile=fail)
    assert not hidden()
    assert not Path("new.h5").exists()


def test_a_disk_that_takes_no_new_file(data, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.open", full)
    with pytest.raises(DataError, match=rf"new\.h5 could not be written: {os.strerror(errno.ENOSPC)}"):
        put("new.h5", b"new")


@pytest.mark.parametrize("name", ["x" * 300 + ".h5", "x" * 300 + "/new.h5", "data.h5/new.h5", "missing/new.h5"])
def test_impossible_names(data, name):
    with pytest.raises(UsageError):
        require_writable(name)


def test_the_longest_name(data):
    name = "x" * 252 + ".h5"
    with atomic_write(name) as temporary:
        temporary.write_bytes(b"new")
    assert Path(name).read_bytes() == b"new"


def put(name, content: bytes, force: bool = False, meanwhile=lambda: None) -> Path:
    with draft(name, force) as made:
        made.path.write_bytes(content)
        meanwhile()
    return made.final


def hidden() -> list[Path]:
    return [path for path in Path().iterdir() if path.name.startswith(HIDDEN)]
