"""Nothing that is older than a second is lost: `python build.py --bench kills [--kills=100] [--first-seed=7] [--json]`.

Kills the browser (SIGKILL of all of it) and its renderers in turn, at random moments while texts are typed, windows
are drawn, a box is nudged, pictures are brought and frames are read, all in one project. After each kill, looks for
every edit: which are lost, which are at another frame, and whether what was being brought is here or said to be cut
short.
"""

import json
import random
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

from tests.page.helpers import PATIENCE_MS, ROOT, write_folder
from tests.page.killing import ACTIVITIES, Killed, Proof, draw_many
from tooling.serve import serve

SECOND = 1.0
FRAMES = 50
"""Of the project: a nudge keeps Python reading for seconds."""


def main() -> None:
    options = dict(each.removeprefix("--").split("=") for each in sys.argv[1:] if "=" in each)
    kills, seed = int(options.get("kills", 100)), int(options.get("first-seed", 7))
    expect.set_options(timeout=PATIENCE_MS)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        site = shutil.copytree(ROOT / "dist", folder / "site")  # it may be built anew meanwhile
        with serve(site) as server:
            proof = prove(playwright.chromium, server.url, folder, random.Random(seed), kills)
    print(file=sys.stderr)
    report(proof)


def prove(browser_type, url: str, folder: Path, chance: random.Random, kills: int) -> Proof:
    frames = write_folder(folder / "boiler", sorted((ROOT / "data" / "frames").glob("*.png"))[:FRAMES])
    killed = Killed(browser_type, folder / "profile")
    proof = Proof(killed, url, chance, frames, draw_many(folder / "many"), SECOND)
    for turn in range(kills):
        activity, whole = ACTIVITIES[turn % len(ACTIVITIES)], turn // len(ACTIVITIES) % 2 == 0
        proof.turn(activity, whole)
        print(f"\r{turn + 1} of {kills}, {len(proof.lost)} lost", end="", file=sys.stderr, flush=True)
    proof.check_table()
    killed.kill()
    return proof


def report(proof: Proof) -> None:
    wrong = {"lost": proof.lost, "misplaced": proof.misplaced, "silent imports": proof.silent}
    if "--json" in sys.argv:
        kills = [[*what, count] for what, count in proof.kills.items()]
        print(json.dumps({"kills": kills, "edits": proof.edits, "imports": proof.imports, **wrong}))
    else:
        for activity in (each.__name__.lower() for each in ACTIVITIES):
            kinds = ", ".join(f"{proof.kills[activity, kind]} of the {kind}" for kind in ("browser", "renderer"))
            print(f"{activity:10} kills: {kinds}; {proof.edits[activity]} edits")
        print(f"imports: {', '.join(f'{count} {how}' for how, count in proof.imports.items())}")
        for name, cases in wrong.items():
            print(f"{name}: {len(cases)}", *cases, sep="\n  ")
    sys.exit(any(wrong.values()))


if __name__ == "__main__":
    main()
