// The tables of the settings, and their items: what kinds there are, and their rows. Versions of rules and the like are large, and read by themselves.
import type { BrakeSetting } from '../../../contract/brakes.ts'
import { AUDIT_DETAIL } from '../access/audit-book.ts'
import { CHANGE_LOG } from './change-log.ts'

export const TABLES = `
CREATE TABLE meta (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  version INTEGER NOT NULL,
  epoch TEXT NOT NULL,
  installation TEXT NOT NULL,
  converted_from INTEGER
);
CREATE TABLE item (
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  sealed BLOB,
  PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE TABLE audit (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, by TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL);
${AUDIT_DETAIL}
${CHANGE_LOG}
`

/** What is read at every change. */
const KINDS = [
  'account',
  'credential',
  'key',
  'ses-key',
  'relay',
  'route',
  'milter',
  'dkim',
  'sender',
  'suspension',
  'narrow-suspension',
  'source',
  'exit-login',
  'rebinding',
  'alarm',
  'brake',
  'token-key',
  'post-secret',
  'own-domain',
  'tracking-host',
  'reporter',
] as const

/** Users and webhooks are read by themselves. */
export type Kind = (typeof KINDS)[number] | 'user' | 'webhook'

export const SNAPSHOT_KINDS: ReadonlySet<string> = new Set(KINDS)

export const SNAPSHOT = `SELECT kind, key, value, sealed FROM item WHERE kind IN (${KINDS.map((kind) => `'${kind}'`).join(', ')})
  ORDER BY kind, key`

export interface Item {
  readonly kind: Kind
  readonly key: string
  readonly value: unknown
  readonly secret?: string | null
}

export interface ItemRow {
  readonly kind: Kind
  readonly key: string
  readonly value: string
  readonly sealed: Uint8Array | null
}

export function brakeKey({ name, account }: Pick<BrakeSetting, 'name' | 'account'>): string {
  return account === null ? name : `${name} ${account}`
}
