/**
 * SHA-256 (FIPS 180-4) of a text, in hexadecimal. By hand, because loading Node's own cryptography takes longer than judging a
 * manifest, and only names of findings are made by it: nothing here guards a secret.
 */
export function sha256(text: string): string {
  const length = encode(text);
  const state = Int32Array.from(INITIAL);
  for (let block = 0; block < length; block += 64) compress(state, block);
  let hex = '';
  for (const word of state) hex += (word >>> 0).toString(16).padStart(8, '0');
  return hex;
}

let bytes = new Uint8Array(1024);
let view = new DataView(bytes.buffer);
const encoder = new TextEncoder();

/** Puts the text, padded to whole blocks, where `compress` reads it; returns how long it is then. */
function encode(text: string): number {
  // In UTF-8 no unit of a string takes more than three bytes.
  if (text.length * 3 + 72 > bytes.length) {
    bytes = new Uint8Array(text.length * 3 + 72);
    view = new DataView(bytes.buffer);
  }
  const { written } = encoder.encodeInto(text, bytes);
  const length = (written + 72) & ~63;
  bytes.fill(0, written, length);
  bytes[written] = 0x80;
  view.setUint32(length - 8, Math.floor(written / 0x2000_0000));
  view.setUint32(length - 4, (written * 8) >>> 0);
  return length;
}

const schedule = new Int32Array(64);

function compress(state: Int32Array, block: number): void {
  for (let i = 0; i < 16; i++) schedule[i] = view.getInt32(block + i * 4);
  for (let i = 16; i < 64; i++) {
    const early = at(schedule, i - 15);
    const late = at(schedule, i - 2);
    const mixedEarly = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3);
    const mixedLate = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10);
    schedule[i] = at(schedule, i - 16) + mixedEarly + at(schedule, i - 7) + mixedLate;
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let i = 0; i < 64; i++) {
    const choice = (e & f) ^ (~e & g);
    const first = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + choice + at(ROUNDS, i) + at(schedule, i)) | 0;
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + majority) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] = at(state, i) + word;
}

function rotate(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

function at(words: Int32Array, index: number): number {
  return words[index] as number;
}

/** The first 32 bits of the fractional parts of roots of the first primes: square roots to begin with, cube roots for the rounds. */
const PRIMES = firstPrimes(64);
const INITIAL = Int32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const ROUNDS = Int32Array.from(PRIMES, (prime) => fraction(Math.cbrt(prime)));

function fraction(root: number): number {
  return Math.floor((root - Math.floor(root)) * 0x1_0000_0000) | 0;
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++) if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  return primes;
}
