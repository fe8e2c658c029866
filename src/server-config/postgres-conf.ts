/** One line of a `postgresql.conf`; an `include…` line as well, under its own name. */
export interface PostgresSetting {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

export interface PostgresConf {
  readonly settings: readonly PostgresSetting[];
  /** One is enough for the server to refuse the whole file. */
  readonly faults: readonly { readonly line: number; readonly because: string }[];
}

// The tokens of guc-file.l. A marked piece of a text counts as a letter, as every character beyond ASCII does.
const NAME = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*(?:\.[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)?/y;
const SIGN = /[ \t\r]*(?:=[ \t\r]*)?/y;
const QUOTED = /'(?:[^'\\]|\\.|'')*'/y;
const NUMBER = /[-+]?(?:0x[0-9a-fA-F]+[A-Za-z]*|\d+\.\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|\d+[A-Za-z]*)/y;
const PLAIN = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff\-.:/]*/y;
const REST = /[ \t\r]*(?:#.*)?$/y;

/** Reads a configuration file as the server does (guc-file.l): the equals sign may be left out, quotes may not where blanks are. */
export function readPostgresConf(text: string): PostgresConf {
  const settings: PostgresSetting[] = [];
  const faults: { line: number; because: string }[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const start = raw.search(/[^ \t\r]/);
    if (start === -1 || raw[start] === '#') continue;
    const read = readLine(raw, start);
    if (read === undefined) faults.push({ line: index + 1, because: 'it is not of the form name = value' });
    else settings.push({ ...read, line: index + 1 });
  }
  return { settings, faults };
}

function readLine(line: string, start: number): { name: string; value: string } | undefined {
  const name = take(NAME, line, start);
  if (name === undefined) return undefined;
  const from = start + name.length + (take(SIGN, line, start + name.length)?.length ?? 0);
  for (const [pattern, read] of [
    [QUOTED, unquote],
    [NUMBER, (text: string) => text],
    // Two names with a dot between them make a qualified name, which is no value.
    [PLAIN, (text: string) => (/^[A-Za-z_][\w$]*\.[A-Za-z_][\w$]*$/.test(text) ? undefined : text)],
  ] as const) {
    const found = take(pattern, line, from);
    const value = found === undefined ? undefined : read(found);
    if (found !== undefined && value !== undefined && take(REST, line, from + found.length) !== undefined) return { name: name.toLowerCase(), value };
  }
  return undefined;
}

const ESCAPES: Readonly<Record<string, string>> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** A quote is doubled or escaped; so are the usual characters (guc-file.l, DeescapeQuotedString). */
function unquote(text: string): string {
  return text.slice(1, -1).replaceAll(/\\([0-7]{1,3}|.)|''/g, (_, escaped: string | undefined) => {
    if (escaped === undefined) return "'";
    return /^[0-7]/.test(escaped) ? String.fromCharCode(Number.parseInt(escaped, 8) & 255) : (ESCAPES[escaped] ?? escaped);
  });
}

function take(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
