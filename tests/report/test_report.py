import io
import re
import subprocess
import sys
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from runlean.errors import DatasetError, OutputError
from runlean.gait.result import GaitResult, Notice
from runlean.report import write_report
from runlean.report.still import still_of
from runlean.video import Layout, VideoWriter

VOID = {
    "meta",
    "link",
    "img",
    "br",
    "hr",
    "input",
    "source",
    "col",
    "path",
    "circle",
    "rect",
    "line",
    "use",
    "polyline",
}
LOADS = {"src", "href", "srcset", "poster", "data", "action"}


class Page(HTMLParser):
    """Every element, the ids, what would be loaded, and whether tags close in order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.loads, self.open, self.astray = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in LOADS:
                self.loads.append((tag, value))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.astray.append(tag)


def test_the_page_needs_nothing_else(page):
    text = page()
    parsed = Page(text)
    for tag, target in parsed.loads:
        assert target.startswith("#"), (tag, target)
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)", text)
    assert not [tag for tag, _ in parsed.tags if tag in ("script", "link", "iframe", "object", "embed")]


def test_tags_close_and_ids_are_unique(page):
    parsed = Page(page(n=200))
    assert parsed.astray == []
    assert parsed.open == []
    shared = {i for i in parsed.ids if parsed.ids.count(i) > 1}
    assert not [i for i in shared if i.startswith(("runner", "title"))]


def test_pictures_have_words(page):
    parsed = Page(page(n=200))
    pictures = [attrs for tag, attrs in parsed.tags if tag == "svg"]
    assert len(pictures) == 6
    assert all(attrs.get("role") == "img" for attrs in pictures)
    assert sum(tag == "title" for tag, _ in parsed.tags) == 1 + len(pictures)
    assert parsed.tags[0] == ("html", {"lang": "en"})


def test_numbers_of_the_summary_stand_on_the_page(page):
    text = page(trunk_lean_deg=np.array([6.0, 9.0] * 10), systematic_sd={"trunk_lean_deg": 1.0})
    assert "7.5°" in text
    assert "<strong>7.5</strong>" in text
    assert ">6.0<" in text
    assert ">9.0<" in text
    assert "± 1.0" in text
    assert "171.4" in text
    assert "preferred 169.6" in text


def test_cue_and_study_are_labelled_apart(page):
    text = page()
    cues = re.findall(r'<span class="badge cue">([^<]*)</span>([^<]*)', text)
    findings = re.findall(r'<span class="badge finding">([^<]*)</span>', text)
    assert {label for label, _ in cues} == {"Coach’s cue"}
    assert all(words.startswith("Coaches ") for _, words in cues)
    assert set(findings) == {"Measured in studies"}


def test_reasons_stand_where_numbers_do_not(page):
    why = "seen from the front"
    lean = {"trunk_lean_deg": np.nan, "hip_hinge_deg": np.nan}
    text = page(view_kind="front", withheld=dict.fromkeys(lean, why), **lean)
    assert "Not known" in text
    assert why in text
    assert 'class="gauge"' not in text
    assert "No lean: seen from the front" in text
    assert "no heel" not in text


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5])
def test_few_contacts_still_give_a_page(page, n):
    text = page(n=n)
    assert ("fewer than 4 foot contacts" in text) == (n < 4)
    assert "Please note" in text
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", text, flags=re.DOTALL).lower().split()


def test_nobody_found_is_said(folder):
    columns = {"runner_id": np.zeros(0, int), "frame": np.zeros(0, int), "time_s": np.zeros(0)}
    strides = {"runner_id": np.zeros(0, int), "stride": np.zeros(0, int), "side": np.zeros(0, object)}
    notice = Notice("no_person", "No person was found.")
    path = write_report(folder(GaitResult(columns, strides, (), (), (notice,))))
    text = path.read_text(encoding="utf-8")
    assert "No runner was found" in text
    assert "No person was found." in text


def test_what_comes_from_the_file_is_escaped(page):
    text = page(runner_warnings=(Notice("odd", "<script>alert(1)</script> & more"),))
    assert "<script>" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in text


def test_a_long_clip_shows_its_drift(page):
    t = 0.35 * np.arange(343)
    noise = np.random.default_rng(1).normal(0, 0.5, 343)
    text = page(n=343, trunk_lean_deg=8 - 3 * t / 60 + noise)
    assert "Over the clip" in text
    assert re.search(r"<strong>−(2\.9|3\.0)\d</strong>", text)
    assert "The lean is lost over time" in text
    assert "1:00-2:00" in text


def test_every_runner_has_a_section(folder, make_gait):
    one = make_gait(12)
    two = make_gait(12, runner_id=2)
    for columns in (two.frames, two.strides):
        columns["runner_id"] = np.full(len(columns["runner_id"]), 2)
    join = lambda a, b: {k: np.concatenate([a[k], b[k]]) for k in a}  # noqa: E731
    both = GaitResult(
        join(one.frames, two.frames), join(one.strides, two.strides), one.keypoint_names, one.runners + two.runners
    )
    parsed = Page(write_report(folder(both)).read_text(encoding="utf-8"))
    assert {"runner-1", "runner-2"} <= set(parsed.ids)
    assert {"#runner-1", "#runner-2"} <= {target for _, target in parsed.loads}


def test_the_overlay_is_linked_and_shown(folder, make_gait):
    av = pytest.importorskip("av")
    place = folder(make_gait(10))
    with av.open(str(place / "overlay.mp4"), "w") as container:
        stream = container.add_stream("mpeg4", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for i in range(12):
            pixels = np.full((48, 64, 3), 20 * i, np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    parsed = Page(write_report(place).read_text(encoding="utf-8"))
    assert ("a", "overlay.mp4") in parsed.loads
    (picture,) = [attrs for tag, attrs in parsed.tags if tag == "img"]
    assert picture["src"].startswith("data:image/jpeg;base64,")
    assert picture["alt"]
    (place / "sub").mkdir()
    elsewhere = write_report(place, place / "sub" / "page.html")
    assert ("a", "../overlay.mp4") in Page(elsewhere.read_text(encoding="utf-8")).loads


def test_a_broken_overlay_costs_only_the_picture(folder, make_gait):
    place = folder(make_gait(10))
    (place / "overlay.mp4").write_bytes(b"no video at all")
    parsed = Page(write_report(place).read_text(encoding="utf-8"))
    assert ("a", "overlay.mp4") in parsed.loads
    assert not [tag for tag, _ in parsed.tags if tag == "img"]


def test_the_still_is_the_first_of_those_that_will_do_behind_a_keyframe(tmp_path):
    layout = Layout("planar", 1, 1, 8, "bt709", False)
    with VideoWriter(tmp_path / "o.mp4", 64, 48, 10.0, Fraction(1, 10), layout) as out:
        for i in range(30):
            y, u, v = out.planes()
            y[:], u[:], v[:] = 30 + 6 * i, 128, 128
            out.write(i / 10)
    for frames, shown in (((3, 12, 15, 18, 29), 12), ((15,), 15), ((2, 4, 8), 2), ((9, 21, 22), 21)):
        picture = Image.open(io.BytesIO(still_of(tmp_path / "o.mp4", np.array(frames) / 10)))
        assert (np.asarray(picture).mean() * 219 / 255 + 16 - 30) / 6 == pytest.approx(shown, abs=0.4)


def test_given_stills_are_shown(folder, make_gait):
    text = write_report(folder(make_gait(10)), still=b"\x89PNG\r\n").read_text(encoding="utf-8")
    assert "data:image/png;base64,iVBORw0K" in text


def test_the_same_folder_gives_the_same_page(folder, make_gait):
    place = folder(make_gait(20))
    first = write_report(place).read_bytes()
    assert write_report(place, place / "again.html").read_bytes() == first


def test_missing_parts_and_closed_places_are_told(folder, make_gait, tmp_path):
    place = folder(make_gait(10))
    with pytest.raises(OutputError, match="cannot be written"):
        write_report(place, place / "absent" / "report.html")
    (place / "strides.parquet").unlink()
    with pytest.raises(DatasetError, match=r"strides\.parquet"):
        write_report(place)
    (place / "summary.json").unlink()
    with pytest.raises(DatasetError, match=r"summary\.json"):
        write_report(place)


def test_the_report_loads_neither_kernels_nor_matplotlib_until_asked(folder, make_gait):
    heavy = "('numba', 'av', 'onnxruntime', 'matplotlib', 'jinja2')"
    code = f"import sys, runlean.report; sys.exit(any(m in sys.modules for m in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    place = folder(make_gait(20))
    code = (
        "import sys; from runlean.report import write_report; "
        f"write_report({str(place)!r}); sys.exit(any(m in sys.modules for m in ('numba', 'av', 'onnxruntime')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_templates_ship_with_the_package():
    import runlean.report

    templates = Path(runlean.report.__file__).parent / "templates"
    assert {p.name for p in templates.iterdir()} >= {"report.html.j2", "report.css"}
