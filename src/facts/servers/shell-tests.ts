import { isSeen } from '../connections/text.ts';
import type { ContainerFiles } from './container-files.ts';

/**
 * What `[ … ]` and `[[ … ]]` come to; undefined where it is not known. Understands the tests that start scripts make: whether a
 * variable is set, whether two texts are equal, whether a file exists.
 */
export function decideTest(words: readonly string[], files: ContainerFiles, mayBeEmpty: (text: string) => boolean): boolean | undefined {
  const or = words.findIndex((word) => word === '||' || word === '-o');
  if (or > 0) {
    const left = decideTest(words.slice(0, or), files, mayBeEmpty);
    const right = decideTest(words.slice(or + 1), files, mayBeEmpty);
    return left === true || right === true ? true : left === false && right === false ? false : undefined;
  }
  const and = words.findIndex((word) => word === '&&' || word === '-a');
  if (and > 0) {
    const left = decideTest(words.slice(0, and), files, mayBeEmpty);
    const right = decideTest(words.slice(and + 1), files, mayBeEmpty);
    return left === false || right === false ? false : left === true && right === true ? true : undefined;
  }
  if (words[0] === '!') {
    const inner = decideTest(words.slice(1), files, mayBeEmpty);
    return negate(inner);
  }
  if (words[0] === '(' && words.at(-1) === ')') return decideTest(words.slice(1, -1), files, mayBeEmpty);
  return words.length === 3 ? decideComparison(words[0] ?? '', words[1] ?? '', words[2] ?? '') : decideFeature(words, files, mayBeEmpty);
}

function decideFeature(words: readonly string[], files: ContainerFiles, mayBeEmpty: (text: string) => boolean): boolean | undefined {
  if (words.length === 0) return false;
  const [operator = '', operand] = words;
  const isEmpty = (text: string): boolean | undefined => (text !== '' && mayBeEmpty(text) ? undefined : text === '');
  if (operand === undefined) return negate(isEmpty(operator));
  switch (operator) {
    case '-n':
      return negate(isEmpty(operand));
    case '-z':
      return isEmpty(operand);
    case '-f':
    case '-e':
    case '-r':
    case '-s':
    case '-d':
      if (operand === '') return false;
      return isSeen(operand) ? files.exists(operand) : undefined;
    default:
      return undefined;
  }
}

function decideComparison(left: string, operator: string, right: string): boolean | undefined {
  if (!['=', '==', '!=', '-eq', '-ne'].includes(operator)) return undefined;
  const isAlike = left === right;
  if (!isSeen(left) || !isSeen(right) || /[*?[]/.test(right)) return undefined;
  return operator.startsWith('!') || operator === '-ne' ? !isAlike : isAlike;
}

function negate(answer: boolean | undefined): boolean | undefined {
  return answer === undefined ? undefined : !answer;
}
