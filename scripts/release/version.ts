/** The numbers of a version: major, minor, patch. */
export type Version = readonly [major: number, minor: number, patch: number];

const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

/** The numbers of a text such as `1.2.3`; undefined if it is no version. */
export function parseVersion(text: string): Version | undefined {
  const [, major, minor, patch] = VERSION.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)];
}

/** Whether `version` can follow `previous`: the next patch, the next minor or the next major version. */
export function canFollow([major, minor, patch]: Version, previous: Version): boolean {
  const [previousMajor, previousMinor, previousPatch] = previous;
  if (major === previousMajor + 1) return minor === 0 && patch === 0;
  if (major !== previousMajor) return false;
  if (minor === previousMinor + 1) return patch === 0;
  return minor === previousMinor && patch === previousPatch + 1;
}
