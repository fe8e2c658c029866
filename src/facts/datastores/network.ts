import type { Place } from '../../model/subject.ts';
import type { Program } from './program.ts';

/** One of the ends that a host name and port lead to. */
export type Target =
  | {
      readonly kind: 'programs';
      /** What may answer there, all in one pod or container: what says that it has the port comes first. */
      readonly programs: readonly Program[];
      /** The port inside of the container, where it is known. */
      readonly port: number | undefined;
      /** Services on the way. */
      readonly via: readonly Place[];
      /** How it is known, for the reader: `Service db`. */
      readonly says: string;
      /** Whether the way stays within one pod or container. */
      readonly isLocal: boolean;
    }
  /** A Service that an operator's custom resource makes. */
  | { readonly kind: 'made'; readonly key: object; readonly via: readonly Place[]; readonly says: string }
  /** A name or address that nothing of the unit answers to. */
  | { readonly kind: 'outside'; readonly host: string; readonly via: readonly Place[]; readonly says: string }
  /** It names something of the same cluster or project, which is not part of the scan. */
  | {
      readonly kind: 'unseen';
      readonly because: string;
      readonly hint: string;
      readonly via: readonly Place[];
      /** Whether it is on the same machine at first, wherever it goes on to. */
      readonly isNear?: boolean;
    };

export interface Network {
  /** Never empty. Several where a client may meet any of them, in an order that is not that of the files. */
  resolve(host: string, port: number | undefined, client: Program): readonly Target[];
  /** Whether a name that clients may call leads to this port of a program. */
  leadsTo(program: Program, port: number): boolean;
}
