/** The tuple that stands for what was written to a stream of single values. */
export function toTuple<T extends unknown[]>(chunk: unknown, arity: number | undefined): T {
  const isTuple = arity === undefined ? Array.isArray(chunk) : arity !== 1;
  // Whether it fits the sink's type, only the serializer can judge.
  return (isTuple ? chunk : [chunk]) as T;
}

/** The single value of a one-member tuple, or the tuple. */
export function fromTuple(message: unknown[]): unknown {
  return message.length === 1 ? message[0] : message;
}
