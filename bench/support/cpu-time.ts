import type { Figures } from './workload.ts';

/**
 * Units of the CPU time that each side spends on one call, item or whatever a workload does. On a busy
 * machine it strays much less than what the clock on the wall says.
 */
export const CPU_UNITS: Readonly<Record<string, string>> = {
  '.cpu.server': 'µs',
  '.cpu.client': 'µs',
};

/** What both sides have spent so far, in microseconds. */
export interface CpuTimes {
  readonly server: number;
  readonly client: number;
}

/** Microseconds of CPU that this process has taken since it started, the kernel's work for it included. */
export function cpuTimeUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** The figures of {@link CPU_UNITS}. @param amount - how much was done between the two. */
export function cpuFigures(before: CpuTimes, after: CpuTimes, amount: number): Figures {
  return {
    '.cpu.server': (after.server - before.server) / amount,
    '.cpu.client': (after.client - before.client) / amount,
  };
}
