import { type ASTNode, serialize } from '@marcbachmann/cel-js';
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
  // Written anew from the tree: a node's range leaves out the parentheses around its operands.
  return [{ text: serialize(ast), reads: factsRead(ast, variables) }];
}

/** The facts that a sentence names, each once, in the order of the text. */
export function factsRead(ast: ASTNode, variables: ReadonlySet<string>): string[] {
  const found = new Set<string>();
  walk(ast, (node) => {
    if (node.op !== '.') return;
    const [left, field] = node.args;
    if (left.op === 'id' && variables.has(left.args)) found.add(`${left.args}.${field}`);
  });
  return [...found];
}

/** Texts of `let:` are put in where their names stand; a name after a dot or of a loop variable is not one of them. */
export function inlineLets(ast: ASTNode, lets: ReadonlyMap<string, string>): string {
  const places: { start: number; end: number; text: string }[] = [];
  walk(ast, (node) => {
    const text = node.op === 'id' ? lets.get(node.args) : undefined;
    if (text !== undefined) places.push({ start: node.start, end: node.end, text });
  });
  let sentence = ast.input;
  for (const { start, end, text } of places.sort((a, b) => b.start - a.start)) {
    sentence = `${sentence.slice(0, start)}(${text})${sentence.slice(end)}`;
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
    if (node.op === '[]' && node.args[1].op === 'value' && typeof node.args[1].args === 'string') {
      throw fail(`write .${node.args[1].args}: a fact in brackets is not checked for its spelling`, node);
    }
  });
}

function walk(node: ASTNode, visit: (node: ASTNode) => void): void {
  visit(node);
  for (const child of children(node)) walk(child, visit);
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
