// Cameras and screens: asked for, listed, let go, and their frames handed to a worker.

import { layout } from "../state/store.js";

const BEFORE_ANY_LAYOUT = [1280, 720];

/** A stream of a camera or a screen; rejects as the browser does, or with the name Insecure or NoScreens. */
export function ask(kind, deviceId) {
  const devices = navigator.mediaDevices;
  if (!isSecureContext || !devices) throw Object.assign(new Error(), { name: "Insecure" });
  if (kind === "screen") {
    if (!devices.getDisplayMedia) throw Object.assign(new Error(), { name: "NoScreens" });
    return devices.getDisplayMedia({ video: { frameRate: { ideal: 30 } }, audio: false });
  }
  const [width, height] = layout.value?.frame_size ?? BEFORE_ANY_LAYOUT;
  const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: { ideal: "environment" } };
  return devices.getUserMedia({
    video: { ...which, width: { ideal: width }, height: { ideal: height }, resizeMode: { ideal: "none" } },
    audio: false,
  });
}

/** Let a stream's devices go. */
export const release = (stream) => stream?.getTracks().forEach((track) => track.stop());

/** Hand the track's frames to the worker, in the way that this browser has. Returns what becomes of them in a hidden tab. */
export async function connect({ worker, stops }, track) {
  if (globalThis.MediaStreamTrackProcessor) {
    const frames = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable;
    await worker.call("watch", { frames }, { transfer: [frames] });
    return "goes on";
  }
  const copy = track.clone();
  stops.push(() => copy.stop());
  try {
    await worker.call("watch", { track: copy }, { transfer: [copy] });
    return "goes on";
  } catch {
    copy.stop(); // it cannot be handed over, or the worker has no processor either
  }
  const video = Object.assign(document.createElement("video"), {
    srcObject: new MediaStream([track]),
    muted: true,
    playsInline: true,
  });
  await video.play();
  const step = () => {
    if (!video.srcObject) return;
    video.requestVideoFrameCallback(step); // first: a picture that cannot be taken ends nothing
    const frame = new VideoFrame(video);
    worker.call("take", { frame }, { transfer: [frame] }).catch(() => {});
  };
  video.requestVideoFrameCallback(step);
  stops.push(() => (video.srcObject = null));
  return "pauses";
}

/** The cameras there are: [{deviceId, label}]. */
export async function cameras() {
  const devices = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return devices
    .filter(({ kind }) => kind === "videoinput")
    .map(({ deviceId, label }, k) => ({ deviceId, label: label || `Camera ${k + 1}` }));
}
