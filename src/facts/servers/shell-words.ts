/** A word of a script, in the pieces that it is made of. */
export type ShellWord = readonly WordPart[];

export type WordPart =
  | { readonly type: 'text'; readonly text: string; readonly isQuoted: boolean }
  | { readonly type: 'variable'; readonly name: string; readonly operator: string; readonly operand: ShellWord; readonly isQuoted: boolean }
  /** `${NAME[@]}` and `$@`, whose name is then `@`. */
  | { readonly type: 'list'; readonly name: string; readonly isQuoted: boolean }
  | { readonly type: 'substitution'; readonly script: string; readonly isQuoted: boolean }
  /** `=(…)` at the end of an assignment. */
  | { readonly type: 'array'; readonly words: readonly ShellWord[] };

/** How deep brackets and commands may stand in each other. */
export const DEEPEST_NESTING = 100;

/** Reads words from where it stands, with their quotes, variables and substitutions. */
export class ShellWordReader {
  protected readonly text: string;
  protected at = 0;
  protected depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Hears that a line has ended: here-documents may follow. */
  protected lineEnded(): void {}

  /** One word: up to a blank or an operator outside quotes. */
  protected word(): ShellWord {
    const parts: WordPart[] = [];
    let text = '';
    const flush = () => {
      if (text !== '') parts.push({ type: 'text', text, isQuoted: false });
      text = '';
    };
    for (; this.at < this.text.length; ) {
      const character = this.text[this.at] ?? '';
      if (' \t\n;&|<>)'.includes(character)) break;
      if (character === '(') {
        const name = text;
        if (!/^[A-Za-z_]\w*\+?=$/.test(name) || parts.length > 0) break;
        flush();
        parts.push({ type: 'array', words: this.arrayWords() });
      } else if (character === '\\' && this.text[this.at + 1] === '\n') {
        this.at += 2;
      } else if (character === '\\') {
        flush();
        parts.push({ type: 'text', text: this.text[this.at + 1] ?? '', isQuoted: true });
        this.at += 2;
      } else if (character === "'" || this.text.startsWith("$'", this.at)) {
        flush();
        const from = this.at + (character === '$' ? 2 : 1);
        const end = this.indexOr(this.text.indexOf("'", from));
        parts.push({ type: 'text', text: this.text.slice(from, end), isQuoted: true });
        this.at = end + 1;
      } else if (character === '"') {
        flush();
        this.at++;
        const count = parts.length;
        while (this.at < this.text.length && this.text[this.at] !== '"') this.quotedPart(parts, '"');
        this.at++;
        if (parts.length === count) parts.push({ type: 'text', text: '', isQuoted: true });
      } else if (character === '$' || character === '`') {
        const part = this.expansion(false);
        if (part === undefined) {
          text += character;
          this.at++;
        } else {
          flush();
          parts.push(part);
        }
      } else {
        text += character;
        this.at++;
      }
    }
    flush();
    return parts;
  }

  /** One piece of a text in double quotes, or of a here-document. */
  protected quotedPart(parts: WordPart[], quote: string): void {
    const character = this.text[this.at] ?? '';
    if (character === '$' || character === '`') {
      const part = this.expansion(true);
      if (part !== undefined) {
        parts.push(part);
        return;
      }
      parts.push({ type: 'text', text: character, isQuoted: true });
      this.at++;
    } else if (character === '\\' && this.text[this.at + 1] === '\n') {
      this.at += 2;
    } else if (character === '\\' && '$`"\\'.includes(this.text[this.at + 1] ?? ' ')) {
      parts.push({ type: 'text', text: this.text[this.at + 1] ?? '', isQuoted: true });
      this.at += 2;
    } else {
      const rest = /[$`"\\]/g;
      rest.lastIndex = this.at + 1;
      let end = rest.exec(this.text)?.index ?? this.text.length;
      if (quote === '' && this.text[end] === '"') {
        // A here-document has no closing quote.
        rest.lastIndex = end + 1;
        while (this.text[end] === '"') end++;
      }
      parts.push({ type: 'text', text: this.text.slice(this.at, end), isQuoted: true });
      this.at = end;
    }
  }

  protected expansion(isQuoted: boolean): WordPart | undefined {
    const rest = this.text.slice(this.at, this.at + 300);
    if (rest.startsWith('`')) {
      const end = this.indexOr(this.text.indexOf('`', this.at + 1));
      const script = this.text.slice(this.at + 1, end);
      this.at = end + 1;
      return { type: 'substitution', script, isQuoted };
    }
    if (rest.startsWith('$(')) {
      const end = this.closing(this.at + 2, '(', ')');
      const script = this.text.slice(this.at + 2, end);
      this.at = end + 1;
      return { type: 'substitution', script, isQuoted };
    }
    if (rest.startsWith('${')) {
      const end = this.closing(this.at + 2, '{', '}');
      const inner = this.text.slice(this.at + 2, end);
      this.at = end + 1;
      return readBraces(inner, isQuoted);
    }
    const name = /^\$([A-Za-z_]\w*|[@*#?$!0-9-])/.exec(rest)?.[1];
    if (name === undefined) return undefined;
    this.at += name.length + 1;
    return name === '@' || name === '*' ? { type: 'list', name: '@', isQuoted } : { type: 'variable', name, operator: '', operand: [], isQuoted };
  }

  private arrayWords(): ShellWord[] {
    const words: ShellWord[] = [];
    this.at++;
    if (++this.depth > DEEPEST_NESTING) this.at = this.text.length;
    for (;;) {
      this.skipBlanks(true);
      if (this.at >= this.text.length || this.text[this.at] === ')') break;
      const before = this.at;
      words.push(this.word());
      if (this.at === before) this.at++;
    }
    this.at++;
    this.depth--;
    return words;
  }

  /** Where the bracket closes that was opened before `from`, quotes left out. */
  private closing(from: number, open: string, close: string): number {
    let depth = 1;
    let quote = '';
    for (let at = from; at < this.text.length; at++) {
      const character = this.text[at] ?? '';
      if (character === '\\') at++;
      else if (quote !== '') quote = character === quote ? '' : quote;
      else if (character === "'" || character === '"') quote = character;
      else if (character === open) depth++;
      else if (character === close && --depth === 0) return at;
    }
    return this.text.length;
  }

  hereDocument(): WordPart[] {
    const parts: WordPart[] = [];
    while (this.at < this.text.length) this.quotedPart(parts, '');
    return parts;
  }

  protected skipBlanks(acrossLines: boolean): void {
    for (; this.at < this.text.length; this.at++) {
      const character = this.text[this.at] ?? '';
      if (character === '#' && /[\s;]|^$/.test(this.text[this.at - 1] ?? '')) {
        this.at = this.indexOr(this.text.indexOf('\n', this.at)) - 1;
      } else if (character === '\\' && this.text[this.at + 1] === '\n') {
        this.at++;
      } else if (character === '\n' && acrossLines) {
        this.at++;
        this.lineEnded();
        this.at--;
      } else if (character !== ' ' && character !== '\t') return;
    }
  }

  protected indexOr(index: number): number {
    return index === -1 ? this.text.length : index;
  }
}

function readBraces(inner: string, isQuoted: boolean): WordPart {
  const list = /^([A-Za-z_]\w*)\[[@*]\]$/.exec(inner)?.[1] ?? (inner === '@' || inner === '*' ? '@' : undefined);
  if (list !== undefined) return { type: 'list', name: list, isQuoted };
  const [, name = '', operator = '', operand = ''] = /^([A-Za-z_]\w*|[0-9@*#?])(:?[-=+?])?([\s\S]*)$/.exec(inner) ?? [];
  // Everything else changes the value in a way that is not followed: `${X%%.*}`, `${!X}`, `${#X}`.
  if (name === '' || (operator === '' && operand !== '')) return { type: 'variable', name: name === '' ? inner : name, operator: '~', operand: [], isQuoted };
  return { type: 'variable', name, operator, operand: operand === '' ? [] : new ShellWordReader(operand).hereDocument(), isQuoted };
}
