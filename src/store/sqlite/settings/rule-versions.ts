// The versions of the delivery rules in the settings database: each a whole document as JSON, an item of its own, the newest counts.
// A program that does not know the kind leaves it alone. What is in force is parsed once, not at every change of another setting.
import type { DatabaseSync } from 'node:sqlite'
import { NO_RULES, RULES_HISTORY, type RulesInForce, type RulesVersion, type SmartRulesInForce } from '../../../contract/rules.ts'
import type { WhoseRules } from '../../../contract/operations.ts'
import type { RulesState, RulesText } from '../../../engine/ports/stores.ts'

/** Kinds of items, by whose rules they are. */
const KINDS: Readonly<Record<WhoseRules, string>> = { owner: 'rules', smart: 'smart-rules' }
/** Documents of more characters are named in the audit by their version alone: `hms rules history` has them. */
const LARGE = 32 * 1024
/** Keys sort as their numbers do. */
const DIGITS = 10

interface Stored extends RulesVersion, RulesState {}

const keyOf = (version: number): string => String(version).padStart(DIGITS, '0')

export class RuleVersions {
  readonly #database: DatabaseSync
  #owner: RulesInForce = { version: 0, document: NO_RULES }
  #smart: SmartRulesInForce = { version: 0, document: null, pinned: false }

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  owner(): RulesInForce {
    const version = this.#newest('owner')
    if (version !== this.#owner.version) this.#owner = readLater(version, this.stored('owner', version))
    return this.#owner
  }

  smart(): SmartRulesInForce {
    const version = this.#newest('smart')
    if (version === this.#smart.version) return this.#smart
    const { document = null, pinned = false } = this.at('smart', version) ?? {}
    this.#smart = { version, document, pinned }
    return this.#smart
  }

  at(whose: WhoseRules, version: number): RulesState | undefined {
    const stored = this.stored(whose, version)
    return stored === null ? undefined : (JSON.parse(stored) as Stored)
  }

  /** As it is stored. */
  stored(whose: WhoseRules, version = this.#newest(whose)): string | null {
    const row = this.#database.prepare('SELECT value FROM item WHERE kind = ? AND key = ?').get(KINDS[whose], keyOf(version))
    return row === undefined ? null : String(row['value'])
  }

  /** Newest first. */
  history(whose: WhoseRules, limit: number): readonly RulesVersion[] {
    // The document is not read: with it a version may have megabytes.
    const sql = `SELECT value ->> '$.version' AS version, value ->> '$.at' AS at, value ->> '$.by' AS by, value ->> '$.note' AS note
      FROM item WHERE kind = ? ORDER BY key DESC LIMIT ?`
    return this.#database.prepare(sql).all(KINDS[whose], limit) as unknown as readonly RulesVersion[]
  }

  /** The version in force as the audit tells of it: with its document unless that is large. Null: there is none. */
  audited(whose: WhoseRules): object | null {
    const version = this.#newest(whose)
    const stored = this.stored(whose, version)
    if (stored === null) return null
    return stored.length <= LARGE ? (JSON.parse(stored) as Stored) : { version, characters: stored.length }
  }

  /** Within a transaction. */
  put(whose: WhoseRules, state: RulesState | RulesText, who: Omit<RulesVersion, 'version'>): number {
    const version = this.#newest(whose) + 1
    const head = { version, ...who, pinned: state.pinned }
    const json = 'json' in state ? state.json : JSON.stringify(state.document)
    const stored = `${JSON.stringify(head).slice(0, -1)},"document":${json}}`
    this.#database.prepare('INSERT INTO item VALUES (?, ?, ?, NULL)').run(KINDS[whose], keyOf(version), stored)
    this.#forgetOld(whose)
    return version
  }

  #newest(whose: WhoseRules): number {
    return Number(this.#database.prepare('SELECT max(key) AS key FROM item WHERE kind = ?').get(KINDS[whose])?.['key'] ?? 0)
  }

  #forgetOld(whose: WhoseRules): void {
    const sql = 'SELECT key, octet_length(value) AS octets FROM item WHERE kind = ? ORDER BY key DESC'
    const rows = this.#database.prepare(sql).all(KINDS[whose]) as unknown as readonly { key: string; octets: number }[]
    let octets = 0
    for (const [i, row] of rows.entries()) {
      octets += row.octets
      if (i === 0 || (i < RULES_HISTORY.versions && octets <= RULES_HISTORY.octets)) continue
      this.#database.prepare('DELETE FROM item WHERE kind = ? AND key <= ?').run(KINDS[whose], row.key)
      return
    }
  }
}

/** Read when somebody asks for the document: the desk does so seldom, and a large one takes a while. */
function readLater(version: number, stored: string | null): RulesInForce {
  let text = stored
  let document = NO_RULES
  return {
    version,
    get document() {
      if (text !== null) document = (JSON.parse(text) as Stored).document ?? NO_RULES
      text = null
      return document
    },
  }
}
