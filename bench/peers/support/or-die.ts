/**
 * Wraps a callback of a library that swallows what callbacks throw: here it ends the process, so that
 * a failed check is seen.
 */
export function orDie<Argument>(
  callback: (argument: Argument) => void,
): (argument: Argument) => void {
  return (argument) => {
    try {
      callback(argument);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  };
}
