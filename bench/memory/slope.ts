/** A value at a time. */
export interface Sample {
  readonly seconds: number;
  readonly value: number;
}

/** How much the value grows in a second: the slope of the line of least squares. */
export function slopeOf(samples: readonly Sample[]): number {
  const count = samples.length;
  const meanSeconds = samples.reduce((sum, { seconds }) => sum + seconds, 0) / count;
  const meanValue = samples.reduce((sum, { value }) => sum + value, 0) / count;
  let products = 0;
  let squares = 0;
  for (const { seconds, value } of samples) {
    products += (seconds - meanSeconds) * (value - meanValue);
    squares += (seconds - meanSeconds) ** 2;
  }
  return products / squares;
}
