/**
 * A number in `[0, 1]` of the distribution Beta(alpha, alpha): even for alpha 1, near 1/2 for a large one, near 0 or 1 for a
 * small one. It is the share of one of two equally distributed gammas in their sum, taken from their logarithms, as a small alpha
 * makes gammas that no number can hold.
 *
 * @param alpha greater than 0
 * @param random numbers in `[0, 1)`
 */
export function betaSample(alpha: number, random: () => number): number {
  const [a, b] = [logGamma(alpha, random), logGamma(alpha, random)];
  return 1 / (1 + Math.exp(b - a));
}

/**
 * The logarithm of a number of the distribution Gamma(alpha): that of Gamma(alpha + 1) by rejection, times U^(1 / alpha)
 * (Marsaglia & Tsang 2000, "A Simple Method for Generating Gamma Variables").
 */
function logGamma(alpha: number, random: () => number): number {
  const d = alpha + 2 / 3; // alpha + 1 - 1/3
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = standardNormal(random);
    const v = (1 + c * x) ** 3;
    const u = 1 - random(); // in (0, 1], whose logarithm is a number
    if (v > 0 && Math.log(u) < x ** 2 / 2 + d * (1 - v + Math.log(v))) {
      return Math.log(d * v) + Math.log(1 - random()) / alpha;
    }
  }
}

/** By Box & Muller (1958). */
function standardNormal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
