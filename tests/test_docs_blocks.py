"""Every block of every page runs, in order, each page in a fresh folder, and prints what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest
from docs_scripts import script

docs = script("blocks")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """One cache for all pages: what is simulated or trained for one is there for the next."""
    return tmp_path_factory.mktemp("cache")


@pytest.mark.slow
@pytest.mark.parametrize("page", docs.pages_to_run(), ids=lambda page: page.stem)
def test_blocks_run_and_print_what_the_page_says(page, tmp_path, cache):
    docs.check_page(page, tmp_path, cache)


@pytest.mark.parametrize("block", docs.not_run(), ids=str)
def test_blocks_that_are_not_run(block):
    """Lists them, with the reason, among the skipped tests."""
    assert block.language in ("bash", "python"), "only what would run can be left out"
    pytest.skip(f"{block}: {block.why_not}")


@pytest.fixture
def page(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "page.md"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def fenced(info: str, body: str) -> str:
    return f"```{info}\n{body}\n```\n"


class TestRules:
    """The judge itself, on pages of a few lines."""

    def check(self, path, tmp_path):
        folder = tmp_path / "folder"
        folder.mkdir()
        docs.check_page(path, folder, tmp_path / "cache")

    def test_blocks_share_a_folder_and_python_its_names(self, page, tmp_path):
        text = (
            fenced("bash", "echo 2 > two.txt")
            + fenced("python", "two = int(open('two.txt').read())")
            + fenced('python title="mine.py"', "three = 3")
            + fenced("python", "import mine\nprint(two + mine.three, 'in all')")
            + fenced("text", "5 in all")
        )
        self.check(page(text), tmp_path)

    @pytest.mark.parametrize("info", ["bash", "python"])
    def test_a_block_that_fails_is_named_with_what_it_said(self, info, page, tmp_path):
        body = "cat missing-file" if info == "bash" else "open('missing-file')"
        with pytest.raises(docs.BlockFailed, match=r"(?s)page\.md:2.*No such file"):
            self.check(page("A word.\n" + fenced(info, body)), tmp_path)

    @pytest.mark.parametrize("shown", ["V1  d/dt  exact", "4 found", "V1  d/dx  2.0e-03", "a\nV1  d/dx  1.1e-01"])
    def test_what_is_not_printed_is_found(self, shown, page, tmp_path):
        text = fenced("bash", "echo 'V1   d/dx  1.0e-01'; echo 3 found") + fenced("text", shown)
        with pytest.raises(docs.BlockFailed, match="not what is printed"):
            self.check(page(text), tmp_path)

    def test_rounding_may_differ_and_lines_may_be_left_out(self, page, tmp_path):
        printed = "echo 'V1  d/dx  1.0e-13'; echo more; echo '3 found'"
        self.check(page(fenced("bash", printed) + fenced("text", "V1 d/dx   4.0e-11\n\n3 found")), tmp_path)

    def test_blocks_that_are_not_run_say_why(self, page):
        marked, other = docs.blocks(
            page("<!-- not run: hours -->\n" + fenced("bash", "false") + fenced("bash", "true"))
        )
        assert (marked.why_not, marked.runs) == ("hours", False)
        assert other.runs

    def test_update_shows_what_is_printed_now(self):
        printed = "note\n4 symmetries found\nV1  d/dx   1e-12\nV2  d/dt   1e-12\ntime 3"
        assert docs.updated("3 symmetries found\nV1 d/dx 1e-3\nV2 d/dt 2e-3\n", printed) == (
            "4 symmetries found\nV1  d/dx   1e-12\nV2  d/dt   1e-12\n"
        )

    def test_update_leaves_the_rest_of_a_page_alone(self, page):
        after = "between\n" + fenced("text", "kept")
        path = page("Before.\n" + fenced("text", "old") + after)
        first = docs.blocks(path)[0]
        path.write_text("Edited.\n" + path.read_text("utf-8"), encoding="utf-8")
        docs.write(path, [(first, "new\n")])
        assert path.read_text("utf-8") == "Edited.\nBefore.\n" + fenced("text", "new") + after
