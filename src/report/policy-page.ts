import type { PolicySource } from '../model/policy.ts';
import { palette } from './terminal.ts';

export interface PolicyPageOptions {
  readonly columns: number;
  readonly color: boolean;
  readonly command: string;
  /** The policy's own fixtures, which its tests run: the page cannot go stale. */
  readonly bad: string;
  readonly good: string;
}

const LABEL = 10;
/** A fixture covers every trap; a page needs the first case. */
const EXAMPLE_LINES = 24;
/** So many, if the fault stands no earlier. */
const MOST_LINES = 40;

/** `explain POLICY`: everything that is known about a policy, for somebody without a network. */
export function renderPolicyPage(policy: PolicySource, options: PolicyPageOptions): string {
  const paint = palette(options.color);
  const width = Math.max(60, Math.min(options.columns || 80, 100));
  const lines: string[] = [paint.bold(policy.id), `${policy.title}   ${policy.severity.toUpperCase()}, since ${policy.since}`];
  const part = (label: string, text: string | undefined): void => {
    if (text === undefined || text.trim() === '') return;
    const [first = '', ...rest] = wrap(text, width - LABEL);
    lines.push('', paint.bold(label.padEnd(LABEL)) + first, ...rest.map((line) => ' '.repeat(LABEL) + line));
  };
  part('Why', policy.why);
  part('Judges', `each ${policy.subject}${policy.when === undefined ? '' : ` for which ${policy.when.trim()}`}`);
  part('Requires', policy.require);
  part('Expected', allThatMayStandIn(policy.expected));
  part('Fix', policy.fix);
  const example = (label: string, text: string): void => {
    if (text === '') return;
    lines.push('', paint.bold(label), ...text.split('\n').map((line) => (line === '' ? '' : `  ${line}`)));
  };
  const { bad, good } = examplesOf(options);
  example('Bad', bad);
  example('Good', good);
  part('Serves', policy.practices?.join(', '));
  part('Supports', policy.supports?.join(', '));
  part('See', policy.references?.join('; '));
  part('Try', `${options.command} scan --only ${policy.id} PATH`);
  return `${lines.join('\n')}\n`;
}

/** What a policy says to a subject may hang on the subject. The page names all that it may say, and not the sentence that chooses. */
function allThatMayStandIn(template: string | undefined): string | undefined {
  return template?.replace(/\{[^{}]*\?[^{}]*\}/g, (choice) => [...choice.matchAll(/[?:]\s{0,20}"([^"]*)"/g)].map(([, text]) => text).join('; or '));
}

/** A document at fault, the first that can be shown with its fault and put right, and the same one put right; both cut where they are long. */
export function examplesOf({ bad, good }: Pick<PolicyPageOptions, 'bad' | 'good'>): { bad: string; good: string } {
  const faulty = documentsOf(bad);
  const known = new Set(faulty.map(withoutMarks));
  // What is equal in both is not what was put right: an object that was added is.
  const mended = documentsOf(good).toSorted((a, b) => Number(known.has(withoutMarks(a))) - Number(known.has(withoutMarks(b))));
  const pairs = faulty
    .filter((document) => /#.*✗/.test(document))
    .map((wrong) => ({ wrong, right: mended.find((document) => nameOf(document) === nameOf(wrong) && !known.has(withoutMarks(document))) }));
  const shows = ({ wrong }: { readonly wrong: string }): boolean => /#.*✗/.test(cut(wrong, linesFor(wrong)));
  const { wrong, right } = pairs.find((pair) => pair.right !== undefined && shows(pair)) ?? pairs.find(shows) ?? pairs[0] ?? { wrong: faulty[0] ?? '', right: undefined };
  const most = linesFor(wrong);
  return { bad: cut(wrong, most), good: cut(right ?? mended[0] ?? '', most) };
}

function withoutMarks(document: string): string {
  return document.replace(/[^\S\n]*#[^\n]*/g, '');
}

function documentsOf(text: string): string[] {
  return text
    .split(/^---.*$/m)
    .map((document) => document.replace(/^(?:#(?![^\n]*✗)[^\n]*\n|\s*\n)+/, '').trimEnd())
    .filter((document) => document !== '');
}

/** Good enough for our own fixtures, whose first `name` is that of the object. */
function nameOf(document: string): string {
  const [, kind = ''] = /^kind: (\S+)/m.exec(document) ?? [];
  const [, name = ''] = /\bname: ([^\s,}]+)/.exec(document) ?? [];
  if (kind !== '') return `${kind}/${name}`;
  return /^services:/m.test(document) ? 'compose file' : /^FROM /m.test(document) ? 'Dockerfile' : '';
}

function linesFor(wrong: string): number {
  const fault = wrong.split('\n').findIndex((line) => /#.*✗/.test(line));
  return Math.min(MOST_LINES, Math.max(EXAMPLE_LINES, fault + 4));
}

function cut(document: string, most: number): string {
  const lines = document.split('\n');
  return lines.length <= most ? document : [...lines.slice(0, most), '# …'].join('\n');
}

function wrap(text: string, width: number): string[] {
  return text
    .trim()
    .split('\n')
    .flatMap((paragraph) => {
      const lines: string[] = [];
      let line = '';
      for (const word of paragraph.trim().split(/\s+/)) {
        if (line !== '' && line.length + word.length + 1 > width) {
          lines.push(line);
          line = word;
        } else {
          line = line === '' ? word : `${line} ${word}`;
        }
      }
      return [...lines, line];
    });
}
