import type { ASTNode } from '@marcbachmann/cel-js';

/**
 * A sentence as data: what the built-in sentences say, and nothing else. The package carries its policies in this form, so that a
 * scan by them needs no parser.
 */
export type Tree =
  | readonly ['bool', boolean]
  | readonly ['int', string]
  | readonly ['string', string]
  /** The element that a loop is at. */
  | readonly ['name', string]
  /** A variable and its fact. */
  | readonly ['fact', string, string]
  | readonly ['!', Tree]
  | readonly ['&&' | '||' | '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '+' | '-' | '[]', Tree, Tree]
  | readonly ['?:', Tree, Tree, Tree]
  | readonly ['list', readonly Tree[]]
  /** A list, the name of its element, and what is said of each. */
  | readonly ['all' | 'exists' | 'filter', Tree, string, Tree]
  /** A method, what it is called on, and its parameters. */
  | readonly ['call', string, Tree, readonly Tree[]]
  /** `string(…)`. */
  | readonly ['text', Tree];

/** Undefined for a sentence that says anything else. */
export function treeOf(node: ASTNode): Tree | undefined {
  switch (node.op) {
    case 'value':
      return literalOf(node.args);
    case 'id':
      return ['name', node.args];
    case '.':
      return node.args[0].op === 'id' ? ['fact', node.args[0].args, node.args[1]] : undefined;
    case '!_': {
      const side = treeOf(node.args);
      return side === undefined ? undefined : ['!', side];
    }
    case '&&':
    case '||':
    case '==':
    case '!=':
    case '<':
    case '<=':
    case '>':
    case '>=':
    case 'in':
    case '+':
    case '-':
    case '[]': {
      const sides = treesOf(node.args);
      return sides === undefined ? undefined : [node.op, sides[0] as Tree, sides[1] as Tree];
    }
    case '?:': {
      const parts = treesOf(node.args);
      return parts === undefined ? undefined : ['?:', parts[0] as Tree, parts[1] as Tree, parts[2] as Tree];
    }
    case 'list': {
      const items = treesOf(node.args);
      return items === undefined ? undefined : ['list', items];
    }
    case 'call': {
      const [name, [value, ...more]] = node.args;
      const tree = value === undefined || name !== 'string' || more.length > 0 ? undefined : treeOf(value);
      return tree === undefined ? undefined : ['text', tree];
    }
    case 'rcall':
      return callOf(node.args[0], node.args[1], node.args[2]);
    default:
      return undefined;
  }
}

function callOf(name: string, on: ASTNode, given: readonly ASTNode[]): Tree | undefined {
  const receiver = treeOf(on);
  if (receiver === undefined) return undefined;
  if (name === 'all' || name === 'exists' || name === 'filter') {
    const [variable, condition] = given;
    const said = condition === undefined ? undefined : treeOf(condition);
    return variable?.op !== 'id' || said === undefined ? undefined : [name, receiver, variable.args, said];
  }
  const parameters = treesOf(given);
  return parameters === undefined ? undefined : ['call', name, receiver, parameters];
}

function treesOf(nodes: readonly ASTNode[]): Tree[] | undefined {
  const trees: Tree[] = [];
  for (const node of nodes) {
    const tree = treeOf(node);
    if (tree === undefined) return undefined;
    trees.push(tree);
  }
  return trees;
}

function literalOf(value: unknown): Tree | undefined {
  // JSON has no integers of 64 bits.
  if (typeof value === 'bigint') return ['int', String(value)];
  if (typeof value === 'string') return ['string', value];
  return typeof value === 'boolean' ? ['bool', value] : undefined;
}
