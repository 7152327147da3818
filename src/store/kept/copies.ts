// Reads copies of delivered mail and takes people out of them, beside workers that write. Segments are named by their day: the
// newest are looked at first.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import type { AccountId, MessageId } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import type { KeptDelivery, KeptMessage, KeptOperations } from '../../contract/kept.ts'
import type { OctetPiece } from '../../contract/forms.ts'
import type { KeptCopies } from '../../engine/ports/kept.ts'
import { findHeaderEnd } from '../../message/header.ts'
import { CompiledMerge } from '../../message/merge/compiled.ts'
import { readDocument, writeRow } from '../../message/merge/document.ts'
import type { Eraser } from '../../policy/kept/erasure.ts'
import { placeOf } from '../../base/message-id.ts'
import { addressKey } from '../../policy/suppression/targets.ts'
import { KeyFilter, removeFilter } from './key-filter.ts'
import { keptAccounts } from './prune.ts'
import { accountFolder, DEFLATED, type FoundRecord, inOrder, KeptSegment, type SegmentName, segmentsOf, type Telling } from './segment.ts'

/** Records that one page looks at; the next goes on. */
const MOST_LOOKED = 20_000
const MOST_DELIVERIES = 1000
const PIECE = 1 << 20
const DEFAULT_LIMIT = 100
const inflated = promisify(inflateRaw)

type Wanted = Omit<KeptOperations['kept.find']['params'], 'account' | 'after' | 'limit'>

export class CopyShelf implements KeptCopies {
  readonly #folder: string
  readonly #keyFile: string

  constructor(folder: string, keyFile: string) {
    this.#folder = folder
    this.#keyFile = keyFile
  }

  readonly find: KeptCopies['find'] = async ({ account, after, limit = DEFAULT_LIMIT, ...wanted }) => {
    const deliveries: KeptDelivery[] = []
    let looked = 0
    const [from, before] = placeIn(after)
    const segments = await segmentsOf(this.#of(account))
    for (const segment of segments.toReversed()) {
      if (from !== null && inOrder(segment, from) > 0) continue
      const most = from !== null && inOrder(segment, from) === 0 ? before : Infinity
      const all = await this.#toldOf(account, segment, { wanted, isClosed: isClosed(segment, segments) })
      if (all === null && ++looked >= MOST_LOOKED) return { deliveries, next: placeOfRecord(segment, 0) }
      const records = (all ?? []).filter((_one, n) => n < most)
      for (let n = records.length - 1; n >= 0; n--) {
        const telling = records[n]?.telling
        if (telling !== undefined && isWanted(telling, wanted)) deliveries.push(telling)
        if (++looked >= MOST_LOOKED || deliveries.length >= limit) return { deliveries, next: placeOfRecord(segment, n) }
      }
    }
    return { deliveries, next: null }
  }

  readonly show: KeptCopies['show'] = async ({ account, message }): Promise<KeptMessage> => {
    const { deliveries, octets } = await this.#ofMessage(account, message)
    const isTemplate = deliveries.some((one) => one.isTemplate)
    const end = octets === null ? 0 : findHeaderEnd(octets)
    return { deliveries, header: octets === null || isTemplate ? null : octets.toString('utf8', 0, end < 0 ? octets.length : end) }
  }

  readonly raw: KeptCopies['raw'] = async ({ account, message, address, from = 0 }): Promise<OctetPiece> => {
    const { deliveries, octets: kept } = await this.#ofMessage(account, message)
    if (kept === null) throw gone(message)
    const octets = address === undefined ? kept : ownOf(deliveries, kept, address)
    const next = from + PIECE
    return { size: octets.length, from, octets: octets.toString('base64', from, next), next: next < octets.length ? next : null }
  }

  accounts(): readonly AccountId[] {
    return keptAccounts(this.#folder)
  }

  async erase(account: AccountId, eraser: Eraser, dryRun: boolean, gently: () => Promise<void>): Promise<number> {
    const his = new Set<string>()
    const segments = await segmentsOf(this.#of(account))
    for (const segment of segments) {
      for (const { telling } of await this.#tellings(account, segment))
        if (telling.recipients.some(({ address }) => eraser.is(address))) his.add(telling.message)
      await gently()
    }
    if (dryRun || his.size === 0) return his.size
    for (const segment of segments) {
      await this.#blank(account, segment, his)
      await gently()
    }
    return his.size
  }

  #of(account: AccountId): string {
    return accountFolder(this.#folder, account)
  }

  /** Null: by its filter it has none of what is wanted. One that has no filter and is not written any more gets one. */
  async #toldOf(
    account: AccountId,
    { name }: SegmentName,
    { wanted, isClosed }: { readonly wanted: Pick<Wanted, 'message' | 'address'>; readonly isClosed: boolean },
  ): Promise<readonly FoundRecord[] | null> {
    const path = join(this.#of(account), name)
    await using segment = await this.#open(account, name, 'r')
    if (segment === null) return []
    const size = await segment.size()
    const filter = new KeyFilter(readFileSync(this.#keyFile))
    const may = await filter.mayHave(path, size, wanted)
    if (may === false) return null
    const found = await segment.all()
    const tellings = found.map(({ telling }) => telling)
    // It only makes the next search quicker.
    if (may === null && isClosed) await filter.write(path, size, tellings).catch(() => undefined)
    return found
  }

  async #tellings(account: AccountId, { name }: SegmentName): Promise<readonly FoundRecord[]> {
    await using segment = await this.#open(account, name, 'r')
    return segment === null ? [] : await segment.all()
  }

  async #ofMessage(
    account: AccountId,
    message: MessageId,
  ): Promise<{ readonly deliveries: readonly KeptDelivery[]; readonly octets: Buffer | null }> {
    const { shard } = placeOf(message)
    const deliveries: KeptDelivery[] = []
    let octets: Buffer | null = null
    const segments = await segmentsOf(this.#of(account))
    for (const one of segments.filter((each) => each.shard === shard).toReversed()) {
      const told = await this.#toldOf(account, one, { wanted: { message }, isClosed: isClosed(one, segments) })
      await using segment = told === null ? null : await this.#open(account, one.name, 'r')
      if (told === null || segment === null) continue
      const own = told.filter(({ telling }) => telling.message === message).toReversed()
      for (const { record, telling } of own) {
        if (deliveries.length < MOST_DELIVERIES) deliveries.push(telling)
        octets ??= await unpacked(await segment.octetsOf(record, message))
      }
    }
    if (deliveries.length === 0) throw gone(message)
    return { deliveries, octets }
  }

  async #blank(account: AccountId, { name }: SegmentName, messages: ReadonlySet<string>): Promise<void> {
    await using segment = await this.#open(account, name, 'r+')
    if (segment === null) return
    await removeFilter(join(this.#of(account), name))
    for await (const { record, telling } of segment.records()) if (messages.has(telling.message)) await segment.blank(record)
    await segment.handle.datasync()
  }

  #open(account: AccountId, name: string, flags: 'r' | 'r+'): Promise<KeptSegment | null> {
    return KeptSegment.open(join(this.#of(account), name), readFileSync(this.#keyFile), { account: String(account), flags })
  }
}

/** Its worker goes on in another one. */
function isClosed(segment: SegmentName, all: readonly SegmentName[]): boolean {
  return all.some((one) => one.shard === segment.shard && inOrder(one, segment) > 0)
}

function isWanted({ recipients, message, subject, at }: Telling, wanted: Wanted): boolean {
  const key = wanted.address === undefined ? undefined : addressKey(wanted.address)
  if (at < (wanted.since ?? 0) || (wanted.message ?? message) !== message) return false
  if (key !== undefined && !recipients.some(({ address }) => addressKey(address) === key)) return false
  return wanted.subject === undefined || (subject ?? '').toLowerCase().includes(wanted.subject.toLowerCase())
}

type Place = Omit<SegmentName, 'name'>

function placeOfRecord({ day, shard, n }: Place, record: number): string {
  return `${day}.${shard}.${n}:${record}`
}

/** Of what `next` told. */
function placeIn(text: string | undefined): readonly [place: Place | null, before: number] {
  const [, day = '', shard, n, record] = /^(\d{4}-\d\d-\d\d)\.(\d{1,6})\.(\d{1,9}):(\d{1,9})$/.exec(text ?? '') ?? []
  return day === '' ? [null, Infinity] : [{ day, shard: Number(shard), n: Number(n) }, Number(record)]
}

async function unpacked(packed: Buffer | null): Promise<Buffer | null> {
  if (packed === null) return null
  return packed[0] === DEFLATED ? inflated(packed.subarray(1)) : packed.subarray(1)
}

function gone(message: MessageId): Fault {
  return new Fault('no-copy', `There is no copy of message ${message}.`, {
    blame: 'caller',
    mend: "'hms kept ls' lists those of an account; they go as its days and octets say.",
  })
}

/** What one recipient got: of a template, it is made for him once more; every piece of it is the same at each call. */
function ownOf(deliveries: readonly KeptDelivery[], octets: Buffer, address: string): Buffer {
  const key = addressKey(address)
  for (const { message, recipients, isTemplate } of deliveries) {
    const his = recipients.find((one) => addressKey(one.address) === key)
    if (his === undefined) continue
    if (!isTemplate) return octets
    const merge = writeRow({ clientId: null, name: his.name ?? '', json: his.data ?? '{}' })
    return new CompiledMerge(readDocument(octets)).render({ address: his.address, merge }, message)
  }
  throw new Fault('no-copy', `There is no copy of a delivery to ${address}.`, {
    blame: 'caller',
    mend: "'hms kept show' lists who got it.",
  })
}
