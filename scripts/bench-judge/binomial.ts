/** How many of `trials` succeed when each does with `chance` (0 to 1). */
export type Binomial = (trials: number, chance: number) => number;

/** Exact binomial counts from uniform numbers in [0, 1): inversion from the mode outwards, about one standard deviation of steps. */
export function createBinomial(random: () => number): Binomial {
  return (trials, chance) => {
    if (trials === 0 || chance <= 0) return 0;
    if (chance >= 1) return trials;
    return chance > 0.5 ? trials - draw(random(), trials, 1 - chance) : draw(random(), trials, chance);
  };
}

function draw(uniform: number, trials: number, chance: number): number {
  const odds = chance / (1 - chance);
  const mode = Math.floor((trials + 1) * chance);
  const logChoose = mode === 0 ? 0 : logFactorial(trials) - logFactorial(mode) - logFactorial(trials - mode);
  const atMode = Math.exp(logChoose + mode * Math.log(odds) + trials * Math.log1p(-chance));
  let left = uniform - atMode;
  let [below, above] = [mode, mode];
  let [massBelow, massAbove] = [atMode, atMode];
  while (left >= 0 && (below > 0 || above < trials)) {
    if (above < trials) {
      massAbove *= ((trials - above) / (above + 1)) * odds;
      above++;
      left -= massAbove;
      if (left < 0) return above;
    }
    if (below > 0) {
      massBelow *= below / (trials - below + 1) / odds;
      below--;
      left -= massBelow;
      if (left < 0) return below;
    }
    // What is left is rounding.
    if (massAbove + massBelow < 1e-300) break;
  }
  return mode;
}

const logFactorials = [0];

function logFactorial(count: number): number {
  for (let next = logFactorials.length; next <= count; next++) logFactorials.push(logFactorials[next - 1]! + Math.log(next));
  return logFactorials[count]!;
}
