import type { U64 } from '../../wire/integers.ts';
import type { HandlerContext } from './handler-context.ts';

/**
 * Decides whether a caller may call a verb: only true, or a promise of true, allows it. A method of
 * a service has a name, and a verb may have one.
 */
export type Authorize = (
  context: HandlerContext,
  verb: { readonly number: U64; readonly name?: string | undefined },
) => boolean | Promise<boolean>;
