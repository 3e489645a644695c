/** The two builds that are compared: that of the commit that was named, and that of this working copy. */
export type Side = 'old' | 'new';

/** Something of both sides. */
export type OfBoth<T> = Readonly<Record<Side, T>>;
