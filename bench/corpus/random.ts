/** The only source of chance in the corpus: the same seed gives the same bytes on every machine. */
export interface Random {
  /** At least `low`, at most `high`. */
  int(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** Picks by weight; the weights need not add up to anything. */
  weighted<T>(items: readonly (readonly [weight: number, item: T])[]): T;
  /** `count` different items, in the order of the list. */
  some<T>(items: readonly T[], count: number): T[];
  hex(length: number): string;
  /** Characters as a password generator makes them. */
  token(length: number): string;
}

/** mulberry32: 32 bits of state, equal on every engine because it stays within integer arithmetic. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const letters = (alphabet: string, length: number): string => {
    let text = '';
    while (text.length < length) text += alphabet.charAt(int(0, alphabet.length - 1));
    return text;
  };

  return {
    int,
    chance: (probability) => next() < probability,
    pick: (items) => at(items, int(0, items.length - 1)),
    weighted: (items) => {
      let left = next() * items.reduce((sum, [weight]) => sum + weight, 0);
      for (const [weight, item] of items) {
        left -= weight;
        if (left < 0) return item;
      }
      return at(items, items.length - 1)[1];
    },
    some: (items, count) => {
      let wanted = Math.min(count, items.length);
      return items.filter((_, index) => {
        const taken = next() * (items.length - index) < wanted;
        if (taken) wanted--;
        return taken;
      });
    },
    hex: (length) => letters('0123456789abcdef', length),
    token: (length) => letters('ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789', length),
  };
}

/** A seed for one application, so that a longer corpus begins with the shorter one. */
export function seedFor(seed: number, index: number): number {
  return Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(index + 1, 0xc2b2ae35);
}

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  if (item === undefined) throw new RangeError(`nothing to pick from at ${index} of ${items.length}`);
  return item;
}
