import { readFileSync } from 'node:fs';

import { SESSION_FRAMES, SESSION_VERSION } from './session-frames.ts';
import { vectorsUrl } from './vectors-url.ts';

/** Where the bytes of version 3 are kept. */
export const SESSION_VECTORS_URL: URL = vectorsUrl('session-frames-v3.json');

/** The bytes of one sample. */
export interface SessionVector {
  readonly place: string;
  readonly name: string;
  readonly hex: string;
}

/** The kept bytes of version 3. */
export interface SessionVectors {
  readonly about: readonly string[];
  readonly version: number;
  readonly frames: readonly SessionVector[];
}

/** The bytes as the code writes them today. */
export function recordSessionVectors(): SessionVectors {
  return {
    about: [
      'The records, main messages, lane frames and exceptions that version 3 of our extension brings, which PROTOCOL.md describes.',
      'Recorded by `npm run fix:vectors` from the samples in session-frames.ts, which say what each of them means. A record is its data, a lane frame has its mark and length, an exception is the payload of its reply.',
      'No release has version 3 yet, so a change that is meant to change these bytes records them anew. From the release on that has it, this file stays as it is.',
    ],
    version: SESSION_VERSION,
    frames: SESSION_FRAMES.map(({ place, name, encode }) => ({
      place,
      name,
      hex: encode().toString('hex'),
    })),
  };
}

/** The bytes that are kept. */
export function readSessionVectors(): SessionVectors {
  return JSON.parse(readFileSync(SESSION_VECTORS_URL, 'utf8')) as SessionVectors;
}

/** The file's text. */
export function formatSessionVectors(vectors: SessionVectors): string {
  return `${JSON.stringify(vectors, null, 1)}\n`;
}
