// Recipients of a job as the call that would hand them in by HTTP: the same is checked, and the same comes of it.
import type { JobRecipient } from '../../contract/jobs.ts'
import type { JobDocument } from '../../policy/jobs/job-file.ts'

export function jobCall({ message, data, missing }: JobDocument, recipients: readonly JobRecipient[]): unknown {
  return {
    message: { ...message, ...(missing !== undefined && { missing }) },
    recipients: recipients.map(recipientOf),
    ...(data !== undefined && { data }),
  }
}

function recipientOf({ to, name, id, data }: JobRecipient): unknown {
  return { to: name === undefined ? to : { email: to, name }, ...(id !== undefined && { messageId: id }), data }
}
