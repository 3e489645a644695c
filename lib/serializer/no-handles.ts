import { MisuseError } from '../errors/errors.ts';
import type { StreamHandles } from './serializer.ts';

function refuse(): never {
  throw new MisuseError(
    'a sink can only be passed in the arguments or the result of a call',
    'stream',
  );
}

function refuseOffer(): never {
  throw new MisuseError("a verb's stream takes no streams in its messages", 'stream');
}

/** For values that can't hold streams: the messages of a verb's stream. */
export const NO_HANDLES: StreamHandles = Object.freeze<StreamHandles>({
  describe: refuse,
  resolve: refuse,
  // The result is never used: `resolve` and `accept` refuse every stream.
  serializerNamed: (_name, own) => own,
  offer: refuseOffer,
  accept: refuseOffer,
});
