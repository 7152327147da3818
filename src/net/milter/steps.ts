// What an owner calls the steps that a milter is asked about, and how long each may take.
import type { Ms } from '../../base/brand.ts'
import type { MilterStep, MilterTimeouts } from '../../contract/milters.ts'
import type { StepName } from '../../smtp/milter/protocol.ts'

/** The end is always asked about. */
export const OWN_NAMES: Readonly<Partial<Record<StepName, MilterStep>>> = {
  connect: 'connect',
  helo: 'helo',
  mail: 'mail',
  recipient: 'rcpt',
  data: 'data',
  header: 'header',
  headerEnd: 'eoh',
  body: 'body',
}

const CONTENT: ReadonlySet<StepName> = new Set<StepName>(['header', 'headerEnd', 'body'])

export function stepLimit({ command, content, end }: MilterTimeouts, step: StepName): Ms {
  if (step === 'end') return end
  return CONTENT.has(step) ? content : command
}
