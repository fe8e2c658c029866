import type { ConfigFile } from '../model/inventory.ts';
import type { Json, JsonObject, Path } from '../model/json.ts';
import { pathFrom, type Reading } from './compose-layer.ts';
import type { ComposeOrigin } from './compose-origin.ts';
import { readConfigFile } from './config-file.ts';
import { entryOf, isMapping } from './mapping.ts';

/** What programs are configured with. Keys, certificates and data are none of it. */
const CONFIG_NAME = /\.(?:conf|cnf|cfg|ini|acl|sh|sql|properties|ya?ml|toml|json|env)$|^(?:redis|valkey|postgresql|pg_hba|pg_ident|pgbouncer)[\w.-]*$/i;
/** Longer ones are not written by people. */
const MOST_CHARACTERS = 1_000_000;
/** Files of one folder that are looked at. */
const MOST_IN_FOLDER = 50;

/** Reads the configuration files that a project mounts from beside it. Absolute paths are those of another machine. */
export function mountedFilesOf(reading: Reading, project: JsonObject, origin: ComposeOrigin): Record<string, ConfigFile> {
  const files = Object.create(null) as Record<string, ConfigFile>;
  const read = (path: string, name: string): boolean => {
    if (Object.hasOwn(files, name)) return true;
    if (!CONFIG_NAME.test(name.slice(name.lastIndexOf('/') + 1)) || reading.files <= 0) return false;
    const file = reading.reach.read(path);
    if (file === undefined || file.text.length > MOST_CHARACTERS) return false;
    reading.files--;
    files[name] = readConfigFile(file);
    return true;
  };
  const take = (source: string, at: Path): void => {
    if (!/^\.{1,2}(?:\/|$)/.test(source) && (at[0] !== 'configs' || source.startsWith('/') || source.includes('${'))) return;
    const { layer } = origin.trace(at);
    const path = pathFrom(layer.directory, source);
    if (read(path, source)) return;
    const folder = source.replace(/\/+$/, '');
    for (const name of (reading.reach.list?.(path) ?? []).slice(0, MOST_IN_FOLDER)) read(`${path}/${name}`, `${folder}/${name}`);
  };
  const configs = entryOf(project, 'configs');
  for (const name of Object.keys(isMapping(configs) ? configs : {})) {
    const source = entryOf(entryOf(configs, name), 'file');
    if (typeof source === 'string') take(source, ['configs', name, 'file']);
  }
  const services = entryOf(project, 'services');
  for (const name of Object.keys(isMapping(services) ? services : {})) {
    const volumes = entryOf(entryOf(services, name), 'volumes');
    for (const [index, item] of (Array.isArray(volumes) ? (volumes as readonly Json[]) : []).entries()) {
      const source = typeof item === 'string' ? item.split(':')[0] : entryOf(item, 'source');
      if (typeof source === 'string') take(source, ['services', name, 'volumes', index]);
    }
  }
  return files;
}
