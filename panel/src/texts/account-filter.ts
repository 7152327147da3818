// Words of what narrows a list to one account.
export const accountFilter = { account: 'Account', submit: 'Show', all: 'All accounts', hint: 'Account ID' } as const
