/**
 * The steps of an iteration that wait. When the iteration is left, they fail: the answer "done" would
 * say that all items had come, and an adapter around the iterator would take a part for the whole.
 *
 * Code that leaves an iteration often drops the step that waits, so such a failure does not count as
 * an unhandled rejection.
 */
export class WaitingSteps {
  #count = 0;
  /** The one that began to wait when no other did. */
  #first: Promise<unknown> | undefined;

  /** A step begins to wait; returns it. It calls `end` when it is over. */
  begin<T>(step: Promise<T>): Promise<T> {
    // One step at a time is the rule: for that, nothing is allocated.
    if (this.#count++ === 0) this.#first = step;
    else step.catch(ignore);
    return step;
  }

  /** A step no longer waits. */
  end(): void {
    this.#count--;
  }

  /** The iteration is left: its steps are going to fail. */
  leave(): void {
    if (this.#count > 0) this.#first?.catch(ignore);
  }
}

function ignore(): void {}
