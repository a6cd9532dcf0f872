// What the browser's database holds of the only project, for test_kills.py.

const asked = (request) =>
  new Promise((done, failed) =>
    Object.assign(request, { onsuccess: () => done(request.result), onerror: () => failed(request.error) }),
  );

/** [what the document and the edits that are not in it yet make of texts and layout, how many such edits there are] */
export async function kept() {
  const database = await asked(indexedDB.open("readout"));
  const tx = database.transaction(["documents", "journal", "frames"]);
  const [[{ text }], edits, frames] = await Promise.all([
    ...["documents", "journal"].map((store) => asked(tx.objectStore(store).getAll())),
    asked(tx.objectStore("frames").count()),
  ]);
  database.close();
  const { typed, layout } = JSON.parse(text);
  const found = Object.fromEntries(typed.map(([frame, readout, shown]) => [`${frame} ${readout}`, shown]));
  let readouts = layout.readouts;
  for (const { edit, given } of edits) {
    if (edit === "setLabel") found[`${given[0]} ${given[1]}`] = given[2];
    if (edit === "setLayout") readouts = given[0].readouts;
  }
  found.x = String(readouts.find(({ name }) => name === "top").boxes[0][0]);
  found.windows = String(readouts.filter(({ window }) => window).length);
  found.frames = String(frames);
  return [found, edits.length];
}

/** How many frames of the only project are stored. */
export async function framesKept() {
  const database = await asked(indexedDB.open("readout"));
  const count = await asked(database.transaction("frames").objectStore("frames").count());
  database.close();
  return count;
}
