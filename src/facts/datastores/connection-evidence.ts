import type { Absence, Place } from '../../model/subject.ts';
import type { ConnectionAddress } from '../connections/address.ts';
import type { Unknown } from '../connections/text.ts';
import { COPIES } from './backups.ts';
import type { ConnectionEvidence } from './connection.ts';
import type { ClientTls, ServerTls, Way } from './connection-facts.ts';
import { type DatastoreSubject, placesOf } from './datastore.ts';
import type { Pair } from './join.ts';
import { OF_LONE_WORD, OF_MIDDLE_LENGTH, OF_UNSEEN_PASSWORD } from './password-facts.ts';
import type { Program, Word } from './program.ts';

/** Where the facts of a pair stand, and why some are not known. Of its client no more is kept than that takes, and nothing is worked out before it is told. */
export class PairEvidence implements ConnectionEvidence {
  readonly #parts: Pair['held']['parts'];
  readonly #place: Place;
  readonly #copying: Place | undefined;
  readonly #pool: Place | undefined;
  readonly #decidedBy: readonly string[];
  readonly #why: string;
  readonly #unknown: Unknown | undefined;
  readonly #hasAllParameters: boolean;
  readonly #isUserUnseen: boolean;
  readonly #isPasswordSeen: boolean;
  readonly #doubt: string | undefined;
  readonly #isDemandUnknown: boolean;
  readonly #via: readonly Place[];
  /** Why the server is not known; undefined where it is. */
  readonly #astray: Absence | undefined;
  readonly #isManaged: boolean;
  readonly #between: Between | undefined;
  readonly #running: Program | undefined;
  readonly #server: ServerTls;
  readonly #datastore: DatastoreSubject;

  constructor({ address, held, way, program }: Pair, datastore: DatastoreSubject, client: ClientTls, server: ServerTls, pool: Place | undefined) {
    this.#parts = held.parts;
    this.#place = held.place;
    this.#copying = copyingWord(program)?.place;
    this.#pool = pool;
    this.#decidedBy = address.tls.decidedBy;
    this.#why = address.tls.why;
    this.#unknown = address.unknowns[0];
    this.#hasAllParameters = address.hasAllParameters;
    this.#isUserUnseen = address.user === undefined;
    this.#isPasswordSeen = address.password !== undefined;
    this.#doubt = doubtOf(address);
    this.#isDemandUnknown = client.demands === undefined;
    this.#via = way.via;
    this.#astray = way.because === '' ? undefined : { because: way.because, hint: way.hint };
    this.#isManaged = way.isManaged;
    this.#between = betweenOf(way);
    this.#running = way.program;
    this.#server = server;
    this.#datastore = datastore;
  }

  /** What is not told here stands where the address does. */
  places(fact: string): readonly Place[] {
    switch (fact) {
      case 'tls':
      case 'whyTls':
      case 'whyNot':
      case 'demandsTls':
      case 'isTlsAssured':
      case 'verifiesCertificate':
      case 'verifiesHost':
        return this.#ofTls();
      case 'user':
      case 'usesSuperuser':
      case 'roleSharedWith':
        return this.#named(/(?:USER|USERNAME|USER_NAME|LOGIN|USER_ID|UID)$/i);
      case 'hasPassword':
      case 'passwordIsDefault':
      case 'passwordIsShort':
        return this.#named(/(?:PASSWORD|PASS|PASSWD|PWD|AUTH|SECRET)$/i);
      case 'copiesData':
      case 'encryptsCopies':
        return [this.#copying ?? this.#place];
      case 'plaintextPossible': {
        const running = this.#running;
        const ofServer = running === undefined ? [] : this.#server.known.flatMap(({ sources }) => placesOf(sources, running));
        return [...this.#ofTls().slice(0, 1), ...(this.#between?.places ?? []), ...ofServer];
      }
      case 'hasPublicAddress':
        return this.#via.toReversed();
      case 'poolSize':
        return this.#pool === undefined ? [] : [this.#pool];
      default:
        return [];
    }
  }

  absence(fact: string): Absence | undefined {
    switch (fact) {
      case 'tls':
      case 'demandsTls':
      case 'verifiesCertificate':
      case 'verifiesHost':
        return this.#ofClient();
      case 'isTlsAssured':
      case 'plaintextPossible':
        return this.#isDemandUnknown ? this.#ofClient() : this.#ofServer();
      case 'host':
      case 'user':
      case 'database':
      case 'sendsPassword':
      case 'roleSharedWith':
        return this.#ofText();
      case 'hasPassword':
        return this.#isPasswordSeen && this.#unknown === undefined ? OF_LONE_WORD : this.#ofText();
      case 'passwordIsDefault':
      case 'passwordIsShort':
        return this.#isPasswordSeen ? OF_MIDDLE_LENGTH : OF_UNSEEN_PASSWORD;
      case 'usesSuperuser':
        return this.#isUserUnseen ? this.#ofText() : (this.#ofWay() ?? this.#datastore.absence('datastore.superuser'));
      case 'encryptsCopies':
        return {
          because: 'whether the store that the copies go to encrypts them is known only to that store',
          hint: 'encrypt before sending: pipe through age or gpg, or set the key of the backup tool',
        };
      case 'needsNoPassword':
        return this.#ofWay() ?? this.#datastore.absence(this.#datastore.facts.engine === 'postgres' ? 'datastore.trustsNetwork' : 'datastore.requiresPassword');
      case 'hasPublicAddress':
        return {
          because: `whether ${this.#isManaged ? 'the provider’s' : 'that'} name leads to a public address is known only where it is looked up`,
          hint: 'look it up from inside, or use a private endpoint whose name says so',
        };
      case 'crossesNetwork':
      case 'isOutside':
        return this.#ofServer();
      case 'willNotConnect':
        return this.#doubt === undefined ? this.#ofServer() : this.#ofDoubt();
      case 'whyNot':
        return this.#ofDoubt();
      default:
        return undefined;
    }
  }

  #ofTls(): Place[] {
    return placesOfTls(this.#decidedBy, this.#parts, this.#place);
  }

  #named(pattern: RegExp): Place[] {
    return [...[...this.#parts].filter(([name]) => pattern.test(name)).map(([, part]) => part.place), this.#place];
  }

  #ofWay(): Absence | undefined {
    return this.#astray === undefined ? undefined : (this.#between?.absence ?? this.#astray);
  }

  #ofServer(): Absence {
    const known = this.#between?.absence ?? this.#astray;
    if (known !== undefined) return known;
    const { facts } = this.#datastore;
    if (facts.acceptsPlaintext === undefined || facts.offersTls === undefined) return this.#datastore.absence('datastore.acceptsPlaintext');
    return { because: 'the server leaves it to the client', hint: 'let the server refuse plaintext' };
  }

  #ofClient(): Absence {
    if (this.#isDemandUnknown && this.#unknown !== undefined && !this.#hasAllParameters) return ofUnknown(this.#unknown);
    return {
      because: this.#why || 'no setting says whether the client demands TLS, and its library is not known',
      hint: 'say it in the address or in a variable: sslmode for PostgreSQL, rediss:// for Redis',
    };
  }

  #ofText(): Absence {
    if (this.#unknown !== undefined) return ofUnknown(this.#unknown);
    return this.#doubt === undefined ? this.#ofClient() : this.#ofDoubt();
  }

  #ofDoubt(): Absence {
    return {
      because: `not every driver reads the address: ${this.#doubt ?? ''}`,
      hint: 'write names and values of sslmode in lower case, and signs in a password as %40',
    };
  }
}

/** What is told of a hop on the way. */
interface Between {
  readonly places: readonly Place[];
  /** Why what clients meet at it is not known; undefined where it is. */
  readonly absence: Absence | undefined;
}

/** Most connections have nothing between. */
function betweenOf({ front, asks, nexts }: Way): Between | undefined {
  const met = front ?? asks;
  if (met === undefined && nexts.length === 0) return undefined;
  const ofNexts = nexts.flatMap(({ held, address }) => placesOfTls(address.tls.decidedBy, held.parts, held.place));
  const absence = met === undefined || met.because === '' ? undefined : { because: met.because, hint: 'scan what sets it' };
  return { places: [...(front?.places ?? []), ...(asks?.places ?? []), ...ofNexts], absence };
}

function placesOfTls(decidedBy: readonly string[], parts: Pair['held']['parts'], place: Place): Place[] {
  return [...decidedBy.flatMap((name) => parts.get(name)?.place ?? []), place];
}

function ofUnknown({ name, why }: Unknown): Absence {
  return { because: `${name} is not known: ${why}`, hint: 'scan what it comes from together with the workload' };
}

/** Where it says what is copied to where. */
function copyingWord({ texts }: Program): Word | undefined {
  const copies = ({ text }: Word): boolean => COPIES.test(text.marked);
  return texts.command?.find(copies) ?? texts.arguments?.find(copies);
}

/** What some drivers refuse and others read in a way of their own. */
export function doubtOf({ problems, tls }: ConnectionAddress): string | undefined {
  return tls.refusal === undefined ? problems.find(({ about }) => about !== 'port')?.says : undefined;
}
