// Words of the ways from something that is wrong to where it is mended: the first page has these of the alarms, and no others.
export const mends = {
  site: (name: string) => `Open ${name}`,
  message: 'Open message',
  account: (id: string) => `Open account ${id}`,
  webhook: 'Open webhook',
  plugin: 'Open plug-in',
  milter: (name: string) => `Open ${name}`,
  domain: (name: string) => `Open ${name}`,
  domains: 'Open domains',
  destinations: 'Open destinations',
  backups: 'Open backups',
  sources: 'Open IPs and pools',
  settings: 'Open settings',
} as const
