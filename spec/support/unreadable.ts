/** Values that throw when they are read, or that have no text, each with a name for titles. */
export function unreadableValues(): [what: string, value: unknown][] {
  return [
    ['an object without a prototype', Object.create(null)],
    [
      'an error whose message is no text',
      Object.assign(new Error('bad'), { message: { toString: 1 } }),
    ],
    ['an error whose message throws', withGetter(new Error('bad'), 'message')],
    ['an error whose cause throws', withGetter(new Error('bad'), 'cause')],
    ['an object whose then throws', withGetter({}, 'then')],
    ['a proxy that was revoked', revokedProxy()],
  ];
}

/** A proxy that throws at every touch. */
export function revokedProxy(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function withGetter<T extends object>(target: T, name: string): T {
  return Object.defineProperty(target, name, {
    get: () => {
      throw new Error(`${name} can't be read`);
    },
  });
}
