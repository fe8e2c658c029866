import { boolCoreTag, floatCoreTag, intCoreTag, NOT_RESOLVED, nullCoreTag } from 'js-yaml';

/** `kubernetes` reads scalars as kubectl does (YAML 1.1 with exceptions), `compose` as YAML 1.2. */
export type YamlDialect = 'kubernetes' | 'compose';

export type Scalar = null | boolean | number | bigint | string;

/** What an unquoted text means. Not a finite number: `.inf` and `.nan`, which have no JSON form. */
export function resolvePlain(text: string, dialect: YamlDialect): Scalar {
  return dialect === 'kubernetes' ? resolveForKubernetes(text) : resolveCore(text);
}

/** What a text with a tag of YAML's own means; undefined where it is not what the tag says. Other tags are ignored, as kubectl does. */
export function resolveTagged(text: string, tag: string, dialect: YamlDialect): Scalar | undefined {
  const plain = (): Scalar => resolvePlain(text, dialect);
  switch (tag) {
    case 'tag:yaml.org,2002:null':
      return plain() === null ? null : undefined;
    case 'tag:yaml.org,2002:bool': {
      const value = plain();
      return typeof value === 'boolean' ? value : undefined;
    }
    case 'tag:yaml.org,2002:int': {
      const value = plain();
      return typeof value === 'bigint' || Number.isInteger(value) ? value : undefined;
    }
    case 'tag:yaml.org,2002:float': {
      const value = plain();
      return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : undefined;
    }
    case 'tag:yaml.org,2002:binary':
      return BASE64.test(text) ? Buffer.from(text, 'base64').toString('utf8') : undefined;
    default:
      return text;
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Keys of JSON are strings: `yes: 1` has the key `true`, and `0x10: 1` the key `16`. */
export function keyText(value: Scalar): string {
  if (typeof value !== 'number' || Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf';
}

const CORE_TAGS = [nullCoreTag, boolCoreTag, intCoreTag, floatCoreTag];

function resolveCore(text: string): Scalar {
  for (const tag of CORE_TAGS) {
    const value = tag.resolve(text, false, tag.tagName);
    if (value !== NOT_RESOLVED) return value;
  }
  return text;
}

const WORDS: ReadonlyMap<string, Scalar> = new Map<string, Scalar>([
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'false', 'False', 'FALSE'].map((word) => [word, false] as const),
  ...['.inf', '.Inf', '.INF', '+.inf', '+.Inf', '+.INF'].map((word) => [word, Number.POSITIVE_INFINITY] as const),
  ...['-.inf', '-.Inf', '-.INF'].map((word) => [word, Number.NEGATIVE_INFINITY] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
]);
const LONGEST_WORD = 5;
/** 64 binary digits, with room for zeros before them: to make an exact number of a million digits takes long. */
const LONGEST_INTEGER = 200;

const INTEGER = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/** As go-yaml's resolve(): words, then Go's ParseInt with base 0, then a float. `0644` is 420, `08` is 8, `1:30` a string. */
function resolveForKubernetes(text: string): Scalar {
  if (text.length <= LONGEST_WORD) {
    const word = WORDS.get(text);
    if (word !== undefined) return word;
  }
  const first = text.charCodeAt(0);
  const isNumeric = (first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46;
  if (!isNumeric) return text;
  // A text that begins with a dot goes to ParseFloat as it stands.
  const digits = first === 46 || !text.includes('_') ? text : text.replaceAll('_', '');
  if (digits.length <= LONGEST_INTEGER && INTEGER.test(digits)) {
    const integer = parseInteger(digits);
    // Beyond 64 bits Go falls back to a float.
    if (typeof integer === 'number' || (integer <= 2n ** 64n - 1n && integer >= -(2n ** 63n))) return integer;
  }
  if (!FLOAT.test(digits)) return text;
  const float = Number(digits);
  return Number.isFinite(float) ? float : text;
}

/** Integers that a double cannot hold exactly stay exact. */
function parseInteger(digits: string): number | bigint {
  const negative = digits.startsWith('-');
  const unsigned = digits.replace(/^[-+]/, '');
  const literal = /^0[0-7]/.test(unsigned) ? `0o${unsigned.slice(1)}` : unsigned;
  const small = Number(literal);
  if (Number.isSafeInteger(small)) return negative && small !== 0 ? -small : small;
  const exact = BigInt(literal);
  return negative ? -exact : exact;
}
