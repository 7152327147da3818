// Releases that are sent to the server, piece by piece, before it is upgraded to one.
import type { ReleaseUpload } from '../../../contract/lifecycle.ts'
import { Fault } from '../../../base/fault.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { Params, refused } from '../params.ts'

const MOST_SIZE = 256 * 1024 * 1024
const MOST_PIECE = 4 * 1024 * 1024
const NUMBER = { least: 1, most: Number.MAX_SAFE_INTEGER }

export function uploadOperations({ lifecycle, settings, by }: OperationContext): OperationsOf<'upload'> {
  const { uploads } = lifecycle
  return {
    'upload.list': async (values) => {
      new Params(values).done()
      return uploads.list()
    },
    'upload.show': async (values) => {
      const id = onlyId(values)
      const found = uploads.list().find((one) => one.id === id)
      if (found !== undefined) return found
      throw new Fault('no-upload', `There is no upload ${id}.`, { blame: 'caller', mend: 'GET /lifecycle/uploads lists them.' })
    },
    'upload.begin': async (values) => {
      const params = new Params(values)
      const size = params.count('size', { least: 1, most: MOST_SIZE })
      const sha256 = params.text('sha256', 64)
      params.done()
      if (!/^[0-9a-f]{64}$/.test(sha256)) throw refused('sha256 must be 64 hexadecimal digits in lower case.')
      return uploads.begin({ size, sha256, by })
    },
    'upload.add': async (values) => {
      const params = new Params(values)
      const id = params.count('id', NUMBER)
      const from = params.count('from', { least: 0, most: MOST_SIZE })
      const octets = octetsOf(params.raw('octets'), 'octets', MOST_PIECE)
      params.done()
      const upload = await uploads.add(id, from, octets)
      if (upload.release !== null) settings.note(by, 'upload whole', shown(upload, upload.release))
      return upload
    },
    'upload.remove': async (values) => {
      const id = onlyId(values)
      const user = lifecycle.runs().find(({ kind, ended }) => kind === 'upgrade' && ended === null)
      if (user !== undefined)
        throw new Fault('run-under-way', `An upgrade is under way: ${user.id}.`, {
          blame: 'caller',
          temporary: true,
          mend: 'Wait for its end.',
        })
      return { removed: await uploads.remove(id) }
    },
  }
}

function onlyId(values: unknown): number {
  const params = new Params(values)
  const id = params.count('id', NUMBER)
  params.done()
  return id
}

function shown({ id, sha256 }: ReleaseUpload, { version, signedBy }: NonNullable<ReleaseUpload['release']>): string {
  return `${id}: version ${version}, signed by ${signedBy}, SHA-256 ${sha256}`
}

/** Strictly: what is no base64 would be passed over in silence. */
export function octetsOf(value: unknown, name: string, most: number): Buffer {
  const wrong = refused(`${name} must be base64 of 1 to ${most} octets.`)
  const longest = Math.ceil(most / 3) * 4
  if (
    typeof value !== 'string' ||
    value === '' ||
    value.length > longest ||
    value.length % 4 !== 0 ||
    !/^[A-Za-z0-9+/]+={0,2}$/.test(value)
  )
    throw wrong
  const octets = Buffer.from(value, 'base64')
  if (octets.length === 0 || octets.length > most) throw wrong
  return octets
}
