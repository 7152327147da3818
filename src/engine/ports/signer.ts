// DKIM as the engine knows it: the fields to put in front of a message, computed off the event loop.
import type { Body, MessageHead } from './spool.ts'

export interface Signer {
  /** Signatures made since the start. */
  readonly operations: number
  /**
   * DKIM-Signature fields for the message under the settings of now, each CRLF-terminated; empty where no key signs it.
   * `front`: fields that stand before the body. Rejects only where the body cannot be read.
   */
  sign(head: MessageHead, body: Body, front?: Uint8Array): Promise<Uint8Array>
}
