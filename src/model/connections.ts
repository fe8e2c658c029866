import type { Gap, Location, Source } from './inventory.ts';
import type { Severity } from './policy.ts';

/** Yes, no, or null where it could not be learned. */
export type Answer = boolean | null;

/** What one policy says of one pair. */
export interface PairVerdict {
  readonly policy: string;
  readonly severity: Severity;
  readonly outcome: 'pass' | 'violation' | 'unknown';
}

export interface PairUnknown {
  /** The question that has no answer. */
  readonly about: string;
  readonly because: string;
  readonly hint: string;
}

export interface PairEnd {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
  /** Null where nothing of it is part of the scan. */
  readonly location: Location | null;
}

/** A client, the address that it holds, and the server that this leads to. */
export interface ConnectionPair {
  /** Where both ends were seen: `git`, or `live:<cluster>`. Names repeat between what git says and what runs, and from cluster to cluster. */
  readonly view: string;
  readonly engine: string;
  readonly client: PairEnd;
  /** What names the address: `DATABASE_URL`, `args[1]`, a file. */
  readonly source: string;
  readonly host: string | null;
  readonly port: number | null;
  readonly user: string | null;
  readonly database: string | null;
  /** How the server was found: `Service db`, `the same pod`. */
  readonly way: string;
  readonly leadsTo: string;
  readonly server: PairEnd & { readonly family: string; readonly version: string; readonly isSeen: boolean };
  readonly crossesNetwork: Answer;
  readonly tls: {
    readonly client: string | null;
    readonly why: string;
    readonly demanded: Answer;
    readonly certificateChecked: Answer;
    readonly byMesh: Answer;
    readonly plaintextPossible: Answer;
    /** Why the two ends do not fit; empty where nothing speaks against it. */
    readonly refusal: string;
  };
  readonly auth: { readonly sendsPassword: Answer; readonly noneNeeded: Answer; readonly superuser: Answer; readonly sharedWith: readonly string[] };
  readonly verdicts: readonly PairVerdict[];
  readonly unknowns: readonly PairUnknown[];
}

/** A server of the scan, whether or not some client of the scan leads to it. */
export interface ListedDatastore extends PairEnd {
  readonly view: string;
  readonly engine: string;
  readonly family: string;
  readonly version: string;
  readonly clients: number;
  readonly verdicts: readonly PairVerdict[];
}

/** Who connects to what, and how. */
export interface ConnectionsReport {
  readonly apiVersion: 'seaworthy.dev/v1';
  readonly kind: 'Connections';
  readonly tool: { readonly name: 'seaworthy'; readonly version: string };
  readonly complete: boolean;
  readonly sources: readonly Source[];
  readonly gaps: readonly Gap[];
  readonly connections: readonly ConnectionPair[];
  readonly datastores: readonly ListedDatastore[];
}
