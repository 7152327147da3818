// Words about users: who may log in to the Control Panel and the management API, and what each may.
export const users = {
  title: 'Users',
  about: 'Who may log in to this panel, with which role. Applications that send mail have credentials of accounts instead.',
  table: 'Users',
  columns: { name: 'User', role: 'Role', account: 'Account', state: 'State', factor: 'Second factor', login: 'Last login' },
  all: 'all',
  never: 'never',
  you: 'you',
  states: { locked: 'Locked', active: 'Active', invited: 'Invited', late: 'Link too old', provider: 'By provider', none: 'No password' },
  factors: {
    none: 'none',
    codes: 'one-time codes',
    passkeys: (n: number) => (n === 1 ? 'a passkey' : `${n} passkeys`),
    provider: (name: string) => `at ${name}`,
  },
  roles: {
    owner: 'Everything, also upgrades, backups and settings of the server.',
    administrator: 'All but owners, upgrades, backups and settings of the server.',
    operator: 'Steers mail: queue, effects, suppression, jobs, warm-up. Reads the rest but users, keys and the audit.',
    viewer: 'Reads what an operator reads, and changes nothing.',
  },
  empty: { title: 'No user', what: 'Invite somebody: a link sets the first password.' },
  noFactor: (n: number, text: string) => `${text} of those who may change something ${n === 1 ? 'has' : 'have'} no second factor.`,
  noFactorWhat: 'Anyone who learns such a password can log in as that person. They set up a second factor under “My profile”.',
  invite: {
    button: 'Invite somebody',
    title: 'Invite somebody',
    name: 'Name',
    nameAbout: 'What is typed to log in: a short name, or the address of e-mail that a provider knows.',
    role: 'Role',
    account: 'Account',
    accountAbout: 'Sees and changes this account alone. Left empty: all of them.',
    submit: 'Make the user',
  },
  link: {
    title: 'Link for the password',
    about: (name: string, until: string) =>
      `Give it to ${name}. It sets the password, once, until ${until}. It is shown now and never again.`,
    label: 'Link',
    done: 'I have passed it on',
  },
  one: {
    unknown: {
      title: 'No such user',
      what: 'The user was removed, belongs to another account, or the name is mistyped.',
      back: 'All users',
    },
    facts: 'What is known',
    made: 'Made',
    password: 'Password',
    passwordSet: 'set',
    passwordNone: 'none',
    linkUntil: (when: string) => `link waits until ${when}`,
    provider: 'Logs in by',
    recovery: 'Recovery codes left',
    lockedTitle: (when: string) => `Locked since ${when}`,
    more: 'More…',
    locked: 'The user cannot log in, whichever way. Password and second factors are kept.',
    role: {
      button: 'Change the role',
      title: (name: string) => `Role of ${name}`,
      about: 'It counts from the next call of the user on.',
      submit: 'Change the role',
    },
    link: {
      button: 'New password link',
      about: (name: string) =>
        `Makes a link by which ${name} sets another password. The password of now stays until then; sessions end with it.`,
      submit: 'Make the link',
    },
    factors: {
      button: 'Take away second factors',
      about: (name: string) =>
        `For whoever lost the device: one-time codes, recovery codes and passkeys of ${name} are taken away, and the sessions end. The password alone logs in then.`,
      submit: 'Take them away',
    },
    lock: {
      button: 'Lock',
      about: (name: string) =>
        `${name} is logged out at once and cannot log in any more, whichever way, until somebody unlocks. Keys go on: look at them too.`,
      submit: 'Lock the user',
    },
    unlock: 'Unlock',
    remove: {
      button: 'Remove',
      about: (name: string) => `${name} is logged out at once; password and second factors are forgotten. The audit keeps what was done.`,
      submit: 'Remove the user',
    },
  },
} as const
