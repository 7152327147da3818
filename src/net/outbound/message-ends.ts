// Ends of messages leave a few a turn of the event loop, when the turn has dealt with all that it read: right before sockets are read
// again. Written at once, as a commit frees them and before the rest of the turn's work, the replies to the first would lie unread
// meanwhile, and a kill would repeat what they say was taken.

const ENDS_A_TURN = 3
/** Of many that wait, so large a part: a busy worker has long turns, and three in each would be its limit. */
const PART_A_TURN = 4

/** Who has the end of a message to write. */
export interface Ending {
  endMessage(): void
}

export class MessageEnds {
  readonly #waiting: Ending[] = []
  readonly #turn = (): void => {
    const most = Math.max(ENDS_A_TURN, Math.ceil(this.#waiting.length / PART_A_TURN))
    for (const ending of this.#waiting.splice(0, most)) ending.endMessage()
    if (this.#waiting.length > 0) setImmediate(this.#turn)
  }

  push(ending: Ending): void {
    if (this.#waiting.push(ending) === 1) setImmediate(this.#turn)
  }
}
