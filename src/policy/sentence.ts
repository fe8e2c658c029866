import type { ASTNode } from '@marcbachmann/cel-js';
import type { PolicyError } from '../errors.ts';

/** A part of a sentence that can be judged by itself. */
export interface Conjunct {
  readonly text: string;
  /** The facts that it names, as `variable.fact`, in the order of the text. */
  readonly reads: readonly string[];
}

/** Splits at the `&&` that hold the whole sentence together. */
export function splitConjuncts(ast: ASTNode, variables: ReadonlySet<string>): Conjunct[] {
  if (ast.op === '&&') return ast.args.flatMap((side) => splitConjuncts(side, variables));
  return [{ text: textOf(ast), reads: factsRead(ast, variables) }];
}

/**
 * Written anew from the tree, for a node's range leaves out the parentheses around its operands. The library's own `serialize`
 * leaves out parentheses that count (`a - (b - c)`), rounds numbers and breaks letters beyond 16 bits.
 */
function textOf(node: ASTNode): string {
  switch (node.op) {
    case 'value':
      return node.input.slice(node.start, node.end);
    case 'id':
      return node.args;
    case '.':
    case '.?':
      return `${operand(node.args[0])}${node.op}${node.args[1]}`;
    case '[]':
      return `${operand(node.args[0])}[${textOf(node.args[1])}]`;
    case '[?]':
      return `${operand(node.args[0])}[?${textOf(node.args[1])}]`;
    case 'call':
      return `${node.args[0]}(${node.args[1].map(textOf).join(', ')})`;
    case 'rcall':
      return `${operand(node.args[1])}.${node.args[0]}(${node.args[2].map(textOf).join(', ')})`;
    case 'list':
      return `[${node.args.map(textOf).join(', ')}]`;
    case 'map':
      return `{${node.args.map(([key, value]) => `${textOf(key)}: ${textOf(value)}`).join(', ')}}`;
    case '?:':
      return `${operand(node.args[0])} ? ${operand(node.args[1])} : ${operand(node.args[2])}`;
    case '!_':
      return `!${operand(node.args)}`;
    case '-_':
      return `-${operand(node.args)}`;
    default:
      return `${operand(node.args[0])} ${node.op} ${operand(node.args[1])}`;
  }
}

function operand(node: ASTNode): string {
  return node.op === 'id' || node.op === '.' ? textOf(node) : `(${textOf(node)})`;
}

/** The facts that a sentence names, each once, in the order of the text. */
export function factsRead(ast: ASTNode, variables: ReadonlySet<string>): string[] {
  const found = new Set<string>();
  walk(ast, (node, hidden) => {
    if (node.op !== '.') return;
    const [left, field] = node.args;
    if (left.op === 'id' && variables.has(left.args) && !hidden.has(left.args)) found.add(`${left.args}.${field}`);
  });
  return [...found];
}

/** Texts of `let:` are put in where their names stand; a name after a dot or of a loop variable is not one of them. */
export function inlineLets(ast: ASTNode, lets: ReadonlyMap<string, string>): string {
  const places: { start: number; end: number; text: string }[] = [];
  walk(ast, (node, hidden) => {
    const text = node.op === 'id' && !hidden.has(node.args) ? lets.get(node.args) : undefined;
    if (text !== undefined) places.push({ start: node.start, end: node.end, text });
  });
  let sentence = ast.input;
  for (const { start, end, text } of places.sort((a, b) => b.start - a.start)) {
    // A comment ends with its line, and must not swallow the bracket.
    sentence = `${sentence.slice(0, start)}(${text.includes('//') ? `${text}\n` : text})${sentence.slice(end)}`;
  }
  return sentence;
}

const REFUSED_CALLS: Readonly<Record<string, string>> = {
  has: 'has() would turn a fact that could not be learned into an answer; read the fact, and the verdict is unknown by itself',
  matches: 'matches() is not offered: the regular expressions below it have no time limit; use startsWith, endsWith, contains or in',
  dyn: 'dyn() switches the type check off, and with it the check for misspelt facts',
};

/** What the rule library accepts and a policy must not say, because an unknown would read as an answer. */
export function refuseUnsafe(ast: ASTNode, fail: (message: string, at: ASTNode) => PolicyError): void {
  walk(ast, (node) => {
    if (node.op === 'call' || node.op === 'rcall') {
      const refused = REFUSED_CALLS[node.args[0]];
      if (refused !== undefined && Object.hasOwn(REFUSED_CALLS, node.args[0])) throw fail(refused, node);
    }
    if (node.op === '.?' || node.op === '[?]') {
      throw fail('`.?` would turn a fact that could not be learned into an answer; read the fact itself', node);
    }
    if (node.op !== '[]') return;
    const [receiver, index] = node.args;
    if (index.op === 'value' && typeof index.args === 'string') throw fail(`write .${index.args}: a fact in brackets is not checked for its spelling`, node);
    if (MAY_BE_SUBJECT.has(receiver.op) && index.op !== 'value') throw fail('brackets around a name that is put together are not checked for its spelling', node);
  });
}

const MAY_BE_SUBJECT: ReadonlySet<string> = new Set(['id', '?:', '[]']);

const NONE: ReadonlySet<string> = new Set();

/** Visits every node, with the names that loops around it have given to something else. */
function walk(node: ASTNode, visit: (node: ASTNode, hidden: ReadonlySet<string>) => void, hidden: ReadonlySet<string> = NONE): void {
  visit(node, hidden);
  const loop = loopOf(node);
  if (loop === undefined) {
    for (const child of children(node)) walk(child, visit, hidden);
    return;
  }
  const inside = new Set([...hidden, loop.name]);
  for (const child of loop.outside) walk(child, visit, hidden);
  for (const child of loop.inside) walk(child, visit, inside);
}

interface Loop {
  readonly name: string;
  readonly outside: readonly ASTNode[];
  readonly inside: readonly ASTNode[];
}

const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter', 'optMap', 'optFlatMap']);

/** What gives a name to something: the loops, and `cel.bind(name, value, sentence)`. */
function loopOf(node: ASTNode): Loop | undefined {
  if (node.op !== 'rcall') return undefined;
  const [call, receiver, [variable, ...rest]] = node.args;
  if (variable?.op !== 'id') return undefined;
  if (LOOPS.has(call)) return { name: variable.args, outside: [receiver], inside: rest };
  const isBind = call === 'bind' && receiver.op === 'id' && receiver.args === 'cel';
  return isBind ? { name: variable.args, outside: [receiver, ...rest.slice(0, 1)], inside: rest.slice(1) } : undefined;
}

function children(node: ASTNode): ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return [node.args[0]];
    case 'call':
      return node.args[1];
    case 'rcall':
      return [node.args[1], ...node.args[2]];
    case 'list':
      return node.args;
    case 'map':
      return node.args.flat();
    case '!_':
    case '-_':
      return [node.args];
    default:
      return [...node.args];
  }
}
