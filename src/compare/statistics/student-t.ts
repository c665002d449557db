import { bisect, errorFunction, mean, sampleStandardDeviation } from 'simple-statistics';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * P(T <= t) of Student's t with a whole number of degrees of freedom: Abramowitz and Stegun, Handbook of
 * Mathematical Functions, 26.7.3 (odd) and 26.7.4 (even).
 */
export function tProbability(t: number, degrees: number): number {
  const theta = Math.atan(t / Math.sqrt(degrees));
  const cosine = Math.cos(theta);
  const sine = Math.sin(theta);
  let within: number; // P(-t < T < t) for positive t, negative for negative t
  if (degrees === 1) within = (2 * theta) / Math.PI;
  else if (degrees % 2 === 1) {
    let term = cosine;
    let sum = term;
    for (let k = 3; k <= degrees - 2; k += 2) sum += term *= (cosine ** 2 * (k - 1)) / k;
    within = (2 / Math.PI) * (theta + sine * sum);
  } else {
    let term = 1;
    let sum = term;
    for (let k = 2; k <= degrees - 2; k += 2) sum += term *= (cosine ** 2 * (k - 1)) / k;
    within = sine * sum;
  }
  return 0.5 + within / 2;
}

/** The t that is exceeded with probability `1 - p`, for `p` from 0.5 to 1 - 1e-6. */
export function tQuantile(p: number, degrees: number): number {
  return bisect((t) => tProbability(t, degrees) - p, 0, 1e6, 200, 1e-12);
}

/** P(Z <= z) of the standard normal distribution. */
export function normalProbability(z: number): number {
  return 0.5 + errorFunction(z / Math.SQRT2) / 2;
}

/** The 95 % confidence interval of the mean of `values`, on the assumption that they are normally distributed. */
export function tInterval(values: readonly number[]): Interval {
  if (values.length < 2) return { low: -Infinity, high: Infinity };
  const middle = mean([...values]);
  const arm = (tQuantile(0.975, values.length - 1) * sampleStandardDeviation([...values])) / Math.sqrt(values.length);
  return { low: middle - arm, high: middle + arm };
}
