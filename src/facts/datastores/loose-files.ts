import type { ConfigFile, EnvFile, Resource } from '../../model/inventory.ts';
import type { Absence, Identity, Subject } from '../../model/subject.ts';
import { knownText, unknownText } from '../connections/text.ts';
import { Derived } from '../derived.ts';
import { baseName, folderPrefix } from '../file-names.ts';
import { parseImageReference } from '../image-reference.ts';
import { field, stringAt } from '../read.ts';
import { type FactsOf, vocabulary } from '../vocabulary.ts';
import { joinedSubjects } from './join.ts';
import { NO_MESH } from './mesh.ts';
import type { Network, Target } from './network.ts';
import type { MountedFile, MountedFiles, Program, Texts, Variable } from './program.ts';

/** The servers and clients that files by themselves tell of: nobody knows where they run. */
export function* looseDatastores(files: readonly (ConfigFile | EnvFile)[]): Generator<Subject> {
  const programs = files.flatMap((file): Program[] => {
    if (file.type === 'env-file') return [new LooseProgram(file, undefined, variablesOf(file), [])];
    if (SETTINGS.test(file.file)) return [new LooseProgram(file, undefined, new Map(), [file])];
    const line = commandOf(file, files);
    return line === undefined
      ? []
      : [
          new LooseProgram(
            file,
            line,
            new Map(),
            files.filter((other): other is ConfigFile => other.type === 'config-file' && folderPrefix(other.file) === folderPrefix(file.file) && !SETTINGS.test(other.file)),
          ),
        ];
  });
  yield* joinedSubjects({ programs, network: NOWHERE, mesh: NO_MESH, made: new Map(), madeHops: new Set(), surroundingsAmong: () => () => ({ facts: {}, places: {} }) });
}

/** What a framework reads, and not a server. */
const SETTINGS = /(?:^|\/)(?:application|bootstrap|appsettings)[\w.-]{0,60}\.(?:ya?ml|properties|json)$/;

/** Where such a program runs, and so what a name means to it, is not known. */
const NOWHERE: Network = {
  leadsTo: () => false,
  resolve: (host) => [leadOutside(host)],
};

function leadOutside(host: string): Target {
  if (/^(?:localhost|127\.|::1)/.test(host)) return { kind: 'programs', programs: [], port: undefined, via: [], says: 'its own host', isLocal: true };
  if (host.includes('.') || host.includes(':')) return { kind: 'outside', host, via: [], says: `host ${host}` };
  return { kind: 'unseen', because: `what ${host} is called depends on where the program runs`, hint: 'scan the manifest or compose file that uses this file', via: [] };
}

/** What would be started with a file; undefined for one that another one names. */
function commandOf({ file }: ConfigFile, files: readonly Resource[]): readonly string[] | undefined {
  const base = baseName(file);
  if (/^pg_hba/i.test(base)) return undefined;
  if (!/^postgresql/i.test(base)) return ['redis-server', pathOf(file)];
  const beside = files.find((other) => other.type === 'config-file' && folderPrefix(other.file) === folderPrefix(file) && /(?:^|\/)pg_hba[\w.-]*\.conf$/i.test(other.file)) as
    | ConfigFile
    | undefined;
  return ['postgres', '-c', `config_file=${pathOf(file)}`, ...(beside === undefined ? [] : ['-c', `hba_file=${pathOf(beside.file)}`])];
}

/** As it would be seen from beside it. */
function pathOf(file: string): string {
  return `/etc/${baseName(file)}`;
}

function variablesOf(file: EnvFile): ReadonlyMap<string, Variable> {
  return new Map(
    Object.keys(file.value).map((name) => {
      const isLeftOpen = field(file.value, name) === null;
      const text = isLeftOpen ? unknownText({ name, why: 'it comes from whoever starts the program' }) : knownText(stringAt(file.value, name));
      return [name, { text, place: { resource: file, path: [name] }, isSecret: false }];
    }),
  );
}

class LooseProgram implements Program {
  readonly container: LooseContainer;
  readonly image = parseImageReference('');
  readonly isSilent = false;
  readonly role = 'app';
  readonly ownerKind = 'File';
  readonly texts: Texts;
  readonly mounted: MountedFiles;
  readonly kept = [];
  readonly hook = [];
  readonly ports = [];
  readonly host = this;
  readonly application: string;
  readonly copies = undefined;

  constructor(file: ConfigFile | EnvFile, command: readonly string[] | undefined, variables: ReadonlyMap<string, Variable>, beside: readonly ConfigFile[]) {
    this.container = new LooseContainer(file);
    this.application = file.file;
    const place = { resource: file, path: [] };
    this.texts = { variables, isComplete: false, command: command?.map((word) => ({ text: knownText(word), place, isSecret: false })) ?? null, arguments: null };
    const files = beside.map(
      (other): MountedFile => ({
        path: SETTINGS.test(other.file) ? baseName(other.file) : pathOf(other.file),
        text: other.text,
        place: { resource: other, path: [] },
        isSecret: false,
        isNamed: SETTINGS.test(other.file),
      }),
    );
    // Whatever else may be there: only what the files themselves decide is known.
    this.mounted = { files, unseenPaths: ['/'], wholeFolders: [] };
  }
}

const NOTHING_KNOWN = Object.fromEntries(Object.keys(vocabulary.container.facts).map((fact) => [fact, undefined])) as FactsOf<'container'>;

/** Whatever will run with the file. It is in scope of sentences and never judged. */
class LooseContainer extends Derived<'container'> {
  readonly #file: string;

  constructor(file: ConfigFile | EnvFile) {
    super('container', { ...NOTHING_KNOWN, name: baseName(file.file) }, file, []);
    this.#file = file.file;
  }

  identity(): Identity {
    return { apiVersion: '', kind: 'File', namespace: '', name: this.#file, container: '', part: '' };
  }

  protected ownPlaces(): readonly (readonly string[])[] {
    return [[]];
  }

  protected override ownAbsence(): Absence {
    return { because: 'it is a file by itself, and what runs with it is not part of this scan', hint: 'scan the manifest or compose file that uses it' };
  }
}
