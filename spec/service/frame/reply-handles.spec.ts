import { expect } from 'chai';

import { callContext, stream } from '../../../lib/index.ts';
import { withServer } from '../../support/with-server.ts';

async function* whoAmI(): AsyncGenerator<string> {
  yield callContext().method;
  await Promise.resolve();
  yield `${callContext().method} again`;
}

interface Service {
  top(): AsyncIterable<string>;
  field(): { rows: AsyncIterable<string> };
  made(): AsyncIterable<string>;
}

describe('service/reply-handles', () => {
  it("makes a stream's items within the call that returned it, wherever it stands in the result", () =>
    withServer(async ({ server, client }) => {
      const service: Service = {
        top: () => whoAmI(),
        field: () => ({ rows: whoAmI() }),
        made: () => stream(() => whoAmI()),
      };
      server.expose('service', service);
      const api = client.api<Service>('service');
      for (const [name, rows] of [
        ['top', await api.top()],
        ['field', (await api.field()).rows],
        ['made', await api.made()],
      ] as const) {
        const items: string[] = [];
        for await (const item of rows) items.push(item);
        expect(items).to.deep.equal([name, `${name} again`]);
      }
    }));
});
