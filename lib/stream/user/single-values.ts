/** The tuple for a chunk that was written to a stream of single values. */
export function toTuple<T extends unknown[]>(chunk: unknown, arity: number | undefined): T {
  const isTuple = arity === undefined ? Array.isArray(chunk) : arity !== 1;
  // Only the serializer can judge whether the tuple fits the sink's type.
  return (isTuple ? chunk : [chunk]) as T;
}

/** The single value of a tuple with one member, or the tuple itself. */
export function fromTuple(message: unknown[]): unknown {
  return message.length === 1 ? message[0] : message;
}
