// Numbers that were found in the frames: which of them are taken, and taking and leaving them.

import { computed } from "@preact/signals";
import { placeAgain } from "../../session/edits.js";
import { findNumberNear, findNumbers, search, stopSearch } from "../../session/number_search.js";
import { uniqueName } from "../../shared/file_names.js";
import { frame, layout, notify, readouts, reportErrors, rowOf, shiftOf, store } from "../../state/store.js";
import { boxAt } from "./boxes.js";
import { editor, misfit, select, shown } from "./editor_state.js";
import { commit } from "./edits.js";
import { own } from "../../shared/own.js";

/** Windows are the same where no side differs by more than this, in frame pixels. */
const SAME = 1;

export { stopSearch };

/** The search, if it is this project's. */
export const here = computed(() =>
  search.value.project === store.project.value.id && !misfit.value ? search.value : { ...search.value, state: "none" },
);

/** What was found, with the readout that each was taken as, if it was: [{...number, taken, text}]. text: what the current frame shows. */
export const suggestions = computed(() =>
  here.value.state === "done"
    ? here.value.numbers.map((number) => {
        const taken = shown.value.find((each) => isSame(each, number)) ?? null;
        return { ...number, taken, text: textOf(number, taken) };
      })
    : [],
);

export const offered = computed(() => suggestions.value.filter(({ first }) => first));

/** What "Read all" reads: what is taken, or else all that is offered first. */
export const wanted = computed(() => (readouts.value.length ? readouts.value.length : offered.value.length));

function isSame({ window, boxes }, number) {
  return Boolean(window) && boxes[0].every((side, k) => Math.abs(side - number.window[k]) <= SAME);
}

/** What a number shows in the current frame: as it is read there, or else as it was when it was found; "" if unknown. */
function textOf({ readings }, taken) {
  const name = frame.value?.name;
  const column = taken && own(store.readings.value, taken.name);
  const row = rowOf.value.get(name);
  if (column?.given[row]) return column.texts[row];
  return readings[here.value.frames.indexOf(name)] ?? "";
}

/** Take a number that was found, or leave one that was taken. */
export const toggleSuggestion = (number) =>
  number.taken
    ? commit(
        shown.value.filter((each) => each !== number.taken),
        `leave ${number.taken.name}`,
      )
    : take([number]);

function take(numbers) {
  const names = new Set(shown.value.map(({ name }) => name));
  const made = numbers.map(({ name, window, turn, constraint }) => {
    names.add((name = uniqueName(name, names)));
    return { name, format: "", window, boxes: [window], turn, mirror: false, constraint };
  });
  return commit([...shown.value, ...made], made.length > 1 ? `take ${made.length} numbers` : `take ${made[0].name}`);
}

/** Take the number at a point of the picture that the search has not found, or select the readout that reads it. */
export const takeNear = reportErrors(async (/** @type {Pair} */ point) => {
  if (editor.looking.value) return;
  const { name } = frame.value;
  const [dx, dy] = shiftOf(rowOf.value.get(name));
  editor.looking.value = point;
  try {
    const found = await findNumberNear([point[0] + dx, point[1] + dy]);
    if (frame.value?.name !== name || editor.drawn.value) return; // the user has gone on
    if (!found) return notify("No number is read there: draw a box around it.");
    const [x, y, width, height] = found.window;
    const number = { ...found, window: [x - dx, y - dy, width, height] };
    const known = boxAt(shown.value, [x - dx + width / 2, y - dy + height / 2]);
    if (known) select(shown.value[known.readout].name, [known.box]);
    else if (await take([number])) select(shown.value.at(-1).name, [0]);
  } finally {
    editor.looking.value = null;
  }
});

/** Take all that is offered first, unless some was taken or drawn, and go to the readings. */
export async function readAll() {
  if (!readouts.value.length && !(await take(offered.value))) return;
  store.view.value = "read";
}

/** Whether numbers were found elsewhere than the layout has any. */
export const movable = computed(
  () => readouts.value.length > 0 && suggestions.value.length > 0 && !suggestions.value.some(({ taken }) => taken),
);

/** Move the layout to where its numbers are in these frames. */
export const moveLayout = reportErrors(async () => {
  await placeAgain(
    suggestions.value.map(({ window }) => window),
    layout.value.frame_size,
  );
  notify("The layout was moved to the numbers that were found.");
});

/** The smallest number at a point of the frame, null where there is none. */
export function suggestionAt([x, y]) {
  if (editor.drawn.value) return null;
  const at = suggestions.value.filter(
    ({ window: [left, top, width, height] }) => x >= left && y >= top && x <= left + width && y <= top + height,
  );
  return at.sort((one, other) => one.window[2] * one.window[3] - other.window[2] * other.window[3])[0] ?? null;
}

/** Look for numbers from now on. */
export function look() {
  if (layout.value && misfit.value) return notify("The layout is for frames of another size: scale it first.", "error");
  findNumbers();
}
