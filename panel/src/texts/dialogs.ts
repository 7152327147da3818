// Words about SMTP dialogs, live and of past attempts.
export const dialogs = {
  who: { us: 'us', peer: 'remote', note: 'note' },
  kept: (host: string, lines: string) => `SMTP dialog with ${host} (${lines} lines)`,
  again: 'The session broke off here, and another connection was tried immediately.',
  label: (host: string) => `Dialog with ${host}`,
  copy: (host: string) => `the dialog with ${host}`,
  none: 'The SMTP dialog of failed attempts is stored for as long as events.days and dialogs.bytes allow. None is stored for the attempts above.',
  live: 'Watch the next attempt live',
} as const
