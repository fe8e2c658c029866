/**
 * Splits a line as Redis does (sds.c, sdssplitargs): blanks separate, double quotes know escapes, single quotes only `\'`.
 * Undefined where a quote is not closed, or something follows the closing one: the server then refuses to start. Valkey 9 joins
 * what follows, as a shell does.
 */
export function splitRedisWords(line: string, joinsQuotes = false): string[] | undefined {
  const words: string[] = [];
  for (let at = 0; ; ) {
    while (at < line.length && isBlank(line[at])) at++;
    if (at >= line.length || line[at] === '\0') return words;
    let word = '';
    while (at < line.length && !isBlank(line[at]) && line[at] !== '\0') {
      const quote = line[at];
      if (quote !== '"' && quote !== "'") {
        word += quote;
        at++;
        continue;
      }
      const read = quote === '"' ? readDoubleQuoted(line, at + 1) : readSingleQuoted(line, at + 1);
      if (read === undefined || (!joinsQuotes && read.end < line.length && !isBlank(line[read.end]))) return undefined;
      word += read.text;
      at = read.end;
    }
    words.push(word);
  }
}

interface Quoted {
  readonly text: string;
  /** Just past the closing quote. */
  readonly end: number;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

function readDoubleQuoted(line: string, from: number): Quoted | undefined {
  let text = '';
  for (let at = from; at < line.length; at++) {
    const character = line[at] ?? '';
    if (character === '"') return { text, end: at + 1 };
    const hexadecimal = character === '\\' ? /^x([0-9a-fA-F]{2})/.exec(line.slice(at + 1, at + 4)) : null;
    if (hexadecimal !== null) {
      text += String.fromCharCode(Number.parseInt(hexadecimal[1] ?? '', 16));
      at += 3;
    } else if (character === '\\' && at + 1 < line.length) {
      at++;
      const escaped = line[at] ?? '';
      text += ESCAPES[escaped] ?? escaped;
    } else text += character;
  }
  return undefined;
}

function readSingleQuoted(line: string, from: number): Quoted | undefined {
  let text = '';
  for (let at = from; at < line.length; at++) {
    if (line[at] === "'") return { text, end: at + 1 };
    if (line[at] === '\\' && line[at + 1] === "'") {
      text += "'";
      at++;
    } else text += line[at];
  }
  return undefined;
}

/** What `isspace` of C takes for a blank. */
function isBlank(character: string | undefined): boolean {
  return character !== undefined && ' \t\n\v\f\r'.includes(character);
}
