import { stream } from '../../lib/index.ts';

/** The name of {@link AwayService} at its server. */
export const AWAY_SERVICE = 'bench';

const ITEM_BYTES = 4_096;

/** What a client leaves behind when it vanishes. */
export type Leftover = 'call' | 'stream';

/** Calls and streams of clients that will vanish. */
export class AwayService {
  /** A call that is never done. */
  hang(): Promise<never> {
    return new Promise(() => {});
  }

  /** A resumable stream of so many bytes. */
  follow(bytes: number): AsyncIterable<string> {
    return stream(textsOf(bytes), { resumable: true });
  }
}

function* textsOf(bytes: number): Generator<string, void, undefined> {
  for (let made = 0; made < bytes; made += ITEM_BYTES) yield 'x'.repeat(ITEM_BYTES);
}
