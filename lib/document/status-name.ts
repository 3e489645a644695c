import { isStatus, type Status } from '../errors/status-error.ts';

/** The name of gRPC's CANCELLED in documents, where version 2 of the extension spells it so. */
const WRITTEN_CANCELLED = 'canceled';

/** The name of a status as it is written into a document. */
export function writtenStatus(status: Status): string {
  return status === 'cancelled' ? WRITTEN_CANCELLED : status;
}

/** The status that a document names. One that we do not know comes from a later version. */
export function readStatus(name: string): Status {
  if (name === WRITTEN_CANCELLED) return 'cancelled';
  return isStatus(name) ? name : 'unknown';
}
