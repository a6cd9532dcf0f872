"""The build's id: in every script and the page, another one whenever any file is another."""

import hashlib
import re

import pytest

from tooling import build_id

FILES = {
    "app.js": f'start("{build_id.PLACEHOLDER}");',
    "index.html": f'''<html data-build="{build_id.PLACEHOLDER}"><link href="style.css"><script src="app.js"></script>
<link rel="preload" href="manifest.json"><a href="#learn"></a><a href="licences.txt"></a><a href="./"></a>''',
    "style.css": "p {}",
    "data/frame.png": "pixels",
    "licences.txt": f"MIT {build_id.PLACEHOLDER}",
    "workers/video.js": f'answer("{build_id.PLACEHOLDER}");',
}


def site(folder, **changed):
    for name, text in {**FILES, **changed}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def text(path):
    return path.read_text(encoding="utf-8")


def test_the_page_and_its_scripts_have_the_id(tmp_path):
    build = build_id.stamp(site(tmp_path))
    assert re.fullmatch("[0-9a-f]{16}", build)
    assert text(tmp_path / "workers/video.js") == f'answer("{build}");'
    assert f'data-build="{build}"' in text(tmp_path / "index.html")
    assert build_id.PLACEHOLDER in text(tmp_path / "licences.txt")


def test_links_to_parts_name_their_content_and_others_stay(tmp_path):
    build = build_id.stamp(site(tmp_path))
    page = text(tmp_path / "index.html")
    for name in ("app.js", "style.css"):
        assert f'"{name}?v={hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()[:16]}"' in page
    assert f'"manifest.json?v={build}"' in page
    assert '"#learn"' in page and '"licences.txt"' in page and '"./"' in page


def test_the_same_files_give_the_same_id(tmp_path):
    one, two = (build_id.stamp(site(tmp_path / name)) for name in ("one", "two"))
    assert one == two


@pytest.mark.parametrize("name", FILES)
def test_any_other_file_gives_another_id(tmp_path, name):
    one = build_id.stamp(site(tmp_path / "one"))
    two = build_id.stamp(site(tmp_path / "two", **{name: FILES[name] + " "}))
    assert one != two
