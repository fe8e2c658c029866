/** From so many letters on, Node's own is worth its loading. */
const MANY = 2 ** 16;

let letters = 0;
let node: typeof import('node:crypto') | undefined;

/**
 * SHA-256 of a text, in hex. Loading `node:crypto` takes 10 ms, a tenth of what the scan of a manifest costs, and Node's own is only
 * eight times as quick: so a few names are digested here.
 */
export function sha256(text: string): string {
  letters += text.length;
  if (letters < MANY) return digest(Buffer.from(text, 'utf8'));
  node ??= process.getBuiltinModule('node:crypto');
  return node.hash('sha256', text, 'hex');
}

/** As FIPS 180-4 has it, and in its words. */
function digest(message: Buffer): string {
  const padded = new DataView(new ArrayBuffer((message.length + 72) & ~63));
  for (const [i, byte] of message.entries()) padded.setUint8(i, byte);
  padded.setUint8(message.length, 0x80);
  padded.setUint32(padded.byteLength - 4, message.length * 8);
  const hash = Int32Array.from(INITIAL);
  const schedule = new Int32Array(64);
  for (let at = 0; at < padded.byteLength; at += 64) {
    for (let t = 0; t < 16; t++) schedule[t] = padded.getInt32(at + t * 4);
    digestBlock(schedule, hash);
  }
  return Array.from(hash, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

function digestBlock(w: Int32Array, hash: Int32Array): void {
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15] as number;
    const y = w[t - 2] as number;
    w[t] = (rotr(y, 17) ^ rotr(y, 19) ^ (y >>> 10)) + (w[t - 7] as number) + (rotr(x, 7) ^ rotr(x, 18) ^ (x >>> 3)) + (w[t - 16] as number);
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = hash;
  for (let t = 0; t < 64; t++) {
    const t1 = h + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + (ROUNDS[t] as number) + (w[t] as number);
    const t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) hash[i] = (hash[i] as number) + word;
}

function rotr(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

/** The standard takes its constants from the roots of the first primes. */
const PRIMES = primes(64);
const ROUNDS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));
const INITIAL = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

/** The first 32 bits behind the point. */
function fraction(root: number): number {
  return Math.floor((root % 1) * 2 ** 32);
}
