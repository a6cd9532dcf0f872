// Shapes that several modules of the page share; what a function takes beyond these is in its own comment.

/** x, y, width, height in frame pixels, or on the stage in CSS pixels. */
type Box = number[];
/** x, y, or width, height. */
type Pair = number[];

/** Frame pixel (u, v) is at (u * scale + x, v * scale + y) of the stage, in CSS pixels. */
interface View {
  scale: number;
  x: number;
  y: number;
}

/** What every call over a bridge takes. */
interface CallOptions {
  signal?: AbortSignal;
  onProgress?: (news: any) => void;
  transfer?: Transferable[];
}

/** How long a promise may be waited for. */
interface Abortable {
  signal?: AbortSignal;
}

interface Readout {
  name: string;
  /** As it is shown, with # for a digit; "" of a window. */
  format: string;
  /** Of a window the upright box around it. */
  boxes: Box[];
  window?: Box | null;
  /** Degrees by which the window is turned clockwise around its middle, or what boxes hold, which stay upright. */
  turn?: number;
  /** Whether it is seen in a mirror. */
  mirror?: boolean;
  /** What the number in the window looks like; see Constraint in readout/layout/constraint.py. */
  constraint?: string | null;
  /** What its texts mean, null where it is guessed; see Meaning in readout/layout/meaning.py. */
  kind?: string | null;
  decimal?: string | null;
  units?: string | null;
}

interface Layout {
  version: number;
  frame_size: Pair;
  readouts: Readout[];
  anchor?: Box;
}

interface Project {
  id: string | null;
  name: string;
  saved: number | null;
  exported: number | null;
  changed?: number;
  writer?: boolean;
}

interface Frame {
  name: string;
  width: number;
  height: number;
  /** SHA-256 of its file; null of a frame of a video. */
  digest?: string | null;
  thumbnail?: Blob | null;
  /** Of a frame of a video, the video's name and when it is shown, in seconds. */
  clip?: string;
  time?: number;
}

/** What Python says of the document after each edit. */
interface DocumentState {
  /** All of it but the layout, as JSON, to hand it to another Python. */
  document?: string;
  layout: Layout | null;
  typed: { frame: string; readout: string; text: string | null }[];
  rules: any[];
  rule_ids: string[];
  undo: string | null;
  redo: string | null;
  anchor?: { frame: string; box: Box; repeats: boolean } | null;
}

/** A readout's readings, one row a frame. */
interface Column {
  texts: string[];
  values: Float64Array;
  confidence: Float32Array;
  /** Bit k is FLAGS[k]. */
  flags: Uint16Array;
  given: Uint8Array;
  /** Whether another frame shows the same, and nothing doubts it. */
  confirmed: Uint8Array;
  absent: Map<number, string>;
  /** How its values are written; null before anything was read. */
  notation: Notation | null;
  /** Values of texts that were typed, by text, null for none. */
  stated: Record<string, number | null>;
}

/** See Notation in readout/readings/values.py; places: the most decimals. */
interface Notation {
  kind: string;
  decimal: string;
  factors: boolean;
  words: string;
  places: number;
}

/** A rectangle of a frame in whole pixels, with what readout it is of. */
interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
  readout?: string;
  [more: string]: any;
}

/** Where regions of a frame are stored. */
interface Place {
  project: string;
  frame: string;
}

/** An error that says more than a message: which worker, what kind, what to do. */
interface Error {
  worker?: string;
  kind?: string;
  help?: string;
  traceback?: string;
}

/** Not in TypeScript's list yet: Chromium takes camera frames as they come. */
interface MediaStreamTrackProcessor {
  readable: ReadableStream<VideoFrame>;
}
declare var MediaStreamTrackProcessor: {
  new (options: { track: MediaStreamTrack; maxBufferSize?: number }): MediaStreamTrackProcessor;
};
interface MediaTrackConstraints {
  resizeMode?: ConstrainDOMString;
}
