// Reads one message that came for an own domain: what it says, what is said of each recipient, who proves to have sent it.
import { readFile } from 'node:fs/promises'
import type { Ms } from '../../base/brand.ts'
import { machineClock } from '../../base/clock.ts'
import type { CameIn, Proof, Reading } from '../../engine/ports/feedback.ts'
import { judgeReport } from '../../engine/report/judge.ts'
import { fieldValue, readHeader } from '../../message/header.ts'
import { readReport } from '../../message/report/report.ts'
import type { Resolver } from '../../net/dns/resolver.ts'
import type { OwnTexts } from '../../policy/classify/classify.ts'
import { prove } from '../../net/proof/prove.ts'

/** Name servers that answer late prove nothing. */
const PROOF_WITHIN: Ms = 8000
const UNPROVED: Proof = {
  spf: { result: 'temperror', sender: '' },
  dkim: [],
  dmarc: { result: 'temperror', domain: '' },
  arc: 'temperror',
  from: null,
}

/** `own`: the owner's list files. */
export async function readMail({ body, sender }: CameIn, resolver: Resolver, own: OwnTexts | null): Promise<Reading> {
  const bytes = body.kind === 'bytes' ? body.bytes : await readFile(body.path)
  const octets = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const report = readReport(octets)
  const client = clientOf(octets)
  const proof = await within(prove({ octets, sender, ...client }, resolver))
  return { report, judged: judgeReport(report, own), proof, client: client.address }
}

/** Who handed it in, as our own trace field on top says. */
export function clientOf(octets: Buffer): { readonly helo: string; readonly address: string | null } {
  const header = readHeader(octets)
  const [first] = header.fields
  const text = first?.name === 'received' ? fieldValue(header, first).slice(0, 1000) : ''
  const found = /^from (\S+) \(\[(?:IPv6:)?([0-9a-fA-F.:]+)\]\)/.exec(text)
  return { helo: found?.[1] ?? '', address: found?.[2] ?? null }
}

function within(proof: Promise<Proof>): Promise<Proof> {
  const late = Promise.withResolvers<Proof>()
  const timer = machineClock.after(PROOF_WITHIN, () => late.resolve(UNPROVED))
  // What cannot be checked proves nothing either.
  return Promise.race([proof.catch(() => UNPROVED), late.promise]).finally(() => timer[Symbol.dispose]())
}
