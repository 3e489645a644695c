/** An iterator that can lend its items: they are valid until the next step then. */
export interface LendingItems {
  /** Items are borrowed from now on. To be called before the first step. */
  '~borrow'(): void;
}

/** The reader is done with each item when it asks for the next. Iterators may make use of that. */
export function borrowItems(items: object): void {
  if ('~borrow' in items) (items as LendingItems)['~borrow']();
}
