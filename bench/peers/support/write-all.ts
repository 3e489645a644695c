/** A stream of Node's that is written to message by message. */
interface MessageStream {
  write(message: unknown): boolean;
  once(event: 'drain', listener: () => void): unknown;
}

/** Writes so many messages, waiting for `drain` whenever the stream is full. */
export async function writeAll(
  stream: MessageStream,
  messages: readonly unknown[],
  count: number,
): Promise<void> {
  const mask = messages.length - 1;
  for (let i = 0; i < count; i++) {
    if (!stream.write(messages[i & mask])) {
      await new Promise<void>((resolve) => stream.once('drain', resolve));
    }
  }
}
