// The name of this server in its greeting, EHLO and Received.
import { hostname } from 'node:os'
import type { Config } from '../contract/options.ts'

const DOMAIN = /^(?!-)[a-z0-9-]+(?:\.(?!-)[a-z0-9-]+)*$/

/** `host.name`, or what the system gives. rfc:5321#4.1.1.1 wants a fully-qualified name; `hms doctor` tells where it is none. */
export function hostNameOf(config: Config): string {
  const name = (config['host.name'] || hostname()).toLowerCase().replace(/\.$/, '')
  return DOMAIN.test(name) ? name : 'localhost'
}
