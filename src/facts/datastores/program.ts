import type { Place } from '../../model/subject.ts';
import { hasUnseenLines, type Text, type Unknown } from '../connections/text.ts';
import type { Derived } from '../derived.ts';
import type { ImageReference } from '../image-reference.ts';
import type { ContainerRole } from '../pods.ts';

/** A variable of a program's environment, all references in it filled in. */
export interface Variable {
  readonly text: Text;
  readonly place: Place;
  /** Whether some of it is the text of a Secret: no fact may then carry any part of it. */
  readonly isSecret: boolean;
}

/** A word of a command line. */
export interface Word {
  readonly text: Text;
  readonly place: Place;
  /** As for a variable. */
  readonly isSecret: boolean;
}

/** What a program is started with. */
export interface Texts {
  readonly variables: ReadonlyMap<string, Variable>;
  /** False where further variables may be set that were not seen. */
  readonly isComplete: boolean;
  /** What replaces the image's entry point; null where that runs, undefined where it could not be read. */
  readonly command: readonly Word[] | null | undefined;
  readonly arguments: readonly Word[] | null | undefined;
}

/** A file that a program finds in its container. */
export interface MountedFile {
  readonly path: string;
  /** Undefined where it is known to be there and its text is not. */
  readonly text: string | undefined;
  /** What the marks in its text stand for; without them it has none. */
  readonly unknowns?: readonly Unknown[];
  /** Where its text stands: a key of a ConfigMap or Secret, or a file of its own. */
  readonly place: Place;
  readonly isSecret: boolean;
  /** False where it only lies in a folder that is mounted, which may be a whole project. */
  readonly isNamed: boolean;
}

/** The text of a file that says something line by line; undefined where some lines of it were not seen. */
export function linesOf({ text }: MountedFile): string | undefined {
  return text === undefined || hasUnseenLines(text) ? undefined : text;
}

export interface MountedFiles {
  readonly files: readonly MountedFile[];
  /** Folders and files into which something is mounted that was not seen. */
  readonly unseenPaths: readonly string[];
  /** Folders of which every file is listed. */
  readonly wholeFolders: readonly string[];
}

/** A volume that keeps what a program writes. */
export interface KeptFolder {
  readonly path: string;
  readonly place: Place;
  /** `hostPath`, `emptyDir`, `volume`, `claim`. */
  readonly kind: 'hostPath' | 'emptyDir' | 'volume' | 'claim';
  /** Name of the claim, volume or template, or the path on the host. */
  readonly name: string;
  /** Whether the volume itself is a network file system; of a claim, the claim tells. */
  readonly isOnNetwork: boolean;
}

/** A container as its connections see it, wherever it runs. What costs time is worked out when it is first asked for. */
export interface Program {
  /** Whether nothing of it can be an address or a server: then nothing else of it is asked. */
  readonly isSilent: boolean;
  readonly container: Derived<'container'>;
  readonly image: ImageReference;
  readonly role: ContainerRole;
  /** Kind of the owner: `Deployment`, `CronJob`, `Service`. */
  readonly ownerKind: string;
  readonly texts: Texts;
  readonly mounted: MountedFiles;
  readonly kept: readonly KeptFolder[];
  /** What is run in its container right after its start. */
  readonly hook: readonly Word[];
  /** What shares a loopback interface has the same one. */
  readonly host: object;
  /** The same for every program of one application: its name as its labels or its owner have it. */
  readonly application: string;
  /** How many copies run at most; undefined where that is not known. */
  readonly copies: number | undefined;
  /** Ports that it is said to listen at. */
  readonly ports: readonly number[];
}
