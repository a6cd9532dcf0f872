// What a project's file says of its clips, beside their frames: how they were chosen, and what their files are known by.

import { leftOut, splitName } from "../media/video_frames.js";

const isNumber = (value) => Number.isFinite(value);
const isCount = (value) => Number.isInteger(value) && value > 0;
const isText = (value) => typeof value === "string" && value.length < 1000;

/** Fields of a clip that a file may say, each with what it has to be; anything else counts as not said. See videos.js. */
const FACTS = {
  size: isCount,
  hash: isText,
  codec: isText,
  rotation: (value) => [90, 180, 270].includes(value),
  duration: isNumber,
  frameRate: (value) => isNumber(value) && value > 0,
  audio: (value) => value === true,
  total: isCount,
  every: (value) => isCount(value?.frames) || (isNumber(value?.seconds) && value.seconds > 0),
  start: isNumber,
  end: isNumber,
  without: (value) => Array.isArray(value) && value.length > 0 && value.every(isNumber),
};
/** What a clip is of which the file says nothing but its frames. */
const UNKNOWN = {
  size: null,
  modified: null,
  hash: null,
  codec: null,
  rotation: 0,
  frameRate: null,
  audio: false,
  total: null,
  every: null,
  start: null,
  end: null,
  without: [],
};

const saidOf = (clip) =>
  Object.entries(FACTS)
    .filter(([fact, isRight]) => isRight(clip?.[fact]))
    .map(([fact]) => [fact, clip[fact]]);

/** The text that a project's file carries for `clipsIn`, "" where there are no clips. */
export function clipFacts(clips) {
  const said = clips.map((clip) => {
    const total = clip.total ?? (clip.size && clip.times.length);
    return {
      name: clip.name,
      ...Object.fromEntries(saidOf({ ...clip, total, without: leftOut(clip.chosen, clip.without) })),
    };
  });
  return said.length ? JSON.stringify(said) : "";
}

/** {pictures, clips} of what `workbench/open` gave: `frames`, [{name, width, height, time_s}], and the text of `clipFacts`; the clips themselves are not in it. */
export function clipsIn({ frames, clips: text }) {
  const [pictures, byClip] = [[], new Map()];
  for (const { time_s: time, ...frame } of frames) {
    const of = time == null ? null : splitName(frame.name);
    if (!of) pictures.push({ ...frame, ...(time != null && { time }), digest: null, thumbnail: null });
    else if (byClip.has(of.clip)) byClip.get(of.clip).read.push(of.time);
    else byClip.set(of.clip, { ...frame, name: of.clip, read: [of.time] });
  }
  const known = new Map(parsed(text).map((clip) => [clip?.name, clip]));
  const clips = [...byClip.values()].map(({ name, width, height, read }) => {
    const facts = { ...UNKNOWN, duration: read.at(-1), ...Object.fromEntries(saidOf(known.get(name))) };
    const here = new Set(read);
    const without = [...new Set(facts.without)].filter((time) => !here.has(time));
    const chosen = Float64Array.from(new Set([...read, ...without])).sort();
    return { ...facts, name, width, height, times: chosen, chosen, without, state: "gone" };
  });
  return { pictures, clips };
}

function parsed(text) {
  try {
    const found = JSON.parse(text || "[]");
    return Array.isArray(found) ? found : [];
  } catch {
    return []; // some other program's: the frames are there all the same
  }
}
