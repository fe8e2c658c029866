import type { Place } from '../../../model/subject.ts';
import type { Encryption, TlsAsk, Verification } from '../../connections/address.ts';

/** A server behind a hop, and how the hop talks to it. */
export interface Onward {
  /** Undefined where it was not seen. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly isSocket: boolean;
  /** What the hop itself asks for; undefined where it hands on what the client sends, byte by byte. */
  readonly tls: TlsAsk | undefined;
  /** For people: `/etc/haproxy/haproxy.cfg redis/first`. */
  readonly source: string;
  readonly place: Place;
  /** Where each of the settings stands that decided about TLS. */
  readonly places: ReadonlyMap<string, Place>;
  readonly isSecret: boolean;
}

/** What a hop does with whoever calls one of its ports. */
export type Entrance =
  /** It moves bytes: as they come, or into a TLS session of its own, or out of one. */
  | {
      readonly kind: 'relay';
      readonly ports: readonly number[];
      /** Whether it takes TLS and nothing else. Where it does not, it takes what comes. */
      readonly endsTls: boolean;
      readonly onward: readonly Onward[];
      /** The protocol, where a setting names it. */
      readonly family: 'postgres' | undefined;
      readonly places: readonly Place[];
    }
  /** It speaks the protocol on both sides, and lets clients in by its own rules. */
  | { readonly kind: 'pooler'; readonly ports: readonly number[]; readonly front: Front }
  /** A provider's own proxy: behind it is what the provider runs. */
  | { readonly kind: 'managed-proxy'; readonly ports: readonly number[]; readonly front: Front; readonly provider: string; readonly place: Place | undefined }
  /** It tells clients whom to call. */
  | { readonly kind: 'directory'; readonly ports: readonly number[]; readonly front: Front; readonly sets: readonly WatchedSet[] };

/** Servers that a sentinel watches under one name. */
export interface WatchedSet {
  readonly name: string;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly place: Place;
}

/** The side of a hop that clients see. What was not seen is undefined. */
export interface Front {
  readonly accepts: boolean | undefined;
  readonly offers: boolean | undefined;
  readonly needsNoPassword: boolean | undefined;
  readonly isPooler: boolean;
  readonly places: readonly Place[];
  /** Why something of it is not known. */
  readonly because: string;
}

/** All that is known of a hop, or why nothing is. */
export type HopReading = { readonly entrances: readonly Entrance[] } | { readonly entrances: undefined; readonly because: string; readonly hint: string };

export function unreadHop(because: string, hint: string): HopReading {
  return { entrances: undefined, because, hint };
}

/** What a hop's own settings ask of the server behind it. */
export function askOf(encryption: Encryption | undefined, verification: Verification | undefined, why: string, decidedBy: readonly string[]): TlsAsk {
  return { encryption, verification, encryptionAtBest: encryption, verificationAtBest: verification, drivers: [], why, refusal: undefined, decidedBy };
}

/** A line of a file that a program finds in its container. */
export function lineAt(file: { readonly place: Place }, line: number): Place {
  return { resource: file.place.resource, path: [...file.place.path, `#L${line}`] };
}

/** What is no name of a host is not told: it may be the address of another program, with a password in it. */
export function isHostName(text: string): boolean {
  return /^[A-Za-z\d_:][\w.:%-]{0,255}$/.test(text);
}
