/** One step into a value: an index, or a field's name. */
export type PathSegment = string | number;

/** Longer names are cut, so that a peer cannot fill our logs. */
const MAX_NAME_LENGTH = 64;

/** Formats a path in the syntax of code: `[0].user["full name"][2]`. */
export function formatPath(segments: readonly PathSegment[]): string {
  let path = '';
  for (const segment of segments) path += formatSegment(segment);
  return path;
}

function formatSegment(segment: PathSegment): string {
  if (typeof segment === 'number') return `[${segment}]`;
  const name = segment.length > MAX_NAME_LENGTH ? `${segment.slice(0, MAX_NAME_LENGTH)}…` : segment;
  return isIdentifier(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function isIdentifier(name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
    const isDigit = code >= 0x30 && code <= 0x39;
    if (!isLetter && code !== 0x5f && code !== 0x24 && !(isDigit && i > 0)) return false;
  }
  return name !== '';
}
