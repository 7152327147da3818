// Webhooks in the settings database: each an item of its own with its secrets sealed beside it, read when they are asked for, as no worker
// needs them. Who lists them sees the times of their secrets, and opens none. A program that does not know the kind leaves it alone.
import type { DatabaseSync } from 'node:sqlite'
import type { AccountId } from '../../../base/brand.ts'
import type { Webhook } from '../../../contract/webhooks.ts'
import type { ListedWebhook, StoredWebhook, Webhooks, WebhookSecret } from '../../../engine/ports/webhooks.ts'
import type { Seal } from './sealing.ts'
import type { Item, ItemRow } from './settings-items.ts'

const KIND = 'webhook'
const SELECT = 'SELECT key, value, sealed FROM item WHERE kind = ?'
const COUNT = "SELECT count(*) AS 'all', count(*) FILTER (WHERE value ->> '$.account' = ?) AS own FROM item WHERE kind = ?"

export class WebhookItems implements Webhooks {
  readonly #database: DatabaseSync
  readonly #seal: Seal

  constructor(database: DatabaseSync, seal: Seal) {
    this.#database = database
    this.#seal = seal
  }

  count(account: AccountId): { readonly own: number; readonly all: number } {
    const row = this.#database.prepare(COUNT).get(account, KIND)
    return { own: Number(row?.['own']), all: Number(row?.['all']) }
  }

  list(account?: AccountId): readonly ListedWebhook[] {
    const some = account === undefined ? [] : [account]
    const sql = `${SELECT} ${account === undefined ? '' : "AND value ->> '$.account' = ?"} ORDER BY key`
    return (this.#database.prepare(sql).all(KIND, ...some) as unknown as ItemRow[]).map((row) => this.#listed(row))
  }

  find(id: string): ListedWebhook | null {
    const row = this.#row(id)
    return row && this.#listed(row)
  }

  unsealed(id: string): StoredWebhook | null {
    const row = this.#row(id)
    return row && { ...(JSON.parse(row.value) as Webhook), secrets: this.#secrets(row) }
  }

  #row(id: string): ItemRow | null {
    return (this.#database.prepare(`${SELECT} AND key = ?`).get(KIND, id) as unknown as ItemRow | undefined) ?? null
  }

  /** What is sealed is gone where a restore had another key, whatever stands beside it. */
  #listed(row: ItemRow): ListedWebhook {
    const value = JSON.parse(row.value) as Webhook & Partial<ListedWebhook>
    return { ...value, secrets: row.sealed === null ? [] : (value.secrets ?? this.#secrets(row)) }
  }

  #secrets({ key, sealed }: ItemRow): readonly WebhookSecret[] {
    return sealed === null ? [] : (JSON.parse(this.#seal.open(sealed, `${KIND}/${key}`)) as readonly WebhookSecret[])
  }
}

export function itemOfWebhook({ secrets, ...webhook }: StoredWebhook): Item {
  const value: ListedWebhook = { ...webhook, secrets: secrets.map(({ since, until }) => ({ since, until })) }
  return { kind: KIND, key: webhook.id, value, secret: JSON.stringify(secrets) }
}
