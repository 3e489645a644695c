import type { AckKind, Acks } from '../../lib/wire/acks.ts';

/** The entries of acknowledgements as a list: number or id, acknowledged, taken. */
export function entriesOf(acks: Acks, kind: AckKind): unknown[] {
  return Array.from({ length: acks.count }, (_, at) => [
    kind === 'stream-ack' ? acks.numberAt(at) : acks.idAt(at),
    acks.acknowledgedAt(at),
    acks.takenAt(at),
  ]);
}
