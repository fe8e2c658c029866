export type Severity = 'low' | 'medium' | 'high' | 'critical';

export const SEVERITIES: readonly Severity[] = ['low', 'medium', 'high', 'critical'];

/** A policy.yaml as its author wrote it, plus the folder that is its id. */
export interface PolicySource {
  readonly id: string;
  readonly theme: string;
  /** The folder, for messages. */
  readonly folder: string;
  readonly title: string;
  readonly severity: Severity;
  readonly subject: string;
  readonly when?: string;
  readonly let?: Readonly<Record<string, string>>;
  readonly require: string;
  readonly message: string;
  readonly expected?: string;
  readonly actual?: string;
  /** The fact whose place the finding points at, where the first one of the broken condition is not it. */
  readonly at?: string;
  /** Facts that a finding shows beside those that decided: the other end of a connection, for example. */
  readonly show?: readonly string[];
  readonly why: string;
  readonly fix: string;
  readonly practices?: readonly string[];
  readonly supports?: readonly string[];
  readonly references?: readonly string[];
  readonly formerly?: readonly string[];
  readonly since: string;
}

/** A named selection of policies. */
export interface Profile {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Policy ids, check ids (all policies that begin with them), or `theme/*`. */
  readonly policies: readonly string[];
  readonly without?: readonly string[];
  readonly severities?: Readonly<Record<string, { readonly severity: Severity; readonly reason: string }>>;
}

/** What one sentence says of one subject. */
export type Judgement =
  | { readonly outcome: 'not-applicable' }
  | { readonly outcome: 'pass' }
  | { readonly outcome: 'violation'; readonly broken: readonly string[] }
  | { readonly outcome: 'unknown'; readonly absent: readonly string[] };

/** A policy whose sentences are parsed, type-checked and ready to judge. */
export interface CompiledPolicy {
  readonly source: PolicySource;
  /** Facts that `require` names, as `variable.fact`, in the order of the sentence. */
  readonly reads: readonly string[];
  /** Facts that `when` or `require` name: all that its verdict hangs on. */
  readonly decidedBy: readonly string[];
  /** Without the blanks around it that YAML leaves. */
  readonly fix: string;
  judge(scope: Readonly<Record<string, unknown>>): Judgement;
  /** Fills `{…}` of message, expected or actual from the facts. */
  phrase(template: 'message' | 'expected' | 'actual', scope: Readonly<Record<string, unknown>>): string;
}
