import type { Setting } from './settings-files.ts';

/** `.env` as the libraries read it that programs load it with: `export`, quotes of three kinds that may span lines, comments. The last of a name counts. */
export function readDotenv(text: string): ReadonlyMap<string, Setting> {
  const settings = new Map<string, Setting>();
  let at = 0;
  let line = 1;
  const skipLine = (): void => {
    const end = text.indexOf('\n', at);
    at = end === -1 ? text.length : end + 1;
    line++;
  };
  while (at < text.length) {
    NAME.lastIndex = at;
    const match = NAME.exec(text);
    if (match === null) {
      skipLine();
      continue;
    }
    at += match[0].length;
    const start = line;
    const quote = text[at] ?? '';
    const end = QUOTES.includes(quote) && quote !== '' ? closing(text, at, quote) : -1;
    if (end !== -1) {
      const inside = text.slice(at + 1, end);
      settings.set(match[1] ?? '', { text: quote === '"' ? inside.replaceAll('\\n', '\n').replace(/\\(["\\$])/g, '$1') : inside, line: start, isLiteral: quote === "'" });
      line += inside.split('\n').length - 1;
      at = end + 1;
    } else {
      const stop = text.indexOf('\n', at);
      const raw = text.slice(at, stop === -1 ? undefined : stop);
      settings.set(match[1] ?? '', { text: raw.replace(/(?:^|\s)#.*$/, '').trim(), line: start });
    }
    skipLine();
  }
  return settings;
}

const NAME = /[ \t]{0,100}(?:export[ \t]{1,100})?([A-Za-z_][\w.-]{0,200})[ \t]{0,100}(?:=|:(?=[ \t]))[ \t]{0,100}/y;
const QUOTES = `"'\``;

function closing(text: string, from: number, quote: string): number {
  for (let at = text.indexOf(quote, from + 1); at !== -1; at = text.indexOf(quote, at + 1)) {
    if (quote !== '"' || text[at - 1] !== '\\') return at;
  }
  return -1;
}
