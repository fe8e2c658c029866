import { type Entry, isEntry, textAt } from './kubeconfig.ts';

/** The ID token of a user whom an OpenID issuer vouches for; empty where there is none yet, undefined where no issuer is named. */
export function openIdTokenOf(user: Entry): string | undefined {
  const provider = user['auth-provider'];
  if (!isEntry(provider) || textAt(provider, 'name') !== 'oidc') return undefined;
  return isEntry(provider['config']) ? textAt(provider['config'], 'id-token') : '';
}

/** Whether the token itself says that its time is over. Whether it is genuine only the API server can say. */
export function hasRunOut(token: string): boolean {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    return isEntry(claims) && typeof claims['exp'] === 'number' && claims['exp'] * 1000 <= Date.now();
  } catch {
    return false;
  }
}
