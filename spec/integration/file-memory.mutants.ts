import { DigestFilter } from '../../lib/blob/appended-digest.ts';
import { IncomingBlob } from '../../lib/blob/incoming-blob.ts';
import { readFrom } from '../../lib/blob/read-from.ts';
import { receiveInto } from '../../lib/blob/receive-into.ts';
import { sendFile } from '../../lib/blob/send.ts';
import { CallIterator } from '../../lib/service/client/call-iterator.ts';
import { Pump } from '../../lib/stream/value/pump.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'B1-take',
    of: sendFile,
    in: 'memoryOf',
    find: 'isStreamSink(sink)',
    replace: 'isStreamSink(undefined)',
    why: 'a file is sent from new memory for each chunk',
  },
  {
    row: 'B1-take',
    of: readFrom,
    find: 'pieces.push(give(',
    replace: 'pieces.push(ownMemory(',
    why: 'memory of the stream is not read into',
  },
  {
    row: 'B1-take',
    of: Pump,
    in: 'start',
    find: 'if (hooks.onSend === undefined) ',
    replace: '',
    why: 'chunks that a hook has kept change',
  },
  {
    row: 'B1-take',
    of: Pump,
    in: 'start',
    find: 'this.#producer.memory = this.#sink;',
    replace: '{}',
    why: 'a file that is a value is sent from new memory for each chunk',
  },
  {
    row: 'B1-take',
    of: IncomingBlob,
    in: 'constructor',
    find: "if (memory === 'borrowed') borrowItems(this.#iterator);",
    replace: '',
    why: 'a file is received in new memory for each chunk',
  },
  {
    row: 'B1-take',
    of: CallIterator,
    in: '#open',
    find: 'if (this.#isBorrowing) borrowItems(items);',
    replace: '',
    why: 'a file that a call returns is received in new memory for each chunk',
  },
  {
    row: 'B1-borrowed',
    of: receiveInto,
    find: ", 'own'",
    replace: '',
    why: 'chunks that a Writable has kept change',
  },
  {
    row: 'B1-borrowed',
    of: DigestFilter,
    in: 'content',
    find: 'Buffer.from(message)',
    replace: 'message',
    why: 'a chunk that looks like a digest changes before it is taken',
  },
];
