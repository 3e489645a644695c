import { SerializationError } from '../../errors/errors.ts';
import type { BsonLimits } from './bson-options.ts';
import { ElementScan, type TypedBinary } from './element-scan.ts';
import { memberIndex } from './member-index.ts';
import { pathAt } from './path-at.ts';

/** The root document has no element. */
const NO_ELEMENT = -1;

/** The result of {@link scanTuple}. */
export interface ScannedTuple {
  /** The highest member index plus one; 0 without members. */
  readonly length: number;
  /** The number of members in the document. */
  readonly memberCount: number;
  /** Whether the members' indexes ascend. Then no member is there twice. */
  readonly isAscending: boolean;
  /** The binaries by the offset of their content; undefined if there are none. */
  readonly binaries: ReadonlyMap<number, TypedBinary> | undefined;
}

/**
 * Checks a message before js-bson reads it. js-bson can decode a message that passes without
 * surprises.
 *
 * @throws SerializationError blaming `remote`, with the path.
 */
export function scanTuple(bytes: Buffer, limits: BsonLimits): ScannedTuple {
  const scan = new ElementScan(bytes, limits);
  const last = scan.documentEnd(0, bytes.length, NO_ELEMENT) - 1;
  if (last + 1 !== bytes.length) {
    refuse(bytes, NO_ELEMENT, `a document of ${last + 1} bytes in ${bytes.length} bytes`);
  }
  let length = 0;
  let memberCount = 0;
  let isAscending = true;
  for (let at = 4; at < last;) {
    const keyEnd = scan.key(at, last);
    const index = memberIndex(bytes, at + 1, keyEnd);
    if (index === -1) refuse(bytes, at, 'the key is not the index of a tuple member');
    if (index < length) isAscending = false;
    else length = index + 1;
    memberCount++;
    at = scan.value(at, keyEnd + 1, last, 0);
  }
  return { length, memberCount, isAscending, binaries: scan.binaries };
}

function refuse(bytes: Buffer, elementAt: number, problem: string): never {
  throw new SerializationError(problem, { path: pathAt(bytes, elementAt), initiator: 'remote' });
}
