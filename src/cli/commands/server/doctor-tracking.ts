// What `hms doctor` says about hosts of links: the server looks at them by itself, as their recipients would.
import type { Cli } from '../../cli.ts'
import { runningServer } from '../../running.ts'
import type { Check } from './doctor-checks.ts'

export async function checkTracking(cli: Cli): Promise<Check[]> {
  const accounts = await cli.call('account.list', {})
  const hosts = new Set(accounts.flatMap(({ tracking: { host } }) => (host === null ? [] : [host])))
  if (hosts.size === 0) return []
  const looked = await cli.call('tracking.hosts', {})
  const isRunning = runningServer(cli.home) !== undefined
  return [...hosts].map((host) => {
    const found = looked.find((one) => one.host === host)
    if (found === undefined) {
      const mend = isRunning ? 'It does within a minute: try again.' : "Run 'hms doctor' again while it runs."
      return { name: 'links', state: 'warn', what: `The server did not look at ${host} yet.`, mend }
    }
    if (found.trouble === null) return { name: 'links', state: 'ok', what: `Links at ${host} lead here by HTTPS.` }
    const mend = 'Let its name lead to tracking.tls_listen, or to a proxy before tracking.listen, with a certificate of its own.'
    return { name: 'links', state: 'fail', what: `Links at ${host} are not put into mail: ${found.trouble}.`, mend }
  })
}
