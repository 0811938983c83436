"""Reports in a real browser: what is on the page, that it moves, and that it needs nothing else."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from browser import Watched, chromium
from point_artifacts import points_artifact
from report_artifacts import ARTIFACTS, soliton

from symgen.report.page import write_report


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """`pages(kind)`: the report of an artifact of that kind."""
    folder = tmp_path_factory.mktemp("reports")

    def of(kind):
        path = folder / f"{kind}.html"
        return path if path.exists() else write_report(ARTIFACTS[kind](), path)

    return of


def picture(page, selector="#panels canvas"):
    """What is drawn on the last canvas of those, once it is up to date."""
    return page.evaluate(
        """(selector) => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
             const all = document.querySelectorAll(selector);
             done(all[all.length - 1].toDataURL());
           })))""",
        selector,
    )


def put(page, s):
    """Move the slider as a hand does."""
    page.evaluate(
        "(s) => { const it = document.getElementById('s'); it.value = s; it.dispatchEvent(new Event('input')); }", s
    )


@pytest.mark.parametrize("kind", ARTIFACTS)
def test_slider_moves_the_picture_and_back(browser, pages, kind):
    watched = Watched(browser, pages(kind))
    with watched as page:
        put(page, 0)
        still = {name: picture(page, name) for name in ("#panels canvas", "#field")}
        put(page, 0.3)
        assert page.text_content("#s-value") == "s = 0.300"
        moved = {name: picture(page, name) for name in still}
        assert moved["#panels canvas"] != still["#panels canvas"]
        page.click("#zero")
        assert {name: picture(page, name) for name in still} == still
        put(page, -0.3)
        assert picture(page) not in (still["#panels canvas"], moved["#panels canvas"])
    assert watched.said == []
    assert watched.asked == [pages(kind).as_uri()]


def test_translations_shift_by_s_of_the_window(browser, pages):
    """exp(s V) of the unit field along x moves the data by s of their length: seen in the pixels."""
    edges = """() => {
      const canvas = document.querySelector("#panels canvas"), { width, height } = canvas;
      const pixels = canvas.getContext("2d").getImageData(0, Math.round(height * 0.45), width, 1).data;
      const coloured = [];
      for (let p = 0; p < width; p++) {
        const [r, g, b, a] = pixels.slice(4 * p, 4 * p + 4);
        if (a > 250 && Math.max(r, g, b) - Math.min(r, g, b) > 60) coloured.push(p);
      }
      return coloured.filter((p) => p < width - 90 * (width / canvas.clientWidth));
    }"""
    with Watched(browser, pages("pde")) as page:
        page.check("input[name=generator][value='0']", force=True)
        put(page, 0)
        picture(page)
        still = page.evaluate(edges)
        put(page, 0.25)
        picture(page)
        moved = page.evaluate(edges)
    length = still[-1] - still[0]
    assert length > 300
    assert abs((moved[-1] - still[-1]) - 0.25 * length) < 4
    assert abs((moved[0] - still[0]) - 0.25 * length) < 4


def test_images_are_turned_by_the_angle(browser, pages):
    """The blob at the right of the middle goes up by s radians of the unit rotation: pixels are taken from the flow."""
    middle = """() => {
      const canvas = [...document.querySelectorAll("#panels canvas")].pop(), { width, height } = canvas;
      const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
      let [total, x, y, n] = [0, 0, 0, 0];
      for (let q = 0; q < height; q++) for (let p = 0; p < width; p++) {
        const [value, alpha] = [pixels[4 * (q * width + p)], pixels[4 * (q * width + p) + 3]];
        if (!alpha) continue;
        total += value; x += value * p; y += value * q;
      }
      return Math.atan2(y / total - height / 2, x / total - width / 2);
    }"""
    norm = ARTIFACTS["image"]().metadata.generators[0].norm
    with Watched(browser, pages("image")) as page:
        angles = []
        for s in (0, 0.2, 0.4):
            put(page, s)
            picture(page)
            angles.append(page.evaluate(middle))
    assert abs(angles[0]) < 0.03
    assert angles[1] == pytest.approx(-0.2 / norm, abs=0.05)
    assert angles[2] == pytest.approx(-0.4 / norm, abs=0.05)


def test_keys_do_everything(browser, pages):
    """Choose a generator, move it, turn its field and play, without a mouse."""
    with Watched(browser, pages("pde")) as page:
        page.focus("input[name=generator]:checked")
        before = page.text_content("#s-formula"), picture(page)
        page.keyboard.press("ArrowUp")
        assert page.input_value("input[name=generator]:checked") == "2"
        assert (page.text_content("#s-formula"), picture(page)) != before
        page.focus("#s")
        value, drawn = page.input_value("#s"), picture(page)
        page.keyboard.press("ArrowRight")
        assert float(page.input_value("#s")) > float(value)
        assert picture(page) != drawn
        assert page.get_attribute("#s", "aria-valuetext") == page.text_content("#s-value")
        field = picture(page, "#field")
        page.focus("#field")
        page.keyboard.press("ArrowLeft")
        turned = picture(page, "#field")
        assert turned != field
        page.keyboard.press("+")
        assert picture(page, "#field") not in (field, turned)
        page.keyboard.press("Home")
        assert picture(page, "#field") == field
        page.focus("#section-at")
        section = picture(page, "#section")
        page.keyboard.press("ArrowRight")
        assert picture(page, "#section") != section
        page.focus("#play")
        value = page.input_value("#s")
        page.keyboard.press("Space")
        assert page.get_attribute("#play", "aria-pressed") == "true"
        page.wait_for_function("(value) => document.getElementById('s').value !== value", arg=value)
        page.keyboard.press("Space")
        assert page.get_attribute("#play", "aria-pressed") == "false"


def test_field_is_turned_by_the_pointer(browser, pages):
    with Watched(browser, pages("system")) as page:
        box = page.locator("#field").bounding_box()
        page.locator("#field").scroll_into_view_if_needed()
        box, field = page.locator("#field").bounding_box(), picture(page, "#field")
        page.mouse.move(box["x"] + 100, box["y"] + 100)
        page.mouse.down()
        page.mouse.move(box["x"] + 160, box["y"] + 120)
        page.mouse.up()
        assert picture(page, "#field") != field
        still = picture(page, "#field")
        page.mouse.move(box["x"] + 60, box["y"] + 60)  # not held any more
        assert picture(page, "#field") == still
        page.select_option("#axes select >> nth=0", "3")
        assert picture(page, "#field") != still


def test_coordinates_that_are_not_drawn_are_told(browser, pages):
    """The sheet of a field that moves no time stays at that of the middle, on paper too."""
    with Watched(browser, pages("system")) as page:
        assert page.text_content("#held") == "t = 1"
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("#printed figcaption").all_text_contents()[:2] == [
            "s = −0.30; t = 1",
            "s = 0, the data; t = 1",
        ]


@pytest.mark.parametrize("kind", ARTIFACTS)
def test_everything_has_a_name(browser, pages, kind):
    """Canvases, pictures, controls and tables, for who hears the page; one main heading, and no level left out."""
    with Watched(browser, pages(kind)) as page:
        unnamed = page.evaluate("""() => {
          const all = (what) => [...document.querySelectorAll(what)], said = (e) => e.textContent.trim();
          return [
          ...all("canvas, svg").filter((e) => !e.getAttribute("aria-label") || !e.getAttribute("role")),
          ...all("input, select, button").filter((e) => !e.getAttribute("aria-label") && !said(e)
            && ![...(e.labels || [])].some(said)),
          ...all("table").filter((e) => !e.caption),
          ...all("section").filter((e) => !document.getElementById(e.getAttribute("aria-labelledby"))),
          ].map((e) => e.outerHTML.slice(0, 120));
        }""")
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((e) => e.id)")
        levels = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map((e) => +e.tagName[1])")
        assert page.evaluate("document.documentElement.lang") == "en"
    assert unnamed == []
    assert len(ids) == len(set(ids))
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_light_and_dark(browser, pages):
    """By the system, at once, and by the button; letters are legible on their ground in both."""
    contrast = """() => {
      const light = (colour) => {
        const linear = (v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        const [r, g, b] = colour.match(/[\\d.]+/g).map((v) => linear(v / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ground = light(getComputedStyle(document.body).backgroundColor);
      return ["body", ".lead", ".note", ".verdict", "#theme"].map((name) => {
        const own = light(getComputedStyle(document.querySelector(name)).color);
        return (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05);
      });
    }"""
    with Watched(browser, pages("pde"), color_scheme="light") as page:
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        drawn = picture(page)
        assert min(page.evaluate(contrast)) > 4.5
        page.emulate_media(color_scheme="dark")
        dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert dark != light
        assert picture(page) != drawn
        assert min(page.evaluate(contrast)) > 4.5
        page.click("#theme")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light
        assert picture(page) == drawn
        page.click("#theme")
        page.emulate_media(color_scheme="light")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


@pytest.mark.parametrize("kind", ARTIFACTS)
def test_narrow_pages_do_not_scroll_sideways(browser, pages, kind):
    with Watched(browser, pages(kind), viewport={"width": 360, "height": 700}) as page:
        for width in (360, 768):
            page.set_viewport_size({"width": width, "height": 700})
            assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("kind", ARTIFACTS)
def test_paper(browser, pages, kind, tmp_path):
    """Every generator at three values of s, in light colours, without controls; all is as it was afterwards."""
    count = len(ARTIFACTS[kind]().metadata.generators)
    with Watched(browser, pages(kind), color_scheme="dark") as page:
        put(page, 0.2)
        before = picture(page)
        page.pdf(path=tmp_path / "page.pdf", format="A4")
        assert (tmp_path / "page.pdf").stat().st_size > 20_000
        assert picture(page) == before
        page.emulate_media(media="print", color_scheme="dark")
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("#printed .row").count() == count
        assert page.locator("#printed canvas").count() == 3 * count
        assert not page.is_visible("#s")
        assert page.evaluate("getComputedStyle(document.body).color") == "rgb(28, 30, 33)"
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("#printed canvas").count() == 0


def test_text_of_files_is_text(browser, tmp_path):
    """Markup in names, warnings and notes is shown, and does nothing."""
    bad = "<script>window.hacked = 1</script><img src='https://example.org/x.png' onerror='window.hacked = 1'>"
    artifact = soliton(name=bad, warnings=(bad, "</script><script>window.hacked = 1</script>"), command=f"symgen {bad}")
    metadata = artifact.metadata
    data = metadata.data.model_copy(update={"source": bad, "notes": (bad,)})
    path = write_report(replace(artifact, metadata=metadata.model_copy(update={"data": data})), tmp_path / "bad.html")
    watched = Watched(browser, path)
    with watched as page:
        assert page.evaluate("window.hacked") is None
        assert page.locator("img").count() == 0
        assert bad in page.text_content("h1")
        assert bad in page.title()
        assert bad in page.text_content("#command")
    assert watched.said == []
    assert watched.asked == [path.as_uri()]


def test_nothing_else_can_run_or_be_fetched(browser, pages):
    """The page's policy: a script that got in all the same would do nothing."""
    with Watched(browser, pages("pde")) as page:
        page.evaluate("""() => {
          const script = document.createElement("script");
          script.textContent = "window.hacked = 1";
          document.body.append(script);
        }""")
        assert page.evaluate("window.hacked") is None
        assert page.evaluate("fetch('https://example.org').then(() => 1, () => 0)") == 0


def test_without_scripts_all_else_is_there(browser, pages):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pages("pde").as_uri())
    assert page.is_visible("#generators table")
    assert page.is_visible("#spectrum svg")
    assert page.is_visible("noscript p")
    assert not page.is_visible("#stage")
    context.close()


def test_mathematics_is_set(browser, pages):
    """Fractions and indices have a size and a place of their own: the browser knows what they are."""
    with Watched(browser, pages("pde")) as page:
        page.wait_for_selector("h1")
        heights = page.evaluate("""() => {
          const box = (e) => e.getBoundingClientRect();
          const [letter, index] = document.querySelector(".equation msub").children;
          const [over, under] = document.querySelector("#conserved mfrac").children;
          return [box(index).bottom - box(letter).bottom, box(under).top - box(over).bottom];
        }""")
    assert heights[0] > 1
    assert heights[1] >= 0


def _many(points):
    return points.square().sum((1, 2))[:, None]


COLUMNS = ("temperature", "x_velocity", *(f"c{i}" for i in range(5)))
CORNERS = {
    "one coordinate": lambda: points_artifact(("x",), [("1",)], _many, exact=0),
    "equivariance": lambda: points_artifact(
        ("x", "y"), [("-y", "x", "-v", "u")], condition="equivariance", outputs=("u", "v")
    ),
    "a density": lambda: points_artifact(("x", "y", "z"), [("-y", "x", "0")], condition="density"),
    "more fields than are moved": lambda: points_artifact(
        COLUMNS,
        [[f"{a}" if k == i else "0" for k in range(7)] for i, a in [(i, a) for i in range(7) for a in COLUMNS[:4]]],
        _many,
    ),
    "flows that end": lambda: points_artifact(("x", "y"), [("0", "x"), ("x^4", "0")], _many),
    "no symmetry": lambda: points_artifact(("x", "y"), [("x^2", "y")], _many, exact=0),
}


@pytest.mark.parametrize("corner", CORNERS)
def test_corners(browser, tmp_path, corner):
    """Draw something, break on nothing, and say what cannot be moved."""
    artifact = CORNERS[corner]()
    watched = Watched(browser, write_report(artifact, tmp_path / "corner.html"))
    with watched as page:
        radios = page.locator("input[name=generator]")
        assert radios.count() == min(24, len(artifact.metadata.generators))
        for place in (0, radios.count() - 1):
            radios.nth(place).check(force=True)
            put(page, 0.1)
            assert len(picture(page)) > 1000
        told = page.text_content("#reach")
        legend = page.text_content("legend")
        reach = float(page.get_attribute("#s", "max"))
    assert watched.said == []
    assert ("leaves every bound" in told) == (corner == "flows that end")
    assert 0 < reach <= 0.4
    assert (reach < 0.4) == (corner == "flows that end")
    assert ("24 of 28" in legend) == (corner == "more fields than are moved")


@pytest.mark.parametrize("kind", ARTIFACTS)
def test_size(pages, kind):
    assert pages(kind).stat().st_size < 5_000_000
