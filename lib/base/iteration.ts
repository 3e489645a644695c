/** The end of an iteration. */
export const DONE: IteratorReturnResult<undefined> = Object.freeze({
  done: true,
  value: undefined,
});

/** The same, as the answer of a step. */
export const LATER_DONE: Promise<IteratorReturnResult<undefined>> = Promise.resolve(DONE);

/**
 *     open --end of stream, or a failure--> over
 *       \
 *        `--return, throw--> left
 */
export type IterationPhase = 'open' | 'over' | 'left';

/** As a generator answers `return(value)`. */
export async function doneWith(value: unknown): Promise<IteratorReturnResult<undefined>> {
  return { done: true, value: (await value) as undefined };
}

/** Leaves an iteration with an error. Iterators need not have a `throw`. */
export function leaveWith(items: AsyncIterator<unknown>, error: unknown): unknown {
  return items.throw === undefined ? items.return?.() : items.throw(error);
}
