// Webhooks in the settings database: each an item of its own with its secrets sealed beside it, read when they are asked for, as no worker
// needs them. A program that does not know the kind leaves it alone.
import type { DatabaseSync } from 'node:sqlite'
import type { AccountId } from '../../base/brand.ts'
import type { StoredWebhook, Webhooks, WebhookSecret } from '../../engine/ports/webhooks.ts'
import type { Seal } from './sealing.ts'
import type { Item, ItemRow } from './settings-items.ts'

const KIND = 'webhook'
const SELECT = 'SELECT key, value, sealed FROM item WHERE kind = ?'

export class WebhookItems implements Webhooks {
  readonly #database: DatabaseSync
  readonly #seal: Seal

  constructor(database: DatabaseSync, seal: Seal) {
    this.#database = database
    this.#seal = seal
  }

  list(account?: AccountId): readonly StoredWebhook[] {
    const all = this.#database.prepare(`${SELECT} ORDER BY key`).all(KIND) as unknown as ItemRow[]
    return all.map((row) => this.#opened(row)).filter((one) => account === undefined || one.account === account)
  }

  find(id: string): StoredWebhook | null {
    const row = this.#database.prepare(`${SELECT} AND key = ?`).get(KIND, id) as unknown as ItemRow | undefined
    return row === undefined ? null : this.#opened(row)
  }

  #opened({ key, value, sealed }: ItemRow): StoredWebhook {
    const secrets = sealed === null ? [] : (JSON.parse(this.#seal.open(sealed, `${KIND}/${key}`)) as readonly WebhookSecret[])
    return { ...(JSON.parse(value) as Omit<StoredWebhook, 'secrets'>), secrets }
  }
}

export function itemOfWebhook({ secrets, ...value }: StoredWebhook): Item {
  return { kind: KIND, key: value.id, value, secret: JSON.stringify(secrets) }
}
