import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** Starts a program that stands beside this one. It does not outlive this one. */
export function start(file: string, ...args: readonly string[]): ChildProcess {
  const path = new URL(file, import.meta.url).pathname;
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const program = spawn(process.execPath, [path, ...args], { stdio: [...stdio] });
  process.once('exit', () => program.kill('SIGKILL'));
  return program;
}

/** The next line that it prints. */
export async function lineOf({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the output is not read');
  const [line] = (await once(createInterface(stdout), 'line')) as [string];
  return line;
}

/** Resolves with the exit code, or the name of the signal that has ended it. */
export async function ended(program: ChildProcess): Promise<number | string | null> {
  if (program.exitCode === null && program.signalCode === null) await once(program, 'exit');
  return program.exitCode ?? program.signalCode;
}
