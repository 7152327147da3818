// npm of this machine, where it has one: fetches a package for plug-ins, and the packages that it needs. Scripts of packages are never run.
import { spawn } from 'node:child_process'
import { Fault, isMissing } from '../base/fault.ts'

const WITHIN = 300_000
const MOST_SAID = 16 * 1024

/** Rejects with a Fault where it is not there, fails, or takes more than five minutes. */
export function npm(words: readonly string[], folder: string): Promise<void> {
  const child = spawn('npm', [...words, '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-MOST_SAID)))
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const late = setTimeout(() => child.kill('SIGKILL'), WITHIN)
  child.once('error', (error) => reject(isMissing(error) ? noNpm() : error))
  child.once('close', (code) => (code === 0 ? resolve() : reject(failed(words, code, said))))
  return promise.finally(() => clearTimeout(late))
}

function noNpm(): Fault {
  return new Fault('usage', 'There is no npm on this machine, which would fetch the package.', {
    blame: 'caller',
    mend: 'Where npm is: npm pack NAME, unpack it, npm install --omit=dev in its folder, and bring that folder here: hms plugin add FOLDER.',
  })
}

function failed([what = '']: readonly string[], code: number | null, said: string): Fault {
  const last = said
    .split('\n')
    .filter((line) => /^npm (?:error|ERR!)/.test(line) && !/A complete log|debug-0\.log/.test(line))
    .slice(0, 3)
    .map((line) => line.replace(/^npm (?:error|ERR!)\s*/, ''))
  const why = code === null ? `it did not end within ${WITHIN / 60_000} minutes` : last.join(' ') || `code ${code}`
  return new Fault('usage', `npm ${what} failed: ${why.replace(/\.$/, '')}.`, {
    blame: 'caller',
    mend: 'See that the name is right and the registry can be reached.',
  })
}
