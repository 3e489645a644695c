import type { U64 } from '../../wire/integers.ts';
import type { HandlerContext } from './handler-context.ts';

/** Decides whether a caller may call a verb, which has a name if it is a service's method: false or a rejection refuses. */
export type Authorize = (
  context: HandlerContext,
  verb: { readonly number: U64; readonly name?: string | undefined },
) => boolean | Promise<boolean>;
