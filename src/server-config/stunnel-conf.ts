/** An option of stunnel. Names are compared without regard to case. */
export interface StunnelOption {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
  readonly line: number;
}

export interface StunnelService {
  readonly name: string;
  /** Its own options behind those that the part before all services gives to each of them. */
  readonly options: readonly StunnelOption[];
}

export interface StunnelConf {
  readonly services: readonly StunnelService[];
  /** Folders that `include` names: what is in them counts as well. */
  readonly includes: readonly { readonly folder: string; readonly line: number }[];
  /** There is more of it than is read: each option of all services is one of each service. */
  readonly isCut: boolean;
}

const MOST_SHARED = 500;
const MOST_SERVICES = 5000;

/** Reads a configuration of stunnel 5 (options.c): `name = value`, comments begin with `;` or `#` at the start of a line only. */
export function readStunnelConf(text: string): StunnelConf {
  const shared: StunnelOption[] = [];
  const services: { name: string; options: StunnelOption[] }[] = [];
  const includes: { folder: string; line: number }[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const content = raw.replace(/^\uFEFF/, '').trim();
    if (content === '' || content.startsWith(';') || content.startsWith('#')) continue;
    const header = /^\[([^\]]*)\]$/.exec(content)?.[1];
    if (header !== undefined) {
      if (services.length >= MOST_SERVICES || shared.length > MOST_SHARED) return { services, includes, isCut: true };
      services.push({ name: header.trim(), options: [...shared] });
      continue;
    }
    const sign = content.indexOf('=');
    if (sign <= 0) continue;
    const option = { name: content.slice(0, sign).trim().toLowerCase(), value: content.slice(sign + 1).trim(), line: index + 1 };
    if (option.name === 'include') includes.push({ folder: option.value, line: option.line });
    else (services.at(-1)?.options ?? shared).push(option);
  }
  return { services, includes, isCut: false };
}
