import { turns } from './turns.ts';

/** So many at a time, so that those who make an endless number leave some of the loop to others. */
const NUMBERS_PER_TURN = 64;

/** Numbers from 0 on, with an account of how many were made and how often somebody has done with them. */
export class Numbers {
  /** Numbers that were made. */
  made = 0;
  /** Generators that have ended, whichever way: their `finally` ran. */
  ended = 0;

  /** @param count - how many there are; Infinity: without an end. */
  async *upTo(count: number): AsyncGenerator<number> {
    try {
      for (let number = 0; number < count; number++) {
        this.made++;
        if (this.made % NUMBERS_PER_TURN === 0) await turns(1);
        yield number;
      }
    } finally {
      this.ended++;
    }
  }

  /** The same, and then an error. */
  async *failingAfter(count: number, error: Error): AsyncGenerator<number> {
    yield* this.upTo(count);
    throw error;
  }
}

/** Reads until an error comes; gives what came before it, and the error. Fails at a clean end. */
export async function gatherToError<T>(
  items: AsyncIterable<T>,
): Promise<{ readonly items: T[]; readonly error: unknown }> {
  const gathered: T[] = [];
  try {
    for await (const item of items) gathered.push(item);
  } catch (error) {
    return { items: gathered, error };
  }
  throw new Error('the stream came to a clean end');
}
