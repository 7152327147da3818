// The owner without whom nobody is left who can log in and may do everything. One rule for all who take a way in or a role away.
export interface Owners {
  /** Those who can log in. */
  owners(): readonly string[]
}

/** Whether all owners who can log in are among these. */
export function areLastOwners(book: Owners, names: readonly string[]): boolean {
  const owners = book.owners()
  return owners.length > 0 && owners.every((owner) => names.includes(owner))
}
