// The settings as a whole, as they were read last. Every call of an operation reads them, most of them several times, and nearly always nothing
// has changed since: the same snapshot is given then. Where something has, the rows that changed are read, parsed and unsealed, and no others.
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { AlarmSetting } from '../../../contract/alarms.ts'
import type { BrakeSetting } from '../../../contract/brakes.ts'
import type { Milter } from '../../../contract/milters.ts'
import type {
  Account,
  DkimKey,
  ExitLogin,
  FeedbackReporter,
  OwnDomain,
  Rebinding,
  RelayNetwork,
  Route,
  SenderDomain,
  Settings,
  SmtpCredential,
  SourceState,
  Suspension,
} from '../../../contract/settings.ts'
import type { TrackingHostState } from '../../../contract/tracking.ts'
import { type ChangedRow, changedBetween } from './change-log.ts'
import { accountFrom, type StoredAccount } from './account-items.ts'
import { keysFrom, type StoredApiKey, type StoredSesKey } from './key-items.ts'
import { postSecretsOf, type SealedPostSecret } from './post-secrets.ts'
import type { RuleVersions } from './rule-versions.ts'
import type { Seal } from './sealing.ts'
import { type ItemRow, type Kind, SNAPSHOT, SNAPSHOT_KINDS } from './settings-items.ts'
import { type SealedTokenKey, tokenKeysOf } from './token-keys.ts'
import type { WarmupItems } from './warmup-items.ts'

/** Under which name what is sealed beside a row is in its object. */
const SECRETS: { readonly [K in Kind]?: string } = {
  route: 'password',
  dkim: 'privateKey',
  'exit-login': 'password',
  'ses-key': 'secret',
  'post-secret': 'secret',
  'token-key': 'secret',
}

interface Known {
  readonly value: string
  readonly sealed: Uint8Array | null
  readonly made: object
}

/** By key, in its order. */
type Rows = Map<string, Known>
type Of = <T>(kind: Kind) => T[]

/** What the settings have of rows, and of which kinds. */
const FIELDS = {
  accounts: [['account'], (of: Of) => new Map(of<Account>('account').map((account) => [account.id, account]))],
  credentials: [['credential'], (of: Of) => new Map(of<SmtpCredential>('credential').map((credential) => [credential.user, credential]))],
  injectionKeys: [['key', 'ses-key'], (of: Of) => keysFrom(of<StoredApiKey>('key'), of<StoredSesKey>('ses-key'))],
  relays: [['relay'], (of: Of) => of<RelayNetwork>('relay')],
  routes: [['route'], (of: Of) => of<Route>('route')],
  milters: [['milter'], (of: Of) => of<Milter>('milter')],
  dkimKeys: [['dkim'], (of: Of) => of<DkimKey>('dkim')],
  senderDomains: [['sender'], (of: Of) => new Map(of<SenderDomain>('sender').map((sender) => [sender.domain, sender]))],
  suspensions: [
    ['suspension', 'narrow-suspension'],
    (of: Of) => [...of<Suspension>('suspension'), ...of<Suspension>('narrow-suspension')].toSorted((a, b) => a.id - b.id),
  ],
  alarms: [['alarm'], (of: Of) => of<AlarmSetting>('alarm')],
  brakes: [['brake'], (of: Of) => of<BrakeSetting>('brake')],
  sourceStates: [['source'], (of: Of) => of<SourceState>('source')],
  exitLogins: [['exit-login'], (of: Of) => of<ExitLogin>('exit-login')],
  rebindings: [['rebinding'], (of: Of) => of<Rebinding>('rebinding').toSorted((a, b) => a.id - b.id)],
  ownDomains: [['own-domain'], (of: Of) => new Map(of<OwnDomain>('own-domain').map((own) => [own.domain, own]))],
  reporters: [['reporter'], (of: Of) => of<FeedbackReporter>('reporter')],
  trackingHosts: [['tracking-host'], (of: Of) => of<TrackingHostState>('tracking-host')],
  postSecrets: [['post-secret'], (of: Of) => postSecretsOf(of<SealedPostSecret>('post-secret'))],
  tokenKeys: [['token-key'], (of: Of) => tokenKeysOf(of<SealedTokenKey>('token-key'))],
} as const satisfies { readonly [F in Exclude<keyof Settings, 'version' | 'rules' | 'smartRules' | 'warmups'>]: Field<Settings[F]> }

type Field<T> = readonly [kinds: readonly Kind[], made: (of: Of) => T]
type Fields = { -readonly [F in keyof typeof FIELDS]: Settings[F] }

export class SettingsSnapshot {
  readonly #database: DatabaseSync
  readonly #seal: Seal
  readonly #rules: RuleVersions
  readonly #warmups: WarmupItems
  readonly #version: StatementSync
  #rows = new Map<string, Rows>()
  #whole: Settings | null = null

  constructor(database: DatabaseSync, seal: Seal, parts: { readonly rules: RuleVersions; readonly warmups: WarmupItems }) {
    this.#database = database
    this.#seal = seal
    this.#rules = parts.rules
    this.#warmups = parts.warmups
    this.#version = database.prepare('SELECT version FROM meta')
  }

  version(): number {
    return Number(this.#version.get()?.['version'])
  }

  /** The same object as long as nothing changed. */
  read(): Settings {
    const before = this.#whole
    if (before !== null && before.version === this.version()) return before
    // What fails halfway is not taken for whole.
    this.#whole = null
    this.#database.exec('BEGIN')
    try {
      const version = this.version()
      const rows = before === null ? null : changedBetween(this.#database, before.version, version)
      const kinds = rows === null ? this.#readAll() : this.#readRows(rows)
      const fields = this.#fields(before, kinds)
      this.#whole = {
        ...fields,
        version,
        rules: this.#rules.owner(),
        smartRules: this.#rules.smart(),
        warmups: this.#warmups.read(),
      }
      return this.#whole
    } finally {
      this.#database.exec('COMMIT')
    }
  }

  /** Null: of all kinds. */
  #readAll(): null {
    const before = this.#rows
    this.#rows = new Map()
    for (const row of this.#database.prepare(SNAPSHOT).all() as unknown as ItemRow[])
      this.#rowsOf(row.kind).set(row.key, this.#known(row, before.get(row.kind)?.get(row.key)))
    return null
  }

  /** Returns of which kinds they are. */
  #readRows(changed: readonly ChangedRow[]): ReadonlySet<string> {
    const kinds = new Set<string>()
    for (const { kind, key } of changed) {
      if (!SNAPSHOT_KINDS.has(kind)) continue
      kinds.add(kind)
      const rows = this.#rowsOf(kind)
      const row = this.#database.prepare('SELECT kind, key, value, sealed FROM item WHERE kind = ? AND key = ?').get(kind, key)
      const known = rows.get(key)
      if (row === undefined) rows.delete(key)
      else rows.set(key, this.#known(row as unknown as ItemRow, known))
      if (row !== undefined && known === undefined) this.#inOrder(kind)
    }
    return kinds
  }

  /** A new one stands at its place, not at the end. */
  #inOrder(kind: string): void {
    const rows = this.#rowsOf(kind)
    const keys = this.#database.prepare('SELECT key FROM item WHERE kind = ? ORDER BY key').all(kind)
    const ordered = keys.flatMap(({ key }) => {
      const known = rows.get(String(key))
      return known === undefined ? [] : ([[String(key), known]] as const)
    })
    this.#rows.set(kind, new Map(ordered))
  }

  #rowsOf(kind: string): Rows {
    const known = this.#rows.get(kind)
    if (known !== undefined) return known
    const made: Rows = new Map()
    this.#rows.set(kind, made)
    return made
  }

  #known(row: ItemRow, before: Known | undefined): Known {
    const { kind, key, value, sealed } = row
    if (before !== undefined && before.value === value && isSame(before.sealed, sealed)) return before
    const secret = SECRETS[kind]
    const parsed = JSON.parse(value) as object
    const made = kind === 'account' ? accountFrom(parsed as StoredAccount) : parsed
    if (secret === undefined) return { value, sealed, made }
    return { value, sealed, made: { ...made, [secret]: sealed === null ? null : this.#seal.open(sealed, `${kind}/${key}`) } }
  }

  #fields(before: Settings | null, touched: ReadonlySet<string> | null): Fields {
    const of: Of = <T>(kind: Kind) => [...(this.#rows.get(kind)?.values() ?? [])].map(({ made }) => made as T)
    const entries = Object.entries(FIELDS).map(([name, [kinds, made]]) => {
      const isSo = before !== null && touched !== null && !kinds.some((kind) => touched.has(kind))
      return [name, isSo ? before[name as keyof Fields] : made(of)]
    })
    return Object.fromEntries(entries) as Fields
  }
}

function isSame(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : Buffer.compare(a, b) === 0
}
