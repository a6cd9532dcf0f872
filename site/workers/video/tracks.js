// Which picture track of a clip is read, when the clip begins, and what its decoder must know.

import { EncodedPacketSink, MATROSKA, WEBM } from "mediabunny";

const OWN_ZERO = new Set([WEBM, MATROSKA].map(({ name }) => name));

/** What a decoder must know of a track, but not how its pictures are shown; null where its codec is unknown. */
export async function decoderConfig(track) {
  const config = await track.getDecoderConfig();
  if (!config) return null;
  const { displayAspectWidth, displayAspectHeight, rotation, flip, ...plain } = config; // the grid as it is coded
  return plain;
}

/**
 * The track that a player would show, or null: as the library has it, but no track of a single picture where another moves,
 * and no empty one where another has pictures; and how many such tracks there are.
 */
export async function pictureTrack(input) {
  const tracks = await input.getVideoTracks();
  if (tracks.length < 2) return { track: tracks[0] ?? null, count: tracks.length };
  const ranked = await Promise.all(
    tracks.map(async (track, k) => {
      const sink = new EncodedPacketSink(track);
      const first = await sink.getFirstPacket({ metadataOnly: true });
      const still = first ? Number((await sink.getNextPacket(first, { metadataOnly: true })) === null) : 2;
      return {
        track,
        still,
        rank: 4 * still + 2 * Number(!(await track.getDisposition()).default) + k / tracks.length,
      };
    }),
  );
  const [best] = ranked.sort((a, b) => a.rank - b.rank);
  return { track: best.track, count: ranked.filter(({ still }) => still === best.still).length };
}

/** What a player shows as 0, in seconds on the file's own clock: when its first track begins, but in Matroska its own 0. */
export async function beginning(input) {
  if (OWN_ZERO.has((await input.getFormat()).name)) return 0;
  const tracks = await input.getTracks();
  const begin = await Promise.all(tracks.map((track) => track.getFirstTimestamp()));
  return Math.min(...begin.filter(Number.isFinite));
}
