import { knownText, type Text, unknownText } from '../../../src/facts/connections/text.ts';
import type { ServerInputs } from '../../../src/facts/servers/inputs.ts';

/** Words and variables as they would be written; a text in angle brackets is that of a Secret which was not seen. */
export interface Written {
  readonly version?: string;
  readonly command?: readonly string[];
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly isEnvironmentComplete?: boolean;
  readonly files?: Readonly<Record<string, string | undefined>>;
  readonly unseenPaths?: readonly string[];
  readonly wholeFolders?: readonly string[];
}

export function inputs<Family extends string>(family: Family, written: Written = {}): ServerInputs<Family> {
  return {
    family,
    version: written.version,
    command: written.command?.map(text) ?? null,
    arguments: written.arguments?.map(text) ?? null,
    environment: new Map(Object.entries(written.environment ?? {}).map(([name, value]) => [name, text(value)])),
    isEnvironmentComplete: written.isEnvironmentComplete ?? true,
    files: Object.entries(written.files ?? {}).map(([path, content]) => ({ path, text: content })),
    unseenPaths: written.unseenPaths ?? [],
    wholeFolders: written.wholeFolders ?? [],
  };
}

function text(value: string): Text {
  const name = /^<(\w+)>$/.exec(value)?.[1];
  return name === undefined ? knownText(value) : unknownText({ name, why: `Secret app/${name} is not part of the scan` });
}
