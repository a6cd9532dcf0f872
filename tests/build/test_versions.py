"""The page of versions says what the changelog says, and lets nothing of it become markup."""

from html.parser import HTMLParser
from pathlib import Path

from tooling import versions

ROOT = Path(__file__).parents[2]
CHANGES = """# Changes

The format follows [Keep a Changelog](https://address).

## Unreleased

### Added
- `readout watch`: a folder <b>that grows</b>
  over two lines.
- Second, see [the docs](docs/cli.md).

## 0.1.0

- First.
"""


def test_headings_entries_and_code():
    page = versions.page(CHANGES, "0.2.0")
    assert "<p>This is version 0.2.0.</p>" in page
    assert "<h2>Unreleased</h2>\n<h3>Added</h3>\n<ul>\n<li><code>readout watch</code>: a folder" in page
    assert "<li>Second, see the docs.</li>" in page
    assert page.index("<h2>0.1.0</h2>") < page.index("<li>First.</li>")
    assert "&lt;b&gt;that grows&lt;/b&gt; over two lines.</li>" in page


def test_it_asks_for_nothing_elsewhere():
    found = []

    class Addresses(HTMLParser):
        def handle_starttag(self, tag, attributes):
            found.extend(value for name, value in attributes if name in ("href", "src"))

    Addresses().feed(versions.page((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), "1"))
    assert found and not [address for address in found if "//" in address]
    assert "script" not in versions.HEAD


def test_every_entry_of_the_changelog_is_in_it():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    count = sum(line.startswith("- ") for line in text.splitlines())
    assert count and versions.page(text, "1").count("<li>") == count
