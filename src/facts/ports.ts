/** Node inspector, JDWP, Ruby rdbg, debugpy, delve, Xdebug, JMX: whoever reaches one runs code in the process. */
const DEBUG_PORTS = new Set([9229, 9230, 5005, 12345, 5678, 40000, 2345, 9003, 1099]);

/** SSH, telnet, rlogin, RDP, VNC: a container needs none of them to do its work. */
const REMOTE_SHELL_PORTS = new Set([22, 2222, 23, 513, 514, 3389, 5900, 5901]);

export function isDebugPort(port: number): boolean {
  return DEBUG_PORTS.has(port);
}

export function isRemoteShellPort(port: number): boolean {
  return REMOTE_SHELL_PORTS.has(port);
}

/** Those of both kinds inside of a range, its ends left out. */
export function notablePortsBetween(first: number, last: number): number[] {
  return [...REMOTE_SHELL_PORTS, ...DEBUG_PORTS].filter((port) => port > first && port < last);
}
