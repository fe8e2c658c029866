/** Whether an address leads no further than the machine, or the pod, itself. */
export function isLoopback(address: string): boolean {
  const name = address.toLowerCase();
  return name === 'localhost' || name.startsWith('127.') || name === '::1' || name === '0:0:0:0:0:0:0:1' || name.startsWith('::ffff:127.') || name === 'ip6-localhost';
}
