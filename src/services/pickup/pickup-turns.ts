// What the thread does in a turn: files whose fate is known leave `taken/`, then the oldest of each folder are read, as many as there is room
// for, the folders in turns.
import type { AccountId, MessageId } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import { hasCrInHeader, readPickup } from '../../message/pickup.ts'
import { DataEncoder } from '../../smtp/data-codec.ts'
import { PickupFolder, type TakenFile } from '../../store/pickup/pickup-folder.ts'
import type { AccountPlace, PickedFile, PickupAnswer, PickupData, PickupRequest, Settled } from './protocol.ts'

interface Gathered {
  readonly files: PickedFile[]
  readonly left: PickupAnswer['left'][number][]
  readonly ids: MessageId[]
  readonly refused: PickupAnswer['refused'][number][]
  readonly troubles: PickupAnswer['troubles'][number][]
}

export class PickupTurns {
  readonly #data: PickupData
  readonly #folders = new Map<AccountId, PickupFolder>()
  #turn = 0

  constructor(data: PickupData) {
    this.#data = data
  }

  run({ settled, places, room, now, ids }: PickupRequest): PickupAnswer {
    const gathered: Gathered = { files: [], left: [], ids: [...ids], refused: [], troubles: [] }
    for (const one of settled) this.#guarded(one.account, gathered, () => this.#settle(one, gathered))
    const first = this.#turn++ % Math.max(1, places.length)
    let left = room
    let more = false
    for (let i = 0; i < places.length; i++) {
      const place = places[(first + i) % places.length]
      if (place === undefined) continue
      if (left.files <= 0 || left.octets <= 0) more = true
      else {
        this.#guarded(place.account, gathered, () => {
          const before = gathered.files.length
          if (this.#take(place, { now, room: left }, gathered)) more = true
          const octets = gathered.files.slice(before).reduce((sum, file) => sum + file.octets.length, 0)
          left = { files: left.files - (gathered.files.length - before), octets: left.octets - octets }
        })
      }
    }
    return { ...gathered, more }
  }

  #guarded(account: AccountId, { troubles }: Gathered, work: () => void): void {
    try {
      work()
    } catch (error) {
      troubles.push({ account, trouble: `Files cannot be picked up: ${messageOf(error)}.` })
    }
  }

  #settle({ account, file, became }: Settled, { refused }: Gathered): void {
    const folder = this.#folders.get(account)
    if (became === 'sent') folder?.remove(file)
    else if (became === 'unsure') folder?.leave(file)
    else if (became === 'later' || became === 'anew') folder?.putOff(file, became === 'anew')
    else if (folder !== undefined) refused.push({ account, ...folder.refuse(file, became.reason) })
  }

  /** Whether there may be more. */
  #take(place: AccountPlace, { now, room }: Pick<PickupRequest, 'now' | 'room'>, gathered: Gathered): boolean {
    const { account } = place
    const folder = this.#folders.get(account) ?? new PickupFolder(place, this.#data.terms)
    this.#folders.set(account, folder)
    const taking = folder.take(now, room, gathered.ids)
    if (typeof taking === 'string') {
      gathered.troubles.push({ account, trouble: taking })
      return false
    }
    gathered.left.push(...taking.left.map((one) => ({ account, ...one })))
    gathered.refused.push(...taking.refused.map((one) => ({ account, ...one })))
    for (const taken of taking.taken) {
      const read = this.#read(account, taken)
      if ('reason' in read) gathered.refused.push({ account, ...folder.refuse(taken.file, read.reason) })
      else gathered.files.push(read)
    }
    return taking.more
  }

  #read(account: AccountId, { file, id, octets }: TakenFile): PickedFile | { readonly reason: string } {
    if (hasCrInHeader(octets)) return { reason: 'Its header has a CR within a line: lines end in CRLF, or in LF.' }
    const read = readPickup(inLines(octets), this.#data.limits)
    if (typeof read === 'string') return { reason: read }
    // Memory of its own, which is handed over rather than copied.
    const own = Buffer.allocUnsafeSlow(read.octets.length)
    read.octets.copy(own)
    return { account, file, id, ...read, octets: own }
  }
}

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** Files are written with the line ends of their system: each line ends in CRLF here (rfc:5322#2.1), the last one too. */
function inLines(octets: Buffer): Buffer {
  const out: Buffer[] = []
  const encoder = new DataEncoder(false)
  encoder.push(octets.subarray(0, 3).equals(BYTE_ORDER_MARK) ? octets.subarray(3) : octets, out)
  encoder.finish(out)
  const last = out.at(-1)
  if (last !== undefined && last[last.length - 1] !== 10) out.push(Buffer.from('\r\n'))
  const [first] = out
  return out.length === 1 && first !== undefined ? first : Buffer.concat(out)
}
