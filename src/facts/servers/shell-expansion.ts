import { isSeen } from '../connections/text.ts';
import { baseName } from '../file-names.ts';
import { shownPath } from './container-files.ts';
import type { Source } from './known.ts';
import type { Pool } from './pool.ts';
import type { ListItem, ShellState, Word } from './shell-state.ts';
import { parseShell } from './shell-syntax.ts';
import type { ShellWord, WordPart } from './shell-words.ts';

/** Where a shell stands: it changes as scripts call each other and conditions are tried. */
export interface Frame {
  state: ShellState;
  positional: readonly Word[];
  /** The input that holds a line of the script that runs. */
  source: (line: number) => Source;
}

/** Longer than any setting; without it, a few lines that double a text fill any memory. */
export const LONGEST_VALUE = 16_384;
const LONGEST_LIST = 500;

/** Fills in what the words of a script stand for: variables, lists, and the text of files that it reads. */
export class ShellExpansion {
  readonly #frame: Frame;
  readonly #world: { readonly pool: Pool; readonly isEnvironmentComplete: boolean };

  constructor(frame: Frame, world: { readonly pool: Pool; readonly isEnvironmentComplete: boolean }) {
    this.#frame = frame;
    this.#world = world;
  }

  /** `NAME=value`, `NAME+=value` or `NAME=(…)`; false where a word is none of them. */
  assign(word: ShellWord): boolean {
    const [head, ...tail] = word;
    const match = head?.type === 'text' && !head.isQuoted ? /^([A-Za-z_]\w*)(\+?)=([\s\S]*)$/.exec(head.text) : null;
    if (match === null || head === undefined) return false;
    const [, name = '', plus = '', start = ''] = match;
    const array = tail[0];
    if (array?.type === 'array') {
      const words = array.words.flatMap((item) => this.expand(item, this.#frame.source(1)).map(({ text, isOpen }): ListItem => ({ text, isOpen })));
      this.#frame.state.lists.set(name, [...(plus === '' ? [] : (this.#frame.state.lists.get(name) ?? [])), ...words].slice(0, LONGEST_LIST));
      return true;
    }
    const value = start + tail.map((part) => this.value(part)).join('');
    this.#frame.state.variables.set(name, this.#bounded((plus === '' ? '' : (this.#frame.state.variables.get(name) ?? '')) + value));
    return true;
  }

  /** The words that a word of a script comes to: none, one, or several. */
  expand(word: ShellWord, source: Source): Word[] {
    const words: Word[] = [];
    let text = '';
    let isWord = false;
    const end = () => {
      if (isWord) words.push({ text, source });
      text = '';
      isWord = false;
    };
    for (const part of word) {
      if (part.type === 'list') {
        const items = part.name === '@' ? this.#frame.positional : (this.#frame.state.lists.get(part.name) ?? []).map((item): Word => ({ ...item, source }));
        for (const [index, item] of items.entries()) {
          if (index > 0) end();
          text += item.text;
          isWord = true;
          // A word that is passed on keeps the place where it was written.
          if (word.length === 1) {
            words.push(item);
            text = '';
            isWord = false;
          }
        }
        continue;
      }
      const value = this.value(part);
      if (part.type === 'text' || part.type === 'array' || part.isQuoted) {
        text += value;
        isWord = true;
        continue;
      }
      if (word.length === 1 && value.length === 1 && !isSeen(value)) {
        words.push({ text: value, source, isOpen: 'perhaps' });
        continue;
      }
      const pieces = value.split(/[ \t\n]+/);
      for (const [index, piece] of pieces.entries()) {
        if (index > 0) end();
        text += piece;
        if (piece !== '') isWord = true;
      }
    }
    end();
    return words;
  }

  /** What a piece stands for, without splitting it. */
  value(part: WordPart): string {
    switch (part.type) {
      case 'text':
        return part.text;
      case 'array':
        return '';
      case 'list':
        return (part.name === '@' ? this.#frame.positional : (this.#frame.state.lists.get(part.name) ?? [])).map(({ text }) => text).join(' ');
      case 'substitution':
        return this.#substitute(part.script);
      case 'variable':
        return this.variable(part.name, part.operator, part.operand);
    }
  }

  variable(name: string, operator: string, operand: ShellWord): string {
    const isDigit = /^[1-9]$/.test(name);
    const list = this.#frame.state.lists.get(name);
    const value = isDigit ? this.#frame.positional[Number(name) - 1]?.text : (this.#frame.state.variables.get(name) ?? list?.[0]?.text);
    if (operator === '~') return value === '' ? '' : this.#world.pool.unknown(shown(name), 'the script changes its value', true);
    const { pool } = this.#world;
    if (value === undefined && !isDigit && !this.#frame.state.variables.has(name) && !this.#world.isEnvironmentComplete)
      return pool.unknown(name, `${name} may be set by variables that are not part of the scan`, true);
    // What may come to nothing decides nothing.
    if (value !== undefined && value !== '' && /[-=+]$/.test(operator) && pool.mayBeEmpty(value)) return pool.unknown(shown(name), 'the start script asks whether it is set', true);
    const isUnset = value === undefined || (operator.startsWith(':') && value === '');
    const fallback = () => operand.map((part) => this.value(part)).join('');
    if (operator.endsWith('+')) return isUnset ? '' : fallback();
    if (isUnset && /[-=]$/.test(operator)) {
      const text = fallback();
      if (operator.endsWith('=')) this.#frame.state.variables.set(name, text);
      return text;
    }
    return value ?? '';
  }

  #substitute(script: string): string {
    const path = /^\s*(?:<|cat\s)\s*([^\s|;&]+)\s*$/.exec(script)?.[1];
    const parsed = path === undefined ? undefined : parseShell(`: ${path}`);
    const node = parsed?.type === 'list' ? parsed.items[0]?.node : parsed;
    const word = node?.type === 'command' ? node.words[1] : undefined;
    if (word === undefined) return this.#world.pool.unknown('$(…)', 'a command of the start script makes it', true);
    const name = this.expand(word, this.#frame.source(1))[0]?.text ?? '';
    const text = isSeen(name) ? this.#frame.state.files.read(name)?.text : undefined;
    return text === undefined ? this.#world.pool.unknown(baseName(shownPath(name)), `${shownPath(name)} is not part of the scan`) : this.#bounded(text.replace(/\n+$/, ''));
  }

  #bounded(text: string): string {
    return text.length > LONGEST_VALUE ? this.#world.pool.unknown('…', 'it is longer than a value may be') : text;
  }
}

/** Inside of braces may stand anything, a secret as well. */
function shown(name: string): string {
  return /^\w{1,80}$/.test(name) ? name : '${…}';
}
