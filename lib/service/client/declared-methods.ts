import { readField } from '../../errors/foreign.ts';
import { methodName } from '../frame/method-name.ts';

/**
 * The names of the methods of which a server's description declares this. Never throws: what is no
 * description declares none.
 */
export function declaredMethods(description: unknown, what: 'idempotent' | 'once'): Set<string> {
  const names = new Set<string>();
  for (const service of listIn(description, 'services')) {
    const name = readField(service, 'name');
    for (const path of listIn(service, what)) {
      if (typeof name === 'string' && typeof path === 'string') names.add(methodName(name, path));
    }
  }
  return names;
}

function listIn(holder: unknown, name: string): readonly unknown[] {
  const list: unknown = readField(holder, name);
  return Array.isArray(list) ? (list as unknown[]) : [];
}
