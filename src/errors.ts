/** The user can mend it: one line that says what is wrong, where, and what to do. Exit code 2. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** The author of a policy can mend it: folder, expression and a caret under the fault. Exit code 2. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}
