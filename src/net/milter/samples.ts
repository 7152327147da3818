// Messages to try a milter with. The strings of GTUBE and EICAR are the ones that every filter of spam and every scanner for viruses knows; they
// stand here in two parts, so that no scanner takes this file for one.
import type { EpochMs } from '../../base/brand.ts'
import type { MilterSample } from '../../contract/milters.ts'
import { messageDate } from '../../message/date.ts'

const GTUBE = ['XJS*C4JDBQADN1.NSBN3*2IDNEN*', 'GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'].join('')
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('')
const TEXT: Readonly<Record<MilterSample, string>> = {
  plain: 'An ordinary message, to try a mail filter with.',
  spam: GTUBE,
  virus: EICAR,
}

export function sampleMessage(
  sample: MilterSample,
  { sender, recipient, now }: { readonly sender: string; readonly recipient: string; readonly now: EpochMs },
): Buffer {
  const lines = [
    `From: <${sender}>`,
    `To: <${recipient}>`,
    'Subject: A trial of a mail filter',
    `Date: ${messageDate(now)}`,
    `Message-ID: <trial.${now}@trial.invalid>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    TEXT[sample],
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}
