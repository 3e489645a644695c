import type { Transport } from '../../lib/transport/transport.ts';
import { type Passing, TamperedTransport } from './tampered-transport.ts';

/** Writes down what the dialing side of another transport sends and receives, in order. */
export class RecordingTransport extends TamperedTransport {
  /** What went over one connection in one direction, without a pause. */
  readonly records: readonly Passing[];

  constructor(transport: Transport) {
    const records: Passing[] = [];
    super(transport, (passing) => {
      records.push(passing);
      return passing.bytes;
    });
    this.records = records;
  }
}
