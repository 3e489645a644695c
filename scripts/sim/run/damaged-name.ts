/** The names of nodes begin so of which the bytes are damaged on their way. */
export const DAMAGED = 'damaged';

/** No operation of a plan has this id. Nothing of it is judged: it only must not harm others. */
export const NO_OPERATION = 0;
