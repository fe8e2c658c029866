/** One line of a section, split into words as HAProxy does. */
export interface HaproxyLine {
  readonly words: readonly string[];
  readonly line: number;
}

export interface HaproxySection {
  /** `global`, `defaults`, `frontend`, `backend`, `listen`, … */
  readonly kind: string;
  readonly name: string;
  /** The `defaults` section that it names. */
  readonly from: string | undefined;
  readonly lines: readonly HaproxyLine[];
}

export interface HaproxyCfg {
  readonly sections: readonly HaproxySection[];
  /** Lines that count only if a condition holds (`.if`): what is in force is then not known. */
  readonly isConditional: boolean;
}

const SECTIONS = new Set(
  ['global', 'defaults', 'frontend', 'backend', 'listen', 'userlist', 'peers', 'resolvers', 'mailers', 'cache', 'program', 'http-errors', 'ring', 'fcgi-app', 'log-forward'].concat(
    ['log-profile', 'crt-store', 'traces', 'acme'],
  ),
);

/** Reads a configuration of HAProxy (configuration.txt, chapter 2). What a variable stands for is asked of `lookup`. */
export function readHaproxyCfg(text: string, lookup: (name: string) => string | undefined): HaproxyCfg {
  const sections: (HaproxySection & { readonly lines: HaproxyLine[] })[] = [];
  let isConditional = false;
  for (const [index, raw] of text.split('\n').entries()) {
    const words = splitHaproxyWords(raw, lookup);
    const [first = ''] = words;
    if (first === '') continue;
    if (first.startsWith('.')) isConditional ||= /^\.(?:if|elif|else)$/.test(first);
    else if (SECTIONS.has(first)) {
      const from = words.indexOf('from');
      sections.push({ kind: first, name: from === 1 ? '' : (words[1] ?? ''), from: from === -1 ? undefined : words[from + 1], lines: [] });
    } else sections.at(-1)?.lines.push({ words, line: index + 1 });
  }
  return { sections, isConditional };
}

/** Stands for a variable whose value is not known. */
export const UNSEEN_WORD = '\uFFFD';

/** Blanks separate, `#` begins a comment, a backslash takes the next sign as it is, and variables are filled in between double quotes. */
function splitHaproxyWords(line: string, lookup: (name: string) => string | undefined): string[] {
  const words: string[] = [];
  let word = '';
  let isOpen = false;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const sign = line[at] ?? '';
    if (quote === "'") {
      if (sign === "'") quote = '';
      else word += sign;
    } else if (sign === '\\') {
      word += line[++at] ?? '';
      isOpen = true;
    } else if (quote === '"' && sign === '$') {
      const reference = REFERENCE.exec(line.slice(at, at + 300));
      if (reference === null) word += sign;
      else {
        word += lookup(reference[1] ?? reference[3] ?? '') ?? reference[2] ?? UNSEEN_WORD;
        at += reference[0].length - 1;
      }
    } else if (sign === '"' || (sign === "'" && quote === '')) {
      quote = quote === sign ? '' : sign;
      isOpen = true;
    } else if (quote === '' && sign === '#') {
      break;
    } else if (quote === '' && /\s/.test(sign)) {
      if (isOpen || word !== '') words.push(word);
      word = '';
      isOpen = false;
    } else word += sign;
  }
  if (isOpen || word !== '') words.push(word);
  return words;
}

/** Addresses take variables outside of quotes as well (str2sa_range, env_expand). */
export function fillHaproxyAddress(word: string, lookup: (name: string) => string | undefined): string {
  return word.replace(/\$(?:\{([A-Za-z_]\w{0,100})\}|([A-Za-z_]\w{0,100}))/g, (_whole, braced?: string, bare?: string) => lookup(braced ?? bare ?? '') ?? UNSEEN_WORD);
}

const REFERENCE = /^\$(?:\{([A-Za-z_]\w{0,100})(?:-([^}]{0,100}))?(?:\[\*\])?\}|([A-Za-z_]\w{0,100}))/;
