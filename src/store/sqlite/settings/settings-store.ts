// The settings (master.v2.db): what the owner changes while the server runs. Few small rows, read whole into a snapshot; each is its JSON
// under a kind and a key, secrets sealed beside it, so that a new field of a setting is no change of the format.
import { randomInt } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import type { AccountId, Domain, EpochMs } from '../../../base/brand.ts'
import { systemClock } from '../../../base/clock.ts'
import { formatEpoch } from '../../../base/message-id.ts'
import type { AlarmSetting } from '../../../contract/alarms.ts'
import type { BrakeSetting } from '../../../contract/brakes.ts'
import {
  type Account,
  type DkimKey,
  type ExitLogin,
  type FeedbackReporter,
  type InjectionKey,
  type OwnDomain,
  type Rebinding,
  type RelayNetwork,
  type Route,
  type SenderDomain,
  type Settings,
  type SmtpCredential,
  type SourceState,
  type Suspension,
  type TokenKey,
} from '../../../contract/settings.ts'
import type { Milter } from '../../../contract/milters.ts'
import type { StoredTemplate } from '../../../contract/templates.ts'
import type { TrackingHostState } from '../../../contract/tracking.ts'
import type { WarmupState } from '../../../contract/warmup.ts'
import type { WhoseRules } from '../../../contract/operations.ts'
import type { FirstUser } from '../../../engine/ports/access.ts'
import type { StoredWebhook } from '../../../engine/ports/webhooks.ts'
import { alarmKey } from '../../../policy/alarms/terms.ts'
import type { AuditCall, AuditLine, AuditStates, RulesState, RulesText, SettingsStore, TakenFrom } from '../../../engine/ports/stores.ts'
import { hasLaterCriteria } from '../../../policy/suspension.ts'
import { storedAccount } from './account-items.ts'
import { itemOfKey, placeOfKey } from './key-items.ts'
import { noteLines } from '../desk/noted.ts'
import { AuditBook } from '../access/audit-book.ts'
import { AuditedItems, NONE, PUT } from './audited-items.ts'
import { raiseVersion } from './change-log.ts'
import { brakeKey } from './settings-items.ts'
import { SettingsSnapshot } from './settings-snapshot.ts'
import { RuleVersions } from './rule-versions.ts'
import { TemplateItems } from './template-items.ts'
import { sealedTokenKey } from './token-keys.ts'
import { WarmupItems } from './warmup-items.ts'
import type { Seal } from './sealing.ts'
import { itemOfWebhook, WebhookItems } from './webhook-items.ts'
import { inTransaction } from '../transaction.ts'

export class SettingsOnSqlite implements SettingsStore {
  private readonly database: DatabaseSync
  private readonly seal: Seal
  private readonly rules: RuleVersions
  private readonly warmups: WarmupItems
  private readonly book: AuditBook
  private readonly items: AuditedItems
  private readonly snapshot: SettingsSnapshot
  readonly templates: TemplateItems
  readonly webhooks: WebhookItems
  private seen = -1

  constructor(database: DatabaseSync, seal: Seal, shared?: SettingsOnSqlite, call?: AuditCall) {
    this.database = database
    this.seal = seal
    this.rules = shared?.rules ?? new RuleVersions(database)
    this.warmups = shared?.warmups ?? new WarmupItems(database)
    this.templates = shared?.templates ?? new TemplateItems(database)
    this.webhooks = shared?.webhooks ?? new WebhookItems(database, seal)
    this.book = shared?.book ?? new AuditBook(database)
    this.items = new AuditedItems(database, seal, this.book, call)
    this.snapshot = shared?.snapshot ?? new SettingsSnapshot(database, seal, { rules: this.rules, warmups: this.warmups })
  }

  as(call: AuditCall): SettingsOnSqlite {
    return new SettingsOnSqlite(this.database, this.seal, this, call)
  }

  [Symbol.dispose](): void {
    if (this.database.isOpen) this.database.close()
  }

  read(): Settings {
    // The look at the version comes first: a change while reading is seen at the next look.
    this.seen = this.dataVersion()
    return this.snapshot.read()
  }

  version(): number {
    return this.snapshot.version()
  }

  changed(): boolean {
    return this.dataVersion() !== this.seen
  }

  /** Changes when another connection commits. */
  private dataVersion(): number {
    return Number(this.database.prepare('PRAGMA data_version').get()?.['data_version'])
  }

  epoch(): string {
    return String(this.database.prepare('SELECT epoch FROM meta').get()?.['epoch'])
  }

  installation(): string {
    return String(this.database.prepare('SELECT installation FROM meta').get()?.['installation'])
  }

  renewEpoch(by: string): void {
    this.items.change(by, 'epoch renewed', () => {
      const before = { epoch: this.epoch() }
      this.database.prepare('UPDATE meta SET epoch = ?').run(formatEpoch(randomInt(2 ** 30)))
      return { subject: '', before, after: { epoch: this.epoch() } }
    })
  }

  putAccount(account: Account, by: string): void {
    this.items.put({ kind: 'account', key: String(account.id), value: storedAccount(account) }, by)
  }

  putCredential(credential: SmtpCredential, by: string): void {
    this.items.put({ kind: 'credential', key: credential.user, value: credential }, by)
  }

  removeCredential(user: string, by: string): boolean {
    return this.items.remove('credential', user, by)
  }

  putRelay(relay: RelayNetwork, by: string): void {
    this.items.put({ kind: 'relay', key: relay.cidr, value: relay }, by)
  }

  removeRelay(cidr: string, by: string): boolean {
    return this.items.remove('relay', cidr, by)
  }

  putRoute({ password, ...route }: Route, by: string): void {
    this.items.put({ kind: 'route', key: route.pattern, value: route, secret: password }, by)
  }

  removeRoute(pattern: string, by: string): boolean {
    return this.items.remove('route', pattern, by)
  }

  putMilter(milter: Milter, by: string): void {
    this.items.put({ kind: 'milter', key: milter.name, value: milter }, by)
  }

  removeMilter(name: string, by: string): boolean {
    return this.items.remove('milter', name, by)
  }

  putDkimKey({ privateKey, ...key }: DkimKey, by: string): void {
    this.items.put({ kind: 'dkim', key: `${key.domain} ${key.selector}`, value: key, secret: privateKey }, by)
  }

  removeDkimKey(domain: Domain, selector: string, by: string): boolean {
    return this.items.remove('dkim', `${domain} ${selector}`, by)
  }

  putSenderDomain(domain: SenderDomain, by: string): void {
    this.items.put({ kind: 'sender', key: domain.domain, value: domain }, by)
  }

  removeSenderDomain(domain: Domain, by: string): boolean {
    return this.items.remove('sender', domain, by)
  }

  putSuspension(suspension: Suspension, by: string): void {
    // A program that does not know all its criteria would keep back more.
    const kind = hasLaterCriteria(suspension) ? 'narrow-suspension' : 'suspension'
    this.items.put({ kind, key: String(suspension.id), value: suspension }, by)
  }

  removeSuspension(id: number, by: string): boolean {
    return this.items.remove('suspension', String(id), by) || this.items.remove('narrow-suspension', String(id), by)
  }

  putRebinding(rebinding: Rebinding, by: string): void {
    this.items.put({ kind: 'rebinding', key: String(rebinding.id), value: rebinding }, by)
  }

  removeRebinding(id: number, by: string): boolean {
    return this.items.remove('rebinding', String(id), by)
  }

  putTrackingHost(state: TrackingHostState, by: string): void {
    this.items.put({ kind: 'tracking-host', key: state.host, value: state }, by)
  }

  removeTrackingHost(host: string, by: string): boolean {
    return this.items.remove('tracking-host', host, by)
  }

  putTokenKey(key: TokenKey, by: string): void {
    const { value, secret } = sealedTokenKey(key)
    this.items.put({ kind: 'token-key', key: String(key.n), value, secret }, by)
  }

  removeTokenKey(n: number, by: string): boolean {
    return this.items.remove('token-key', String(n), by)
  }

  putPostSecret(account: AccountId, secret: Uint8Array, by: string): void {
    this.items.put({ kind: 'post-secret', key: String(account), value: { account }, secret: Buffer.from(secret).toString('base64') }, by)
  }

  removePostSecret(account: AccountId, by: string): boolean {
    return this.items.remove('post-secret', String(account), by)
  }

  putAlarm(setting: AlarmSetting, by: string): void {
    this.items.put({ kind: 'alarm', key: alarmKey(setting.name, setting.subject), value: setting }, by)
  }

  removeAlarm({ name, subject }: Pick<AlarmSetting, 'name' | 'subject'>, by: string): boolean {
    return this.items.remove('alarm', alarmKey(name, subject), by)
  }

  putBrake(setting: BrakeSetting, by: string): void {
    this.items.put({ kind: 'brake', key: brakeKey(setting), value: setting }, by)
  }

  removeBrake(which: Pick<BrakeSetting, 'name' | 'account'>, by: string): boolean {
    return this.items.remove('brake', brakeKey(which), by)
  }

  putSourceState(state: SourceState, by: string): void {
    this.items.put({ kind: 'source', key: state.source, value: state }, by)
  }

  putExitLogin({ password, ...login }: ExitLogin, by: string): void {
    this.items.put({ kind: 'exit-login', key: login.source, value: login, secret: password }, by)
  }

  removeExitLogin(source: string, by: string): boolean {
    return this.items.remove('exit-login', source, by)
  }

  putOwnDomain(own: OwnDomain, by: string): void {
    this.items.put({ kind: 'own-domain', key: own.domain, value: own }, by)
  }

  removeOwnDomain(domain: Domain, by: string): boolean {
    return this.items.remove('own-domain', domain, by)
  }

  putTemplate(template: Omit<StoredTemplate, 'version'>, by: string): StoredTemplate {
    let stored: StoredTemplate | null = null
    this.items.change(by, 'template set', () => {
      const before = this.templates.own(template)
      stored = this.templates.put(template)
      return { subject: `${template.id} ${stored.version}`, before, after: stored }
    })
    if (stored === null) throw new Error('what is put is stored')
    return stored
  }

  removeTemplate(which: Pick<StoredTemplate, 'id' | 'account'>, by: string): boolean {
    return this.items.change(by, 'template removed', () => {
      const before = this.templates.own(which)
      return this.templates.remove(which) ? { subject: which.id, before, after: null } : null
    })
  }

  putWebhook(webhook: StoredWebhook, by: string): void {
    this.items.put(itemOfWebhook(webhook), by)
  }

  removeWebhook(id: string, by: string): boolean {
    return this.items.remove('webhook', id, by)
  }

  putReporter(reporter: FeedbackReporter, by: string): void {
    this.items.put({ kind: 'reporter', key: reporter.who, value: reporter }, by)
  }

  removeReporter(who: string, by: string): boolean {
    return this.items.remove('reporter', who, by)
  }

  putUser(user: { readonly name: string; readonly role: 'owner'; readonly hash: string }, by: string): void {
    this.items.put({ kind: 'user', key: user.name, value: user }, by)
  }

  firstUsers(): readonly FirstUser[] {
    const rows = this.database.prepare("SELECT value FROM item WHERE kind = 'user' ORDER BY key").all()
    return rows.map((row) => JSON.parse(String(row['value'])) as FirstUser)
  }

  putInjectionKey(key: InjectionKey, by: string): void {
    this.items.put(itemOfKey(key), by)
  }

  removeInjectionKey(user: string, by: string): boolean {
    const place = placeOfKey(user)
    return place !== undefined && this.items.remove(place.kind, place.key, by)
  }

  putRules(whose: WhoseRules, state: RulesState | RulesText, { by, note }: { readonly by: string; readonly note: string }): number {
    let version = 0
    this.items.change(by, whose === 'smart' ? 'smart rules set' : 'rules set', () => {
      const before = this.rules.audited(whose)
      version = this.rules.put(whose, state, { at: systemClock.now(), by, note })
      return { subject: `version ${version}${note === '' ? '' : `: ${note}`}`, before, after: this.rules.audited(whose) }
    })
    return version
  }

  rulesHistory(whose: WhoseRules, limit: number) {
    return this.rules.history(whose, limit)
  }

  storedRules(): string | null {
    return this.rules.stored('owner')
  }

  rulesAt(whose: WhoseRules, version: number): RulesState | undefined {
    return this.rules.at(whose, version)
  }

  putWarmups(states: readonly WarmupState[], gone: readonly string[], by: string): void {
    const { database } = this
    inTransaction(database, () => {
      const told = this.warmups.put(states, gone)
      raiseVersion(database, NONE)
      for (const { action, ...states } of told) this.items.write(by, action, states)
    })
  }

  note(by: string, action: string, subject: string, states: AuditStates = {}): void {
    inTransaction(this.database, () => this.items.write(by, action, { subject, ...states }))
  }

  complete(id: number, states: AuditStates, call: AuditCall): void {
    inTransaction(this.database, () => this.book.complete(id, states, call))
  }

  noteFrom(source: string, taken: TakenFrom, lines: readonly AuditLine[]): void {
    inTransaction(this.database, () => {
      noteLines(this.database, lines)
      this.database.prepare(PUT).run('taken', source, JSON.stringify(taken), null)
    })
  }

  notedUpTo(source: string): TakenFrom | undefined {
    const row = this.database.prepare("SELECT value FROM item WHERE kind = 'taken' AND key = ?").get(source)
    return row === undefined ? undefined : (JSON.parse(String(row['value'])) as TakenFrom)
  }

  audit(limit: number) {
    const rows = this.database.prepare('SELECT at, by, action, subject FROM audit ORDER BY id DESC LIMIT ?').all(limit)
    return rows as unknown as readonly { at: number; by: string; action: string; subject: string }[]
  }

  audited(question: Parameters<SettingsStore['audited']>[0]) {
    return this.book.find(question)
  }

  pruneAudit(olderThan: EpochMs, mostOctets: number): void {
    inTransaction(this.database, () => this.book.prune(olderThan, mostOctets))
  }
}
