"""`versions.html`: what each version of Readout changed, from CHANGELOG.md."""

import html
import re
from pathlib import Path

NAME = "versions.html"
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self'; style-src 'self'; \
base-uri 'none'; form-action 'none'">
<meta name="color-scheme" content="light dark">
<title>Readout: versions</title>
<link rel="icon" href="icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="style.css">
</head>
<body>
<header class="bar"><a class="brand" href="./"><img src="icon.svg" alt="" width="28" height="28">Readout</a></header>
<main>
<section class="lesson">
<h1>Versions</h1>
"""
FOOT = "</section>\n</main>\n</body>\n</html>\n"


def write_versions(root: Path, version: str, out: Path) -> None:
    """Write the page into the folder `out`; `version` is what it says of the changes that have no number yet."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    (out / NAME).write_text(page(text, version), encoding="utf-8", newline="\n")


def page(changes: str, version: str) -> str:
    """The page's HTML from a changelog's Markdown: headings, lists and code; links in their words alone."""
    parts = [HEAD, f"<p>This is version {html.escape(version)}.</p>\n"]
    for heading, body in re.findall(r"(?ms)^(##+ [^\n]+)\n(.*?)(?=^##+ |\Z)", changes):
        level = heading.index(" ")
        parts.append(f"<h{level}>{_inline(heading[level + 1 :])}</h{level}>\n")
        entries = [" ".join(entry.split()) for entry in re.split(r"(?m)^[-*] ", body)[1:]]
        if entries:
            parts.append("<ul>\n" + "".join(f"<li>{_inline(entry)}</li>\n" for entry in entries) + "</ul>\n")
    return "".join([*parts, FOOT])


def _inline(text: str) -> str:
    text = re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", text)
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))
