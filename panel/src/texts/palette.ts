// Words of the command palette.
export const palette = {
  title: 'Search or jump to',
  placeholder: 'A page, account, domain, message ID or email address…',
  nothing: 'No matches',
  groups: { page: 'Pages', action: 'Actions', account: 'Accounts', domain: 'Domains', search: 'Search' },
  message: (id: string) => `Open message ${id}`,
  mailTo: (address: string) => `Mail to ${address}`,
  hint: 'Arrow keys to choose, Enter to open, Escape to close.',
} as const
