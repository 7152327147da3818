// What operations ask of the home and the machine besides the stores (contract/home-tools.ts).
import type { AccountId, Domain } from '../../base/brand.ts'
import type { Actor } from '../../contract/actor.ts'
import type { ConfigFileView, ConfigMerge, DoctorCheck, MergeSide, TestMessage, TrustAnswer } from '../../contract/home-tools.ts'
import type { RulesDocument } from '../../contract/rules.ts'

/** Of an account or of none. */
export type Asker = Pick<Actor, 'by' | 'account'>

export interface DoctorOptions {
  readonly network: boolean
  readonly addresses: readonly string[]
  readonly probe: string | null
  readonly spool: boolean
}

export interface TestLetter {
  readonly account: AccountId | null
  readonly from: string | null
  readonly to: readonly string[]
  readonly subject: string | null
  readonly text: string | null
  readonly mailing: string | null
}

export interface LogAsked {
  /** Null: today. */
  readonly day: string | null
  readonly limit: number
  /** Lines that end at or before this octet; null: the end. */
  readonly before: number | null
}

export interface LogPage {
  /** The newest first. */
  readonly lines: readonly string[]
  /** Where the oldest of them begins; null: nothing is before it. */
  readonly next: number | null
}

export interface HomeTools {
  doctor(options: DoctorOptions, asker: Asker): Promise<readonly DoctorCheck[]>
  sendTest(letter: TestLetter, asker: Asker): Promise<TestMessage>
  trust(
    domain: Domain,
    rules: { readonly owner: RulesDocument; readonly smart: RulesDocument },
  ): Promise<Omit<TrustAnswer, 'domain' | 'route'>>
  log(account: AccountId, asked: LogAsked, asker: Asker): Promise<LogPage>
  configFiles(): readonly ConfigFileView[]
  merge(sides: { readonly take: ReadonlyMap<string, MergeSide>; readonly rest: MergeSide | null } | null, apply: boolean): ConfigMerge
}
