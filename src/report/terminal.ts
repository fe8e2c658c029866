/**
 * Everything that can act on a terminal, or hide in it, instead of being seen: control characters, marks that turn the
 * direction of writing, characters without width, line and paragraph separators, halves of surrogate pairs.
 */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Shows as `\u001b` what a terminal would obey. Text from scanned objects is printed only after it went through here. */
export function neutralize(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The same for text that is JSON already: afterwards it reads as the same value. */
export function neutralizeJson(json: string): string {
  return PLAIN.test(json)
    ? json
    : json.replace(UNSEEN, (character) => Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`).join(''));
}

/** Neutralises every string in a value, keys excepted: those are ours. */
export function neutralizeAll<T>(value: T): T {
  return neutralizeValue(value) as T;
}

function neutralizeValue(value: unknown): unknown {
  if (typeof value === 'string') return neutralize(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(neutralizeValue);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, neutralizeValue(entry)]));
}

/** One column each, and nothing unseen: asked first, for properties of Unicode take 3 ms to look up, and quotes and dashes are in most of what is told. */
const PLAIN = /^[\x20-\x7e\xa1-\xac\xae-\u02ff\u2010-\u2027\u2030-\u205e]*$/;
const ESCAPE = '\x1b';
const COLOR_CODES = new RegExp(`${ESCAPE}\\[\\d+m`, 'g');
const WIDTHLESS = /^[\p{Mn}\p{Me}]$/u;
const WIDE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}])$/u;

/** Columns that a neutralised text takes in a terminal, colour codes not counted. Near enough for what is written in YAML. */
export function stringWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  let width = 0;
  for (const character of text.replace(COLOR_CODES, '')) width += characterWidth(character);
  return width;
}

export function characterWidth(character: string): number {
  if (PLAIN.test(character)) return 1;
  if (WIDTHLESS.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** The first part of a text that is at most so wide, whole characters only. */
function takeWidth(text: string, width: number): string {
  if (PLAIN.test(text)) return text.slice(0, width);
  let taken = '';
  let left = width;
  for (const character of text) {
    left -= characterWidth(character);
    if (left < 0) break;
    taken += character;
  }
  return taken;
}

/** A text that is too wide ends in `...`. */
export function cutEnd(text: string, width: number): string {
  return stringWidth(text) <= width ? text : `${takeWidth(text, width - 3)}...`;
}

export type Paint = (text: string) => string;

const CODES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] } as const;

export type Palette = Readonly<Record<keyof typeof CODES, Paint>>;

/** Colours, or functions that leave a text as it is. */
export function palette(color: boolean): Palette {
  const paint = ([on, off]: readonly [number, number]): Paint => (color ? (text) => (text === '' ? text : `${ESCAPE}[${on}m${text}${ESCAPE}[${off}m`) : (text) => text);
  return {
    bold: paint(CODES.bold),
    dim: paint(CODES.dim),
    red: paint(CODES.red),
    green: paint(CODES.green),
    yellow: paint(CODES.yellow),
    cyan: paint(CODES.cyan),
  };
}

/** The variables that have a say in colour. */
export interface ColorEnvironment {
  readonly NO_COLOR?: string | undefined;
  readonly FORCE_COLOR?: string | undefined;
  readonly CLICOLOR_FORCE?: string | undefined;
  readonly TERM?: string | undefined;
}

/** `--color` decides, then NO_COLOR (no-color.org), then FORCE_COLOR and CLICOLOR_FORCE, then what is being written to. */
export function decideColor(flag: 'auto' | 'always' | 'never', env: ColorEnvironment, isTTY: boolean): boolean {
  if (flag !== 'auto') return flag === 'always';
  if (isSet(env.NO_COLOR)) return false;
  const forced = env.FORCE_COLOR;
  if (isSet(forced)) return forced !== '0' && forced !== 'false';
  const clicolor = env.CLICOLOR_FORCE;
  if (isSet(clicolor) && clicolor !== '0') return true;
  return isTTY && env.TERM !== 'dumb';
}

function isSet(variable: string | undefined): variable is string {
  return variable !== undefined && variable !== '';
}
