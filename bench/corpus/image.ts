import type { App } from './app.ts';
import { likes } from './posture.ts';
import { organisation } from './words.ts';

const registries = [
  `ghcr.io/${organisation}`,
  '482910573316.dkr.ecr.eu-west-1.amazonaws.com',
  `registry.${organisation}.internal:5000`,
  `europe-docker.pkg.dev/${organisation}-prod/services`,
  organisation,
] as const;

/** The application's own image, from the company's registries. */
export function image(app: App, component: string): string {
  const { random } = app;
  // A team builds one image and starts it in several ways, or one for each component.
  const repository = `${random.pick(registries)}/${component === app.name || random.chance(0.6) ? app.name : `${app.name}-${component}`}`;
  if (likes(app, 'digest')) return `${repository}${random.chance(0.6) ? `:${app.version}` : ''}@sha256:${random.hex(64)}`;
  if (likes(app, 'latest')) return random.chance(0.4) ? repository : `${repository}:${random.pick(['latest', 'latest', 'main', 'stable'])}`;
  return `${repository}:${random.pick([app.version, `v${app.version}`, `${app.version}-${random.hex(7)}`, `main-${random.hex(8)}`])}`;
}

/** Somebody else's image. */
export function vendorImage(app: App, repository: string, tag: string): string {
  const { random } = app;
  const mirrored = repository.includes('.') || !random.chance(0.25) ? repository : `registry.${organisation}.internal:5000/mirror/${repository}`;
  if (likes(app, 'digest')) return `${mirrored}:${tag}@sha256:${random.hex(64)}`;
  return likes(app, 'latest') ? `${mirrored}:latest` : `${mirrored}:${tag}`;
}
