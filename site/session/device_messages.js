// Why a camera or a screen is not there, in words for the person in front of it.

const RULES = {
  Insecure: () => [
    "This page is not served securely",
    "Browsers give cameras and screens to secure pages only. Open it by https, or from this computer as localhost.",
  ],
  NoScreens: () => [
    "This browser cannot share a screen",
    "Phones usually cannot. Use a browser on a computer, or point the camera at the display: it will not feel stared at.",
  ],
  NotAllowedError: (kind) =>
    kind === "camera"
      ? [
          "The camera was refused",
          "Allow it for this page in the address bar, where the little camera is, and in the system's privacy settings. Then try again.",
        ]
      : [
          "Nothing was shared",
          "Choose a screen, a window or a tab in the browser's dialog, and share it. Where no dialog came, the system's privacy settings forbid it.",
        ],
  NotFoundError: (kind) =>
    kind === "camera"
      ? [
          "There is no camera here",
          "Plug one in, or switch it on, and try again. Pictures and the screen work without.",
        ]
      : ["There is nothing to share", "The browser found no screen."],
  NotReadableError: (kind) => [
    `The ${kind} does not answer`,
    "Another program may be using it. Close that, or plug it in again, and try again.",
  ],
};
RULES.OverconstrainedError = RULES.NotFoundError;
RULES.DevicesNotFoundError = RULES.NotFoundError;
RULES.SecurityError = RULES.NotAllowedError;

/** {title, text} for an error of asking for a source. */
export function refusal(kind, error) {
  const [title, text] = RULES[error.name]?.(kind) ?? [
    `The ${kind} could not be started`,
    `${error.message || error.name}. Try again; another browser may help.`,
  ];
  return { title, text };
}

const ENDS = {
  camera: {
    title: "The camera has gone",
    text: "It was unplugged, or its permission was taken back. What was recorded is safe.",
  },
  screen: {
    title: "Sharing was stopped",
    text: "The window was closed, or you stopped it in the browser's bar. What was recorded is safe.",
  },
  worker: { title: "Watching has stopped", text: "Most often memory ran out. What was recorded is safe; start again." },
};

/** {title, text} where a source ended by itself. */
export const endedWords = (what) => ENDS[what];
