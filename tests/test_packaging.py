"""What is published: one version everywhere, archives with all that they need, types that users get."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
import yaml

import symgen

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA = {"torch": "pytorch", "matplotlib": "matplotlib-base"}
"""conda-forge's names where they are others than PyPI's."""


def read(name: str):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """The source archive of this checkout, and the wheel that is built from it, as pip and conda do."""
    folder = tmp_path_factory.mktemp("build")
    tree = folder / "tree"
    unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*", "build", "dist", "site")
    shutil.copytree(ROOT, tree, ignore=unwanted)

    def build(kind: str, where: Path) -> Path:
        hook = f"from setuptools.build_meta import build_{kind} as build\nbuild({str(folder)!r})"
        done = subprocess.run([sys.executable, "-c", hook], cwd=where, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        (made,) = folder.glob("*.whl" if kind == "wheel" else "*.tar.gz")
        return made

    source = build("sdist", tree)
    with tarfile.open(source) as file:
        file.extractall(folder, filter="data")
    return source, build("wheel", folder / source.name.removesuffix(".tar.gz"))


def names_of_source(path: Path) -> set[str]:
    with tarfile.open(path) as file:
        return {"/".join(one.name.split("/")[1:]) for one in file.getmembers() if one.isfile()}


def tracked_files() -> set[str]:
    """What is in the checkout and would be in git, by name."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}


class TestArchives:
    def test_the_source_has_all_that_git_has_but_what_serves_its_hosting(self, archives):
        names = names_of_source(archives[0])
        assert {name for name in tracked_files() - names if not name.startswith(".")} == set()

    def test_the_wheel_has_the_package_whole_and_nothing_else(self, archives):
        with zipfile.ZipFile(archives[1]) as file:
            names = set(file.namelist())
        info = f"symgen-{symgen.__version__}.dist-info/"
        inside = {name for name in names if not name.startswith(info)}
        assert inside == {name for name in tracked_files() if name.startswith("symgen/")}
        assert {info + "METADATA", info + "licenses/LICENSE", "symgen/py.typed"} <= names

    def test_metadata(self, archives):
        with zipfile.ZipFile(archives[1]) as file:
            text = file.read(f"symgen-{symgen.__version__}.dist-info/METADATA").decode()
        metadata = Parser().parsestr(text)
        assert metadata["Version"] == symgen.__version__
        assert metadata["Requires-Python"] == PROJECT["requires-python"]
        assert metadata["Description-Content-Type"] == "text/markdown"
        needed = [one for one in metadata.get_all("Requires-Dist") if "extra ==" not in one]
        assert sorted(needed) == sorted(PROJECT["dependencies"])


@pytest.mark.slow
def test_users_own_checks_see_the_types(archives, tmp_path):
    """Of the wheel, installed, because of py.typed: a user's programs pass, and a wrong one does not."""
    venv.create(tmp_path / "venv")  # without symgen's own checkout, which an editable install would show it
    (site,) = tmp_path.glob("venv/lib/python*/site-packages")
    with zipfile.ZipFile(archives[1]) as file:
        file.extractall(site)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    for program in Path(__file__).parent.glob("strict_*.py"):
        shutil.copy(program, tmp_path)
    (tmp_path / "wrong.py").write_text("from symgen import load\ngenerators: int = load('generators.safetensors')\n")
    python = str(tmp_path / "venv" / "bin" / "python")
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", python, "--exclude", "venv", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "MYPYPATH": ""})
    assert done.stderr == ""
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert [line.split(":")[0] for line in errors] == ["wrong.py"], done.stdout
    assert 'expression has type "Generators", variable has type "int"' in errors[0]


class TestVersion:
    def test_is_the_same_everywhere(self):
        assert "version" in PROJECT["dynamic"]
        assert read("CITATION.cff")["version"] == read("conda/recipe.yaml")["context"]["version"] == symgen.__version__

    def test_a_development_version_is_no_release(self):
        assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+)?", symgen.__version__)


class TestConda:
    def test_needs_what_the_package_needs(self):
        def of_pip(requirement: str) -> str:
            name, bound = re.fullmatch(r"([\w.-]+)(.*)", requirement).groups()
            return f"{CONDA.get(name, name.lower())} {bound}".strip()

        recipe = read("conda/recipe.yaml")
        python, *run = recipe["requirements"]["run"]
        assert sorted(run) == sorted(of_pip(one) for one in PROJECT["dependencies"])
        lowest = recipe["context"]["python_min"]
        assert python == "python >=${{ python_min }}"
        assert f">={lowest}" == PROJECT["requires-python"]

    def test_builds_with_what_the_package_builds_with(self):
        system = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
        host = read("conda/recipe.yaml")["requirements"]["host"]
        assert {one.replace(">=", " >=") for one in system["requires"]} <= set(host)

    def test_starts_the_same_program_and_says_the_same(self):
        recipe = read("conda/recipe.yaml")
        (entry,) = recipe["build"]["python"]["entry_points"]
        assert entry == "symgen = " + PROJECT["scripts"]["symgen"]
        assert recipe["about"]["summary"] == PROJECT["description"]
        assert recipe["about"]["license"] == PROJECT["license"] == read("CITATION.cff")["license"]


class TestCitation:
    """By the schema of the Citation File Format 1.2.0: what must be there, and nothing of another name."""

    REQUIRED = frozenset({"authors", "cff-version", "message", "title"})
    OPTIONAL = frozenset(
        {"abstract", "commit", "contact", "date-released", "doi", "identifiers", "keywords", "license", "license-url"}
        | {"preferred-citation", "references", "repository", "repository-artifact", "repository-code", "type", "url"}
        | {"version"}
    )

    def test_keys(self):
        citation = read("CITATION.cff")
        assert set(citation) >= self.REQUIRED
        assert set(citation) <= self.REQUIRED | self.OPTIONAL
        assert citation["cff-version"] == "1.2.0"
        assert citation["type"] == "software"
        assert isinstance(citation["version"], str)
        assert len(set(citation["keywords"])) == len(citation["keywords"])

    def test_people(self):
        citation = read("CITATION.cff")
        works = [citation, *citation["references"]]
        assert all({"type", "title", "authors"} <= set(work) for work in works)
        people = [person for work in works for person in work["authors"]]
        assert all("name" in person or {"family-names", "given-names"} <= set(person) for person in people)
