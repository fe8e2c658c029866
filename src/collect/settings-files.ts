import { posix } from 'node:path';
import type { ConfigFile } from '../model/inventory.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { pathFrom, type Reading } from './compose-layer.ts';
import type { ComposeOrigin } from './compose-origin.ts';
import { readConfigFile } from './config-file.ts';
import { entryOf, isMapping } from './mapping.ts';

/** What frameworks read at their start, by names that are theirs alone: Spring's and .NET's. Files of a profile count only where it is active. */
const SETTINGS = /^(?:(?:application|bootstrap)(?:-(?:prod|production|docker|k8s|kubernetes|staging|live))?\.(?:ya?ml|properties)|appsettings(?:\.(?:Production|Staging))?\.json)$/;
/** Manifests and compose files may have the same name. */
const OTHER = /^(?:apiVersion|kind|services|openapi|swagger)\s{0,4}:|^\s{0,4}"(?:apiVersion|kind|services|openapi|swagger)"\s{0,4}:/m;
/** A datastore that it may lead to. */
const DATASTORE = /datasource|r2dbc|jdbc:|redis|postgres|npgsql|ConnectionStrings/i;
/** What is meant for tests, or was copied by a build. */
const NOT_RUN = /(?:^|\/)(?:tests?|src\/test|target|build|bin|obj|dist|out|node_modules|examples?|samples?)\//i;

export function mayBeSettingsFile(name: string): boolean {
  return name.startsWith('app') || name.startsWith('bootstrap') ? SETTINGS.test(name) : false;
}

export function isSettingsFile(name: string, text: string): boolean {
  return SETTINGS.test(posix.basename(name)) && !NOT_RUN.test(name) && DATASTORE.test(text) && !OTHER.test(text);
}

/** Where a service's own settings lie in the folder that it is built from. */
const USUAL = ['src/main/resources/', '', 'config/'].flatMap((folder) => ['application.yml', 'application.yaml', 'application.properties'].map((name) => folder + name));
const PLACES = [...USUAL, 'appsettings.json', 'appsettings.Production.json'];

/** The settings files of each service that is built from a folder beside the project. */
export function settingsFilesOf(reading: Reading, project: JsonObject, origin: ComposeOrigin): Record<string, readonly ConfigFile[]> {
  const found = Object.create(null) as Record<string, readonly ConfigFile[]>;
  const services = entryOf(project, 'services');
  for (const name of Object.keys(isMapping(services) ? services : {})) {
    const build = entryOf(entryOf(services, name), 'build');
    const context: Json | undefined = typeof build === 'string' ? build : isMapping(build) ? (entryOf(build, 'context') ?? '.') : undefined;
    // Paths that leave the project, and remote ones, are not looked at.
    if (typeof context !== 'string' || !/^\.{0,2}[\w./-]*$/.test(context) || posix.isAbsolute(context)) continue;
    const { layer } = origin.trace(['services', name, 'build']);
    const folder = pathFrom(layer.directory, context);
    const files = PLACES.flatMap((place) => {
      if (reading.files <= 0) return [];
      const file = reading.reach.read(pathFrom(folder, place));
      if (file === undefined || !isSettingsFile(place, file.text)) return [];
      reading.files--;
      return [readConfigFile(file)];
    });
    if (files.length > 0) found[name] = files;
  }
  return found;
}
