// What a job would send, looked at by the very code that hands it in: nothing leaves, and what that code would refuse is told.
import type { AccountId, MessageId } from '../../../base/brand.ts'
import { Fault } from '../../../base/fault.ts'
import type { BadRow, JobRecipient } from '../../../contract/jobs.ts'
import type { JobDocument } from '../../../policy/jobs/job-file.ts'
import type { SettingsStore } from '../../../engine/ports/stores.ts'
import { problemOf, TemplateShelf } from '../../inject/filled.ts'
import { jobCall } from '../../inject/job-call.ts'
import { merge, type Merged } from '../../inject/merge.ts'
import { Refused } from '../../inject/refused.ts'
import { refused } from '../params.ts'

const CLIENT = { address: '127.0.0.1', tls: null, user: null, protocol: 'JOB' } as const
const NO_ID = '0'.repeat(16) as MessageId

/** With what its stored template says now: a later version is of later jobs. Throws a Fault where there is none. */
export function completed(document: JobDocument, account: AccountId, settings: SettingsStore): JobDocument {
  const shelf = new TemplateShelf((owner, id, version) => settings.templates.find(owner, id, version), settings.read.bind(settings))
  try {
    const { template: _said, ...message } = shelf.complete(document.message, account)
    return { ...document, message }
  } catch (error) {
    if (error instanceof Refused) throw refused(error.problem.message, "'hms template ls' lists templates.")
    throw error
  }
}

/** Those that cannot be sent to. Throws a Fault where the message itself cannot be sent. */
export async function refusedRows(document: JobDocument, recipients: readonly JobRecipient[]): Promise<readonly BadRow[]> {
  const looked = await look(document, recipients, () => {})
  return looked.flatMap((result, n) => {
    const { line = 0 } = recipients[n] ?? {}
    return 'error' in result ? [{ line, problem: result.error.message.replace(/^recipients\[\d+\]\.?/, '').trim() }] : []
  })
}

/** The message of one of them as it would leave, but for tracking and signatures. */
export async function previewOf(document: JobDocument, recipient: JobRecipient): Promise<string> {
  let octets: Buffer = Buffer.from('')
  await look(document, [recipient], (made) => (octets = made))
  return octets.toString()
}

async function look(document: JobDocument, recipients: readonly JobRecipient[], made: (octets: Buffer) => void) {
  const merged = await tried(() =>
    merge(
      {
        client: CLIENT,
        ready: (message) => message,
        inject: async (submission, tell) => {
          made(submission.octets)
          return tell([{ id: NO_ID }])
        },
      },
      jobCall(document, recipients),
    ),
  )
  if ('problem' in merged) throw refused(merged.problem.message)
  return merged.results
}

async function tried(work: () => Promise<Merged>): Promise<Merged> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Fault) throw error
    const problem = error instanceof Refused ? error.problem : problemOf(error)
    if (problem === null) throw error
    return { problem }
  }
}
