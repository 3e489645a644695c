/** The names of nodes begin so of which the bytes are damaged on their way. */
export const DAMAGED = 'damaged';

/** The names of nodes begin so that do harm. */
export const HOSTILE = 'hostile';

/** Whether a node says what no plan has asked it to say. */
export function isStranger(name: string): boolean {
  return name.startsWith(DAMAGED) || name.startsWith(HOSTILE);
}

/** No operation of a plan has this id. Nothing of it is judged: it only must not harm others. */
export const NO_OPERATION = 0;
