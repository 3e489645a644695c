import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Something that was published: the name of the channel, a copy of the event, and the event itself. */
export type Published<E> = [name: string, event: E, object: E];

/** What was published on these channels while `work` ran, in order. */
export async function published<E extends object>(
  names: readonly string[],
  work: () => Promise<void> | void,
): Promise<Published<E>[]> {
  const events: Published<E>[] = [];
  const listeners = names.map((name): [string, (event: unknown) => void] => [
    name,
    (event) => events.push([name, { ...(event as E) }, event as E]),
  ]);
  for (const [name, listener] of listeners) subscribe(name, listener);
  try {
    await work();
  } finally {
    for (const [name, listener] of listeners) unsubscribe(name, listener);
  }
  return events;
}
