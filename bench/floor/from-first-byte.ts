import type { FloorPlan } from './plans.ts';

/** The same, but time counts from the first byte that comes: a long link takes a while to begin. */
export function fromFirstByte(plan: FloorPlan): FloorPlan {
  let start = Number.NaN;
  return {
    send: (output, count) => plan.send(output, count),
    makeReceiver: () => {
      const receiver = plan.makeReceiver();
      return {
        expect: (count) => {
          start = Number.NaN;
          return receiver.expect(count);
        },
        push: (chunk, end) => {
          if (Number.isNaN(start)) start = performance.now();
          receiver.push(chunk, end);
        },
      };
    },
    outcome: (amount) => plan.outcome(amount, (performance.now() - start) / 1e3),
  };
}
