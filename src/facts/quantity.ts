const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The same few amounts are written in every container. */
const parsed = new Map<string, number | undefined>();

/** A Kubernetes quantity as a number of its base unit; undefined where it is none, or more than a number holds. */
export function parseQuantity(text: string): number | undefined {
  let amount = parsed.get(text);
  if (amount !== undefined || parsed.has(text)) return amount;
  amount = readQuantity(text.trim());
  if (parsed.size < 1000 && text.length < 30) parsed.set(text, amount);
  return amount;
}

function readQuantity(text: string): number | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([KMGTPE]i|[numkMGTPE]))?$/.exec(text);
  if (match === null) return undefined;
  const [, digits = '', exponent, suffix = ''] = match;
  return finite(exponent === undefined ? Number(digits) * (SUFFIXES[suffix] ?? 1) : Number(digits + exponent));
}

/** A compose byte value (`512m`, `1.5gb`, `64kib`, `1024`), where `m` means mebibytes; undefined where it is none. */
export function parseComposeBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const power = ['', 'k', 'm', 'g', 't'].indexOf((match[2] ?? '').toLowerCase().replace('b', ''));
  return finite(Number(match[1]) * 1024 ** Math.max(0, power));
}

function finite(amount: number): number | undefined {
  return Number.isFinite(amount) ? amount : undefined;
}
