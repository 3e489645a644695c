import { formatPath, type PathSegment } from '../value-path.ts';
import { ARRAY, BINARY, DOCUMENT, FIXED_WIDTHS, REGEXP, STRING } from './element-types.ts';
import { memberIndex } from './member-index.ts';

/** This much of a name is enough to find it. */
const MAX_NAME_BYTES = 64;

/**
 * The path of the element at `elementAt`. It is found by walking there once more: errors are rare,
 * so the scan itself keeps no path. Everything before the element has been scanned; the element
 * itself may be broken. The path is empty for an offset before the first element.
 */
export function pathAt(bytes: Buffer, elementAt: number): string {
  return formatPath(segmentsAt(bytes, elementAt));
}

/**
 * The path of a missing field.
 *
 * @param last - the terminator of the document that should have the field. The whole document has
 * been scanned.
 */
export function pathOfMissing(bytes: Buffer, last: number, key: PathSegment): string {
  const segments = segmentsAt(bytes, last);
  // The terminator stands where the next element would begin, so the last segment is wrong.
  segments[segments.length - 1] = key;
  return formatPath(segments);
}

function segmentsAt(bytes: Buffer, elementAt: number): PathSegment[] {
  const segments: PathSegment[] = [];
  let at = 4;
  let arrayIndex: number | undefined;
  while (at < elementAt) {
    const keyEnd = bytes.indexOf(0, at + 1);
    const end = valueEnd(bytes, at, keyEnd + 1);
    if (end > elementAt) {
      segments.push(arrayIndex ?? nameAt(bytes, at, segments.length));
      arrayIndex = bytes[at] === ARRAY ? 0 : undefined;
      at = keyEnd + 5;
    } else {
      if (arrayIndex !== undefined) arrayIndex++;
      at = end;
    }
  }
  if (at === elementAt) segments.push(arrayIndex ?? nameAt(bytes, at, segments.length));
  return segments;
}

/** The end of a value that has passed the scan. */
function valueEnd(bytes: Buffer, elementAt: number, at: number): number {
  const type = bytes[elementAt] ?? 0;
  switch (type) {
    case STRING:
      return at + 4 + bytes.readInt32LE(at);
    case DOCUMENT:
    case ARRAY:
      return at + bytes.readInt32LE(at);
    case BINARY:
      return at + 5 + bytes.readInt32LE(at);
    case REGEXP:
      return bytes.indexOf(0, bytes.indexOf(0, at) + 1) + 1;
    default:
      return at + Math.max(FIXED_WIDTHS[type] ?? 0, 0);
  }
}

function nameAt(bytes: Buffer, elementAt: number, depth: number): PathSegment {
  const start = elementAt + 1;
  const terminator = bytes.indexOf(0, start);
  const end = terminator === -1 ? bytes.length : terminator;
  const index = depth === 0 ? memberIndex(bytes, start, end) : -1;
  return index === -1
    ? bytes.toString('utf8', start, Math.min(end, start + MAX_NAME_BYTES))
    : index;
}
