import { type Initiator, RpcError } from './rpc-error.ts';
import { setName } from './set-name.ts';

/** One way in which a value does not fit its schema. */
export interface ValidationIssue {
  /** The problem, in the schema's words. */
  readonly message: string;
  /**
   * The place: `args`, `result` or `item`, and from there inwards, for example `['args', 0,
   * 'name']`.
   */
  readonly path: readonly (string | number)[];
}

/** A value does not fit its schema; `issues` says how. */
export class ValidationError extends RpcError {
  override readonly code = 'ERR_VALIDATION';
  /** The problems of the value, in the order in which its schema found them. */
  readonly issues: readonly ValidationIssue[];
  static {
    setName(this, 'ValidationError');
  }
  /** @internal */
  constructor(
    message: string,
    issues: readonly ValidationIssue[],
    facts: { readonly scope: 'call' | 'stream'; readonly initiator: Initiator },
  ) {
    super(message, facts);
    this.issues = issues;
  }
}
