/** Everything that a list operation has: `read` takes the token of the page before, and `itemsOf` says what is on a page and what comes next. */
export async function allPages<Page, Item>(
  read: (token: string | undefined) => Promise<Page>,
  itemsOf: (page: Page) => [items: Item[] | undefined, next: string | undefined],
): Promise<Item[]> {
  const all: Item[] = [];
  let token: string | undefined;
  do {
    const [items = [], next] = itemsOf(await read(token));
    all.push(...items);
    token = next;
  } while (token);
  return all;
}
