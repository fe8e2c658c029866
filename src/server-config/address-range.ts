/** A range of addresses of one family, by its first and its last. */
export interface AddressRange {
  readonly family: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

export interface Address {
  readonly family: 4 | 6;
  readonly value: bigint;
}

export function isAddress(text: string): boolean {
  return parseAddress(text) !== undefined;
}

export function parseAddress(text: string): Address | undefined {
  const four = parseFour(text);
  if (four !== undefined) return { family: 4, value: four };
  const six = parseSix(text);
  return six === undefined ? undefined : { family: 6, value: six };
}

function parseFour(text: string): bigint | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let value = 0n;
  for (const part of match.slice(1)) {
    if (Number(part) > 255) return undefined;
    value = value * 256n + BigInt(part);
  }
  return value;
}

function parseSix(text: string): bigint | undefined {
  const zone = text.indexOf('%');
  const address = (zone === -1 ? text : text.slice(0, zone)).toLowerCase();
  if (!/^[0-9a-f:.]{2,45}$/.test(address) || !address.includes(':')) return undefined;
  const [head = '', tail, ...more] = address.split('::');
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  if (more.length > 0 || front === undefined || back === undefined) return undefined;
  const missing = 8 - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...front, ...Array.from({ length: missing }, () => 0), ...back].reduce((value, group) => value * 65_536n + BigInt(group), 0n);
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  for (const [index, part] of text.split(':').entries()) {
    const four = index === text.split(':').length - 1 ? parseFour(part) : undefined;
    if (four !== undefined) groups.push(Number(four >> 16n), Number(four & 65_535n));
    else if (/^[0-9a-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** The addresses that agree with one under a mask: a number of bits, or an address in a field of its own. */
export function parseRange(address: string, mask: string, isAddressMask: boolean): AddressRange | undefined {
  const base = parseAddress(address);
  if (base === undefined) return undefined;
  const width = base.family === 4 ? 32 : 128;
  const bits = isAddressMask ? bitsOf(parseAddress(mask), base.family) : /^\d{1,3}$/.test(mask) ? Number(mask) : undefined;
  if (bits === undefined || bits > width) return undefined;
  const size = 1n << BigInt(width - bits);
  const first = (base.value / size) * size;
  return { family: base.family, first, last: first + size - 1n };
}

/** How many leading ones a mask has; undefined where a zero stands between them, which nobody writes. */
function bitsOf(mask: Address | undefined, family: 4 | 6): number | undefined {
  if (mask === undefined || mask.family !== family) return undefined;
  const width = family === 4 ? 32 : 128;
  const digits = mask.value.toString(2).padStart(width, '0');
  return /^1*0*$/.test(digits) ? digits.replace(/0+$/, '').length : undefined;
}

export function contains(range: AddressRange, address: Address): boolean {
  return range.family === address.family && range.first <= address.value && address.value <= range.last;
}
