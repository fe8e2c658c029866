/** A version as an image's tag has it. */
export interface Version {
  readonly major: number;
  readonly minor: number | undefined;
  readonly patch: number | undefined;
}

/** `7.2.4-alpine`, `v6.3.4`, `16`; undefined for a tag that holds no version. */
export function parseVersion(text: string): Version | undefined {
  const match = /^v?(\d{1,4})(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?(?![\d.])/.exec(text);
  if (match === null) return undefined;
  const [, major, minor, patch] = match;
  return { major: Number(major), minor: minor === undefined ? undefined : Number(minor), patch: patch === undefined ? undefined : Number(patch) };
}
