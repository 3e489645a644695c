/** The member of a tuple that has one, otherwise the tuple. */
export type SingleOf<T extends unknown[]> = T extends [infer Member] ? Member : T;
