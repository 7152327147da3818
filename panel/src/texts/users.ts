// Words about users: who may log in to the Control Panel and the management API, and what each may.
export const users = {
  title: 'Users',
  about: 'People who can log in to this panel, and their roles. Applications that send mail use credentials of accounts instead.',
  table: 'Users',
  columns: { name: 'User', role: 'Role', account: 'Account', state: 'State', factor: 'Second factor', login: 'Last login' },
  all: 'all',
  never: 'never',
  you: 'you',
  states: {
    locked: 'Locked',
    active: 'Active',
    invited: 'Invited',
    late: 'Link expired',
    provider: 'Identity provider',
    none: 'No password',
  },
  factors: {
    none: 'none',
    codes: 'one-time codes',
    passkeys: (n: number) => (n === 1 ? 'a passkey' : `${n} passkeys`),
    provider: (name: string) => `via ${name}`,
  },
  roles: {
    owner: 'Everything, including upgrades, backups and server settings.',
    administrator: 'Everything except owners, upgrades, backups and server settings.',
    operator: 'Manages mail: queue, blocks, suppression, jobs, warm-up. Can view the rest, except users, keys and the audit log.',
    viewer: 'Can view what an operator can view, and change nothing.',
  },
  empty: { title: 'No users', what: 'Invite somebody: they set their password with a link.' },
  noFactor: (n: number, text: string) => `${text} of the users who can make changes ${n === 1 ? 'has' : 'have'} no second factor.`,
  noFactorWhat: 'Anyone who learns such a password can log in as that person. They set up a second factor under “My profile”.',
  invite: {
    button: 'Invite user',
    title: 'Invite user',
    name: 'Name',
    nameAbout: 'Used to log in: a short name, or the email address known to an identity provider.',
    role: 'Role',
    account: 'Account',
    accountAbout: 'Restricts the user to this account. Leave empty for all accounts.',
    submit: 'Create user',
  },
  link: {
    title: 'Password link',
    about: (name: string, until: string) =>
      `Give it to ${name} to set the password. It works once, until ${until}, and is not shown again.`,
    label: 'Link',
    done: 'I have passed it on',
  },
  one: {
    unknown: {
      title: 'User not found',
      what: 'The user was removed, belongs to another account, or the name is mistyped.',
      back: 'All users',
    },
    facts: 'Details',
    made: 'Created',
    password: 'Password',
    passwordSet: 'set',
    passwordNone: 'none',
    linkUntil: (when: string) => `link valid until ${when}`,
    provider: 'Logs in with',
    recovery: 'Recovery codes left',
    lockedTitle: (when: string) => `Locked since ${when}`,
    more: 'More…',
    locked: 'The user cannot log in at all. Password and second factors are kept.',
    role: {
      button: 'Change role',
      title: (name: string) => `Role of ${name}`,
      about: 'Takes effect with the next request of the user.',
      submit: 'Change role',
    },
    link: {
      button: 'New password link',
      about: (name: string) =>
        `Creates a link for ${name} to set a new password. The current password works until then; setting a new one ends all sessions.`,
      submit: 'Create link',
    },
    factors: {
      button: 'Reset second factors',
      about: (name: string) =>
        `For lost devices: removes the one-time codes, recovery codes and passkeys of ${name}, and ends all sessions. After that the password alone is enough to log in.`,
      submit: 'Reset second factors',
    },
    lock: {
      button: 'Lock',
      about: (name: string) => `${name} is logged out at once and cannot log in until unlocked. API keys keep working: check them too.`,
      submit: 'Lock user',
    },
    unlock: 'Unlock',
    remove: {
      button: 'Remove',
      about: (name: string) =>
        `${name} is logged out at once, and the password and second factors are deleted. The audit log keeps what the user did.`,
      submit: 'Remove user',
    },
  },
} as const
