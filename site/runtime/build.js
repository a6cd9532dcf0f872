// Which build of the site a script belongs to, and the addresses of its files.

/** 16 hex digits, which tooling/build_id.py puts in the place of these letters. */
export const BUILD = "readout-build-id";

/** What says what the site's files are, of this build alone. */
export const MANIFEST = "manifest.json";

/** How much of a file's SHA-256 its address names. */
const DIGITS = 16;

/**
 * The address of a file of the site. `version` is its SHA-256, or the build, as of scripts: another file is never taken for it, neither
 * from the browser's cache nor, once the site was updated, from the server. Without one it is whatever is there.
 * @param {string} file @param {URL} root @param {string} [version]
 */
export function addressOf(file, root, version) {
  const url = new URL(file, root);
  if (version) url.searchParams.set("v", version.slice(0, DIGITS));
  return url;
}

/** The lock that a page of a build holds for as long as it lives. */
export const lockOf = (root, build) => `readout build ${root.pathname} ${build}`;

/** The name of the cache of the site at `root`; other sites may share its origin. */
export const cacheOf = (root) => `readout ${root.pathname}`;
