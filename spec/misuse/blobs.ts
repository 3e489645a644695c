import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';

import {
  blobOf,
  fileBlob,
  partialBytes,
  receiveBytes,
  receiveFile,
  receiveInto,
  sendBytes,
  sendFile,
  sendFrom,
} from '../../lib/blob.ts';
import type { Sink } from '../../lib/index.ts';
import {
  type Misuse,
  type MisusedFunction,
  misuse,
  noOptions,
  noTexts,
  noThings,
  option,
  SIGNALS,
  TIMES,
  unreadable,
  wrongOption,
} from './rows.ts';

const BYTES = new Uint8Array(1);
const NOWHERE = join(tmpdir(), 'sluice-misuse', 'none');

async function* noBytes(): AsyncGenerator<Uint8Array> {}

/** The options of both sides. */
function ofTransfers(caller: string): Misuse[] {
  return [
    ...noOptions(caller),
    ...wrongOption(caller, 'timeoutMs', 'a number from 0 on', TIMES),
    ...wrongOption(caller, 'signal', 'an AbortSignal', SIGNALS),
    ...wrongOption(caller, 'checksum', 'none, sha256 or crc32', [['md5', '"md5"']]),
    ...wrongOption(caller, 'onProgress', 'a function', [[5, '5']]),
    ...wrongOption(caller, 'totalBytes', 'a whole number from 0 on', [['5', '"5"']]),
    ...wrongOption(caller, 'clock', 'a Clock', [[{}, 'an object']]),
  ];
}

function ofSending(caller: string): Misuse[] {
  return [
    ...ofTransfers(caller),
    option(caller, { chunkSize: 5 }, 'chunkSize', 'there is no such option'),
    ...wrongOption(caller, 'chunkBytes', 'a whole number from 0 to 16777216', [[-1, '-1']]),
    ...wrongOption(caller, 'appendDigest', 'true or false', [['yes', '"yes"']]),
    ...wrongOption(caller, 'onSent', 'a function', [[true, 'true']]),
  ];
}

function ofSendingFiles(caller: string): Misuse[] {
  return [
    ...ofSending(caller),
    ...wrongOption(caller, 'start', 'a whole number from 0 on', [[-1, '-1']]),
    ...wrongOption(caller, 'resumeFrom', 'a whole number from 0 on', [['5', '"5"']]),
  ];
}

function ofReceiving(caller: string): Misuse[] {
  return [
    ...ofTransfers(caller),
    option(caller, { maxSize: 5 }, 'maxSize', 'there is no such option'),
    option(caller, { maxByte: 5 }, 'maxByte', 'there is no such option; did you mean maxBytes?'),
  ];
}

function ofPaths(caller: string): Misuse[] {
  return [
    ...noTexts((shown) => `${caller}: path must be a string, not ${shown}`),
    misuse(undefined, `${caller}: path must be a string, not undefined`),
    misuse('', `${caller}: path must not be empty`),
    misuse('a\0b', `${caller}: path must not contain U+0000`),
  ];
}

function noSinks(caller: string): Misuse[] {
  const text = (shown: string): string => `${caller}: sink must be a sink, not ${shown}`;
  return noThings(text, [{}, 'an object'], [new WritableStream(), 'a WritableStream']);
}

function noPieces(caller: string, argument: string): Misuse[] {
  const text = (shown: string): string =>
    `${caller}: ${argument} must be an async iterable of Uint8Arrays, not ${shown}`;
  return noThings(text, [BYTES, 'an Uint8Array'], [unreadable(), 'an object']);
}

export const BLOBS: readonly MisusedFunction[] = [
  {
    of: 'blobOf',
    misuses: ofSending('blobOf'),
    attempt: (given: object) => blobOf(BYTES, given),
  },
  {
    of: 'fileBlob',
    misuses: ofSendingFiles('fileBlob'),
    attempt: (given: object) => fileBlob(NOWHERE, given),
  },
  {
    of: 'fileBlob (path)',
    misuses: ofPaths('fileBlob'),
    attempt: (given: string) => fileBlob(given),
  },
  {
    of: 'sendBytes',
    misuses: ofSending('sendBytes'),
    attempt: (given: object, { sink }) => sendBytes(sink, BYTES, given),
  },
  {
    of: 'sendBytes (sink)',
    misuses: noSinks('sendBytes'),
    attempt: (given: Sink<[Uint8Array]>) => sendBytes(given, BYTES),
  },
  {
    of: 'sendFrom',
    misuses: ofSending('sendFrom'),
    attempt: (given: object, { sink }) => sendFrom(sink, noBytes(), given),
  },
  {
    of: 'sendFrom (content)',
    misuses: noPieces('sendFrom', 'content'),
    attempt: (given: AsyncIterable<Uint8Array>, { sink }) => sendFrom(sink, given),
  },
  {
    of: 'sendFile',
    misuses: ofSendingFiles('sendFile'),
    attempt: (given: object, { sink }) => sendFile(sink, NOWHERE, given),
  },
  {
    of: 'sendFile (path)',
    misuses: ofPaths('sendFile'),
    attempt: (given: string, { sink }) => sendFile(sink, given),
  },
  {
    of: 'receiveBytes',
    misuses: ofReceiving('receiveBytes'),
    attempt: (given: object) => receiveBytes(noBytes(), given),
  },
  {
    of: 'receiveBytes (source)',
    misuses: noPieces('receiveBytes', 'source'),
    attempt: (given: AsyncIterable<Uint8Array>) => receiveBytes(given),
  },
  {
    of: 'receiveFile',
    misuses: [
      ...ofReceiving('receiveFile'),
      ...wrongOption('receiveFile', 'mode', 'a whole number from 0 to 511', [['600', '"600"']]),
      ...wrongOption('receiveFile', 'resume', 'true or false', [[1, '1']]),
    ],
    attempt: (given: object) => receiveFile(noBytes(), NOWHERE, given),
  },
  {
    of: 'receiveFile (path)',
    misuses: ofPaths('receiveFile'),
    attempt: (given: string) => receiveFile(noBytes(), given),
  },
  {
    of: 'receiveInto',
    misuses: [
      ...ofReceiving('receiveInto'),
      ...wrongOption('receiveInto', 'end', 'true or false', [['no', '"no"']]),
    ],
    attempt: (given: object) => receiveInto(noBytes(), new PassThrough(), given),
  },
  {
    of: 'receiveInto (writable)',
    misuses: noThings(
      (shown) => `receiveInto: writable must be a Node Writable, not ${shown}`,
      [{}, 'an object'],
      [new WritableStream(), 'a WritableStream'],
    ),
    attempt: (given: PassThrough) => receiveInto(noBytes(), given),
  },
  {
    of: 'partialBytes',
    misuses: ofPaths('partialBytes'),
    attempt: (given: string) => partialBytes(given),
  },
];
