// Reading the body of a request: bounded in octets and in pieces, and on the account of all bodies as long as it is answered.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { leavesEnough } from '../../policy/shares.ts'
import { BodyPieces } from './body-pieces.ts'

/** What reading rejects with where there is none for it. */
export const NO_ROOM = Symbol('no room')

export interface BodyRooms {
  left: number
  /** Of that. */
  ofStrangers: number
  /** By whose it is. */
  readonly held: Map<number, number>
}

export interface BodyTaking {
  readonly from: number | 'stranger'
  readonly rooms: BodyRooms
}

/** Each piece costs as much as some hundred octets: so many may be smaller than `FAIR` on average. */
const MOST_SMALL = 10_000
const FAIR = 16

/** Of one request. */
export class BodyReader {
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  #taking: BodyTaking | null = null
  #held = 0

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request
    this.#response = response
  }

  /** Null where it is larger, or in very many pieces. `taking`: null where it is small. */
  read(most: number, taking: BodyTaking | null): Promise<Buffer | null> {
    const request = this.#request
    this.#taking = taking
    if (Number(request.headers['content-length'] ?? 0) > most) return Promise.resolve(null)
    if (request.destroyed) return Promise.reject(goneAway())
    if (request.headers.expect !== undefined) this.#response.writeContinue()
    const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>()
    const pieces = new BodyPieces()
    let [count, isOver] = [0, false]
    // What comes after it is decided is dropped: destroyed, the request would take its connection with it.
    request.on('data', (piece: Buffer) => {
      if (isOver) return
      const octets = pieces.octets + piece.length
      const isDust = ++count > MOST_SMALL + octets / FAIR
      isOver = octets > most || isDust
      // To drop the rest would cost as much as to take it.
      if (isDust) this.#response.setHeader('connection', 'close')
      if (isOver) return resolve(null)
      isOver = !this.#hold(piece.length)
      if (isOver) return reject(NO_ROOM)
      pieces.add(piece)
    })
    request.once('end', () => isOver || resolve(pieces.whole()))
    request.once('error', reject)
    request.once('close', () => reject(goneAway()))
    return promise
  }

  giveBack(): void {
    this.#take(-this.#held)
  }

  /** Whether there was room. */
  #hold(octets: number): boolean {
    if (this.#taking === null) return true
    const { from, rooms } = this.#taking
    if (from === 'stranger' && rooms.ofStrangers < octets) return false
    const all = from === 'stranger' ? 0 : (rooms.held.get(from) ?? 0)
    // Who sends nothing else may send what is left, so that each finds room for a large one.
    if (!leavesEnough(all === this.#held ? 0 : all, octets, rooms.left)) return false
    this.#take(octets)
    return true
  }

  #take(octets: number): void {
    this.#held += octets
    if (this.#taking === null) return
    const { from, rooms } = this.#taking
    rooms.left -= octets
    if (from === 'stranger') rooms.ofStrangers -= octets
    else {
      const all = (rooms.held.get(from) ?? 0) + octets
      if (all > 0) rooms.held.set(from, all)
      else rooms.held.delete(from)
    }
  }
}

function goneAway(): Error {
  return Object.assign(new Error('The client went away.'), { code: 'ECONNRESET' })
}
