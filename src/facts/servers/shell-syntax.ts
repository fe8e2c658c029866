import { DEEPEST_NESTING, type ShellWord, ShellWordReader, type WordPart } from './shell-words.ts';

/**
 * As much of the shell's grammar as start scripts of servers use. What is not understood becomes a command without meaning,
 * never an error: the server's line may still be readable.
 */
export type ShellNode =
  | { readonly type: 'command'; readonly words: readonly ShellWord[]; readonly redirects: readonly Redirect[]; readonly line: number }
  | { readonly type: 'list'; readonly items: readonly ListItem[] }
  | { readonly type: 'if'; readonly branches: readonly { readonly condition: ShellNode; readonly body: ShellNode }[]; readonly otherwise: ShellNode | undefined }
  | { readonly type: 'not'; readonly node: ShellNode }
  | { readonly type: 'loop'; readonly body: ShellNode }
  | { readonly type: 'case'; readonly branches: readonly ShellNode[] }
  | { readonly type: 'function'; readonly name: string; readonly body: ShellNode };

export interface ListItem {
  readonly node: ShellNode;
  /** What stands before it. */
  readonly after: ';' | '&&' | '||' | '|';
}

export interface Redirect {
  readonly operator: '>' | '>>' | '<' | '<<' | '<<<';
  /** The file; of `<<` the text of the here-document. */
  readonly word: ShellWord;
}

const LONGEST_SCRIPT = 100_000;

/** Undefined where a script is longer than any that a person writes. */
export function parseShell(script: string): ShellNode | undefined {
  return script.length > LONGEST_SCRIPT ? undefined : new ShellParser(script.replaceAll('\r\n', '\n')).parse();
}

const CLOSERS = new Set(['then', 'elif', 'else', 'fi', 'do', 'done', 'esac', '}']);

class ShellParser extends ShellWordReader {
  #line = 1;
  #countedTo = 0;
  /** Here-documents whose text begins on the next line. */
  readonly #pending: { delimiter: string; isLiteral: boolean; stripsTabs: boolean; word: WordPart[] }[] = [];

  parse(): ShellNode {
    const items: ListItem[] = [];
    while (this.at < this.text.length) {
      const node = this.#list(new Set());
      items.push({ node, after: ';' });
      // A closing word without its opening one means nothing here.
      if (this.at < this.text.length) this.at++;
    }
    return { type: 'list', items };
  }

  /** Commands up to one of the closing words, which is left where it is. */
  #list(closers: ReadonlySet<string>): ShellNode {
    const items: ListItem[] = [];
    if (++this.depth > DEEPEST_NESTING) this.at = this.text.length;
    let after: ListItem['after'] = ';';
    for (;;) {
      this.skipBlanks(after !== ';');
      const character = this.text[this.at];
      if (character === undefined || character === ')') break;
      const operator = /^(?:&&|\|\||;;&?|;|\||&|\n)/.exec(this.text.slice(this.at, this.at + 3))?.[0];
      if (operator === ';;' || operator === ';;&') break;
      if (operator !== undefined) {
        this.at += operator.length;
        if (operator === '\n') this.lineEnded();
        after = operator === '&&' || operator === '||' || operator === '|' ? operator : ';';
        continue;
      }
      const word = this.#peekWord();
      if (closers.has(word) || (closers.size === 0 && CLOSERS.has(word))) break;
      const before = this.at;
      items.push({ node: this.#command(word), after });
      after = ';';
      if (this.at === before) this.at++;
    }
    this.depth--;
    return items.length === 1 && items[0]?.after === ';' ? items[0].node : { type: 'list', items };
  }

  #command(word: string): ShellNode {
    if (this.depth > DEEPEST_NESTING) this.at = this.text.length;
    this.depth++;
    const node = this.#commandOf(word);
    this.depth--;
    return node;
  }

  #commandOf(word: string): ShellNode {
    switch (word) {
      case 'if':
        return this.#if();
      case '!':
        this.at++;
        this.skipBlanks(false);
        return { type: 'not', node: this.#command(this.#peekWord()) };
      case 'while':
      case 'until':
        this.at += word.length;
        this.#list(new Set(['do']));
        this.#take('do');
        return this.#loopBody();
      case 'for':
        this.#skipTo('do');
        this.#take('do');
        return this.#loopBody();
      case 'case':
        return this.#case();
      case '{':
        return this.#group('}');
      case 'function':
        this.at += word.length;
        this.skipBlanks(false);
        return this.#simple();
    }
    if (word.startsWith('((')) {
      this.#skipTo('))');
      this.at += 2;
      return { type: 'list', items: [] };
    }
    return word.startsWith('(') ? this.#group(')') : this.#simple();
  }

  #if(): ShellNode {
    const branches: { condition: ShellNode; body: ShellNode }[] = [];
    let otherwise: ShellNode | undefined;
    for (let word = this.#peekWord(); word === 'if' || word === 'elif'; word = this.#peekWord()) {
      this.at += word.length;
      const condition = this.#list(new Set(['then']));
      this.#take('then');
      branches.push({ condition, body: this.#list(new Set(['elif', 'else', 'fi'])) });
    }
    if (this.#take('else')) otherwise = this.#list(new Set(['fi']));
    this.#take('fi');
    return { type: 'if', branches, otherwise };
  }

  #loopBody(): ShellNode {
    const body = this.#list(new Set(['done']));
    this.#take('done');
    return { type: 'loop', body };
  }

  #case(): ShellNode {
    this.#skipTo('in');
    this.#take('in');
    const branches: ShellNode[] = [];
    for (;;) {
      this.skipBlanks(true);
      if (this.at >= this.text.length || this.#take('esac')) return { type: 'case', branches };
      this.#skipTo(')');
      this.at++;
      branches.push(this.#list(new Set(['esac'])));
      this.skipBlanks(true);
      if (this.text.startsWith(';;', this.at)) this.at += this.text[this.at + 2] === '&' ? 3 : 2;
      else if (this.text[this.at] === ')') this.at++;
    }
  }

  #group(closer: string): ShellNode {
    this.at++;
    const body = this.#list(closer === '}' ? new Set(['}']) : new Set());
    if (this.text[this.at] === closer) this.at++;
    return body;
  }

  #simple(): ShellNode {
    const words: ShellWord[] = [];
    const redirects: Redirect[] = [];
    const line = this.#lineNumber();
    const isTest = this.text.startsWith('[[', this.at);
    for (;;) {
      this.skipBlanks(false);
      const rest = this.text.slice(this.at, this.at + 4);
      if (rest === '' || (!isTest && /^[;&|)\n]/.test(rest) && !rest.startsWith('&>'))) break;
      if (isTest && /^[;\n]/.test(rest)) break;
      if (isTest && /^(?:&&|\|\||[()<>])/.test(rest)) {
        const operator = /^(?:&&|\|\||[()<>])/.exec(rest)?.[0] ?? '';
        // What closes a test that was left open belongs to the script.
        if (lastText(words) === ']]') break;
        words.push([{ type: 'text', text: operator, isQuoted: false }]);
        this.at += operator.length;
        continue;
      }
      const redirect = isTest ? null : /^(?:&|\d)?(>>|>|<<<|<<-?|<)(&)?/.exec(this.text.slice(this.at, this.at + 5));
      if (redirect !== null) {
        this.at += redirect[0].length;
        this.skipBlanks(false);
        this.#redirect(redirect[1] ?? '>', redirect[2] !== undefined || redirect[0].startsWith('2'), redirects);
        continue;
      }
      if (words.length === 1 && rest.startsWith('()')) {
        this.at += 2;
        this.skipBlanks(true);
        const name = lastText(words);
        return { type: 'function', name, body: this.#command(this.#peekWord()) };
      }
      const before = this.at;
      words.push(this.word());
      if (this.at === before) this.at++;
    }
    return { type: 'command', words, redirects, line };
  }

  #redirect(operator: string, isAside: boolean, redirects: Redirect[]): void {
    const word = [...this.word()];
    if (isAside) return;
    if (operator !== '<<' && operator !== '<<-') {
      redirects.push({ operator: operator as Redirect['operator'], word });
      return;
    }
    const delimiter = word.map((part) => (part.type === 'text' ? part.text : '')).join('');
    const text: WordPart[] = [];
    redirects.push({ operator: '<<', word: text });
    this.#pending.push({ delimiter, isLiteral: word.some((part) => part.type === 'text' && part.isQuoted), stripsTabs: operator === '<<-', word: text });
  }

  protected override lineEnded(): void {
    for (const { delimiter, isLiteral, stripsTabs, word } of this.#pending.splice(0)) {
      const lines: string[] = [];
      while (this.at < this.text.length) {
        const end = this.text.indexOf('\n', this.at);
        const raw = this.text.slice(this.at, end === -1 ? undefined : end);
        const line = stripsTabs ? raw.replace(/^\t+/, '') : raw;
        this.at = end === -1 ? this.text.length : end + 1;
        if (line === delimiter) break;
        lines.push(`${line}\n`);
      }
      const text = lines.join('');
      if (isLiteral) word.push({ type: 'text', text, isQuoted: true });
      else word.push(...new ShellWordReader(text).hereDocument());
    }
  }

  #peekWord(): string {
    return /^\S{0,80}?(?=[\s;&|)]|$)/.exec(this.text.slice(this.at, this.at + 81))?.[0] ?? '';
  }

  #take(word: string): boolean {
    this.skipBlanks(true);
    if (this.#peekWord() !== word) return false;
    this.at += word.length;
    return true;
  }

  #skipTo(word: string): void {
    const pattern = word === 'do' || word === 'in' ? new RegExp(`(?<=[\\s;])${word}(?=\\s)`, 'g') : undefined;
    if (pattern === undefined) this.at = this.indexOr(this.text.indexOf(word, this.at));
    else {
      pattern.lastIndex = this.at;
      this.at = pattern.exec(this.text)?.index ?? this.text.length;
    }
  }

  #lineNumber(): number {
    for (; this.#countedTo < this.at; this.#countedTo++) if (this.text[this.#countedTo] === '\n') this.#line++;
    return this.#line;
  }
}

function lastText(words: readonly ShellWord[]): string {
  const part = words.at(-1)?.[0];
  return part?.type === 'text' ? part.text : '';
}
