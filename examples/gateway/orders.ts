import { callContext, StatusError } from 'sluice';

export interface Order {
  readonly id: number;
  readonly total: number;
  readonly note: string;
}

const MAX_ID = 100_000;

/** The service behind the gateway. */
export class Orders {
  get(id: number): Order {
    if (!(id >= 1 && id <= MAX_ID)) throw new StatusError('not-found', `there is no order ${id}`);
    return { id, total: id * 3, note: 'n'.repeat(1_000) };
  }

  async *list(count: number): AsyncGenerator<Order> {
    for (let id = 1; id <= count; id++) yield this.get(id);
  }

  /** The name in the caller's certificate. */
  caller(): string {
    return String(callContext().principal);
  }
}
