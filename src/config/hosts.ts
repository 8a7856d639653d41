import { isIP } from 'node:net';

const NAME = /^(?!-)[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,20}$/i;

/** Names, addresses and networks, separated by spaces. What is wrong is added to `faults`. */
export function readHosts(variable: string, value: string | undefined, faults: string[]): readonly string[] {
  const hosts = value?.split(/\s+/).filter((host) => host !== '') ?? [];
  for (const host of hosts)
    if (!isHost(host)) faults.push(`${variable}: "${host}" is not a name, an address or a network (10.0.0.0/8)`);
  return hosts;
}

function isHost(host: string): boolean {
  const [address = '', prefix, more] = host.split('/');
  const version = isIP(address);
  if (prefix === undefined) return version !== 0 || (NAME.test(host) && !/^[0-9.]+$/.test(host));
  const most = version === 4 ? 32 : 128;
  return version !== 0 && more === undefined && /^[0-9]{1,3}$/.test(prefix) && Number(prefix) <= most;
}
